"""What differs between two configurations, key by key and in words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from sovereign.config.effective import safe, tree
from sovereign.config.models import Discovery
from sovereign.config.wording import spelt

NATURAL_KEYS = ("path", "name", "role", "discord")
"""What the entry of a list is known by, wherever every entry has it."""
UNORDERED = frozenset({".endpoints", ".grants", ".people", ".repos", ".services"})
"""Lists whose order means nothing; in others, such as routes, the first that fits decides."""
LONGEST = 200
"""Characters of a value in a line; the fields of a Difference hold all of it."""

_PLAIN = re.compile(r"[^\s'\"\[\]{},:][^'\"\[\]{},\n\r\t]*")

Mapping = dict[str, object]
Path = tuple[str, ...]
"""Steps as they are spelt: `(".services", "[shop]", ".repo")`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`before` and `after` are values in words; None where there is none. Secrets are hidden in both."""

    path: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        return f"{self.path}: {_short(self.before)} → {_short(self.after)}"


def differences(old: Discovery, new: Discovery) -> Sequence[Difference]:
    """What would change in how the product works, in the order of the sections; empty where nothing does.

    Writing a default out, or a value in another of its forms, is no difference.
    """
    return tuple(_of_mappings((), tree(old), tree(new)))


def _of_mappings(path: Path, old: Mapping, new: Mapping) -> Iterator[Difference]:
    for key in dict.fromkeys((*old, *new)):
        yield from _of_values((*path, f".{spelt((key,))}"), old.get(key), new.get(key))


def _of_values(path: Path, old: object, new: object) -> Iterator[Difference]:
    if _may_be(dict, old, new):
        yield from _of_mappings(path, _mapping(old), _mapping(new))
    elif _may_be(list, old, new) and any(isinstance(one, dict) for one in (*_list(old), *_list(new))):
        yield from _of_lists(path, _list(old), _list(new))
    elif _canonical(old) != _canonical(new):
        yield _difference(path, old, new)


def _of_lists(path: Path, old: list[object], new: list[object]) -> Iterator[Difference]:
    before, after = _named(old, new)
    if before is None or after is None:
        yield from _of_aligned(path, old, new)
        return
    for name in dict.fromkeys((*before, *after)):
        if name in before and name in after:
            yield from _of_mappings(_entry(path, name), before[name], after[name])
        else:
            yield _difference(_entry(path, name), before.get(name), after.get(name))
    common, now = [name for name in before if name in after], [name for name in after if name in before]
    if common != now and path[-1] not in UNORDERED:
        yield _difference((*path, " (order)"), common, now)


def _named(
    old: list[object], new: list[object]
) -> tuple[dict[str, Mapping] | None, dict[str, Mapping] | None]:
    """Both lists by the first natural key that tells the entries of each apart; None where there is none."""
    for key in NATURAL_KEYS:
        found = [
            {str(one[key]): one for one in side if isinstance(one, dict) and key in one}
            for side in (old, new)
        ]
        if [len(side) for side in found] == [len(old), len(new)]:
            return found[0], found[1]
    return None, None


def _of_aligned(path: Path, old: list[object], new: list[object]) -> Iterator[Difference]:
    """Entries without a name, by their place; an entry put in between does not change those after it."""
    matcher = SequenceMatcher(None, [*map(_canonical, old)], [*map(_canonical, new)], autojunk=False)
    for verdict, first, last, start, end in matcher.get_opcodes():
        if verdict == "equal":
            continue
        both = min(last - first, end - start)
        for step in range(both):
            yield from _of_values(_entry(path, str(start + step)), old[first + step], new[start + step])
        for index in range(first + both, last):
            yield _difference(_entry(path, str(index)), old[index], None)
        for index in range(start + both, end):
            yield _difference(_entry(path, str(index)), None, new[index])


def _difference(path: Path, old: object, new: object) -> Difference:
    return Difference(
        path="".join(path).removeprefix("."),
        before=_worded(safe(old, *path)),
        after=_worded(safe(new, *path)),
    )


def _entry(path: Path, name: str) -> Path:
    return (*path, f"[{name}]")


def _worded(value: object) -> str | None:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_worded(child)}" for key, child in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(str(_worded(child)) for child in value) + "]"
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) or "://" in value else json.dumps(value, ensure_ascii=False)
    return None if value is None else json.dumps(value)


def _short(value: str | None) -> str:
    if value is None:
        return "not set"
    return value if len(value) <= LONGEST else value[: LONGEST - 1] + "…"


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def _may_be(kind: type, old: object, new: object) -> bool:
    """Whether both are of that kind, or one is and the other is not there."""
    given = [value for value in (old, new) if value is not None]
    return bool(given) and all(isinstance(value, kind) for value in given)


def _mapping(value: object) -> Mapping:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
