"""Checks of a commit: one line for each check, however many events and kinds of event report on it.

A run (a workflow, a pipeline, a suite) is reported as a whole and in its parts. The parts are the checks; the
whole is one only where nothing of its parts is known, or where it failed and none of them did.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sovereign.domain.events import FINISHED, Event, Status

SAME_RESULT = 60.0
"""Seconds between two reports of one result, at most; the same verdict later is that of another attempt."""
MOST_RUNS = 8
"""Names of runs that a check remembers: it may have been run anew under others."""
_OF_A_WHOLE = ("pipelinerun.", "build.", "testsuiterun.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """`title` are the words in which its state was told, `at` the time of that, in seconds since 1970 by the
    sender's clock; `runs` names the runs of which it is a part of or, for a `whole`, that it is."""

    status: Status
    title: str = ""
    url: str | None = None
    at: float | None = None
    runs: tuple[str, ...] = ()
    whole: bool = False


Checks = Mapping[str, Check]
"""The newest state of each, by name."""


def heard(checks: Checks, event: Event) -> Checks:
    """The checks after one more event about one of them."""
    news = Check(
        status=event.status,
        title=event.title,
        url=event.url,
        at=event.occurred_at.timestamp() if event.occurred_at else None,
        runs=event.runs,
        whole=event.kind.startswith(_OF_A_WHOLE),
    )
    given = event.check or ""
    place = _place(checks, given, news)
    if place is None:
        return {**checks, _free(checks, given, news): news}
    known = checks[place]
    name = _free(
        {each: one for each, one in checks.items() if each != place}, _named(place, given, known, news), news
    )
    after = replace(_newer(known, news), runs=_together(known, news))
    return {name if each == place else each: after if each == place else one for each, one in checks.items()}


def recalled(checks: Checks, earlier: Iterable[Event]) -> Checks:
    """With those that events of before tell of, where nothing else is known of them."""
    before: Checks = {}
    for event in earlier:
        before = heard(before, event)
    for name, one in before.items():
        if _place(checks, name, one) is None:
            checks = {**checks, _free(checks, name, one): one}
    return checks


def lines(checks: Checks) -> Checks:
    """Those that are shown and counted."""
    return {name: one for name, one in checks.items() if not (one.whole and _is_told_by_parts(one, checks))}


def outcome(checks: Checks) -> Status | None:
    """The checks as one: failed once one has failed, running until all have ended; None without any."""
    states = {check.status for check in lines(checks).values()}
    if not states:
        return None
    if Status.FAILED in states:
        return Status.FAILED
    if states & {Status.RUNNING, Status.QUEUED}:
        return Status.RUNNING
    if Status.CANCELLED in states:
        return Status.CANCELLED
    return Status.SUCCEEDED


def speaker(checks: Checks) -> Check | None:
    """The check that the outcome is of: the newest of those that are in its state."""
    state = outcome(checks)
    told = [one for one in lines(checks).values() if _counts_as(one.status) is state]
    return max(told, key=lambda one: one.at or 0.0, default=None)


def _counts_as(state: Status) -> Status:
    if state is Status.QUEUED:
        return Status.RUNNING
    return state if state in (Status.FAILED, Status.RUNNING, Status.CANCELLED) else Status.SUCCEEDED


def is_news(before: Checks, after: Checks) -> bool:
    """Whether a line has another result, or there is another line."""
    return _results(before) != _results(after)


def _results(checks: Checks) -> set[tuple[Status, float | None, str]]:
    return {(one.status, one.at, name.rpartition(" / ")[2]) for name, one in lines(checks).items()}


def _place(checks: Checks, given: str, news: Check) -> str | None:
    """The name under which the check is known. A whole is known by its run, a part by its name: jobs are
    reported with the name of their workflow before theirs and without it."""
    alike = {name: one for name, one in checks.items() if one.whole == news.whole}
    if given in alike:
        return given
    mates = [name for name, one in alike.items() if set(one.runs) & set(news.runs)]
    if news.whole:
        return next(iter(mates), None)
    return next((name for name in mates if _is_longer(name, given) or _is_longer(given, name)), None)


def _is_longer(name: str, other: str) -> bool:
    return name.endswith(f" / {other}")


def _named(place: str, given: str, known: Check, news: Check) -> str:
    """The name that says more: of a part the longer, of a whole that of who knows more names of the run."""
    better = len(news.runs) > len(known.runs) if news.whole else _is_longer(given, place)
    return given if better else place


def _free(others: Checks, name: str, news: Check) -> str:
    """A workflow may be called as its only job is."""
    return f"{name} (run)" if news.whole and name in others and not others[name].whole else name


def _newer(known: Check, news: Check) -> Check:
    """What is true now. An older word that comes late changes nothing, nor does a result told again. When a
    whole was told, some senders give the time of its beginning only."""
    same = news.status is known.status and news.status in FINISHED
    if known.at is None or news.at is None:
        return known if same else news
    if not news.whole and news.at < known.at:
        return known
    return known if same and abs(news.at - known.at) <= SAME_RESULT else news


def _together(known: Check, news: Check) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*news.runs, *known.runs)))[:MOST_RUNS]


def _is_told_by_parts(whole: Check, checks: Checks) -> bool:
    parts = [one for one in checks.values() if not one.whole and set(one.runs) & set(whole.runs)]
    return bool(parts) and not _failed_alone(whole, parts)


def _failed_alone(whole: Check, parts: Sequence[Check]) -> bool:
    """A run may fail without any of its parts; once one of these runs anew, that failure is of old."""
    if whole.status is not Status.FAILED or any(part.status is Status.FAILED for part in parts):
        return False
    return not any(part.status not in FINISHED and _is_later(part, whole) for part in parts)


def _is_later(part: Check, whole: Check) -> bool:
    return part.at is None or whole.at is None or part.at > whole.at
