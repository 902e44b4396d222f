"""Which pods do not let their logs be followed, why, and which of them are asked no more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from sovereign.core.errors import NotAllowed, SovereignError, UserError
from sovereign.domain.cluster import Phase, Pod

TRIES, PATIENCE = 4, 2
"""Refusals in a row after which a pod is asked no more; and after which it is told that it says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Refusal:
    """`final`: asking again would change nothing."""

    problem: SovereignError
    times: int
    final: bool


@dataclass(slots=True)
class Silent:
    _refused: dict[str, _Refusal] = field(default_factory=dict)
    _told: str = ""

    @contextmanager
    def heeding(self, pod: Pod) -> Iterator[None]:
        """Around listening to a pod: why that was refused is kept; what ends by itself was an answer."""
        try:
            yield
        except SovereignError as problem:
            times = self._refused[pod.name].times + 1 if pod.name in self._refused else 1
            final = isinstance(problem, NotAllowed) or (
                isinstance(problem, UserError) and times >= TRIES and not _is_to_begin(pod)
            )
            self._refused[pod.name] = _Refusal(problem=problem, times=times, final=final)
        else:
            self._refused.pop(pod.name, None)

    def is_given_up(self, pod: Pod) -> bool:
        return pod.name in self._refused and self._refused[pod.name].final

    def forget(self, names: Iterable[str]) -> None:
        """They answer."""
        for name in names:
            self._refused.pop(name, None)

    def tell(self, chosen: Sequence[Pod], note: Callable[[str], None]) -> None:
        """Where it is news. Raises NotAllowed where none of the chosen may be read."""
        found = {pod.name: self._refused[pod.name] for pod in chosen if pod.name in self._refused}
        for one in found.values():
            if len(found) == len(chosen) and all(
                isinstance(each.problem, NotAllowed) for each in found.values()
            ):
                raise one.problem
        words = _words({name: one for name, one in found.items() if one.final or one.times >= PATIENCE})
        if words != self._told:
            note(words)
            self._told = words


def _is_to_begin(pod: Pod) -> bool:
    """Whether it is just made, or one of its containers waits, for its image or for a restart."""
    return pod.phase == "Pending" or any(one.phase is Phase.WAITING for one in pod.containers)


def _words(refused: dict[str, _Refusal]) -> str:
    """Of those that are asked no more, where there are such; with what the first of them says."""
    final = {name: one for name, one in refused.items() if one.final}
    meant = final or refused
    if not meant:
        return ""
    name, first = next(iter(meant.items()))
    who, verb = (name, "is") if len(meant) == 1 else (f"{len(meant)} pods", "are")
    what = f"{verb} asked no more" if final else f"{'says' if len(meant) == 1 else 'say'} nothing yet"
    return f"{who} {what}: {first.problem.public}"
