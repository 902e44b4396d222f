"""An event as other programs are told of it: a CloudEvent, with nothing in it that looks like a credential.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

from sovereign.core.redaction import MASK, redact

MEDIA_TYPE = "application/cloudevents+json"
Facts = Mapping[str, object]
"""The fields of an Event that are not empty, as JSON has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A kept event; `sequence` grows with each that arrives, and names this one for ever."""

    sequence: int
    occurred_at: datetime
    facts: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Patterns with `*` and `?`, any one of which must fit in each list that has some."""

    kinds: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    services: tuple[str, ...] = ()

    def takes(self, facts: Facts) -> bool:
        given = ((self.kinds, "kind"), (self.sources, "source"), (self.services, "service"))
        return all(not patterns or _fits(str(facts.get(name, "")), patterns) for patterns, name in given)

    def covers(self, other: Wanted) -> bool:
        """Whether each pattern of the other, if it has any, asks for no more than one of these."""
        pairs = ((self.kinds, other.kinds), (self.sources, other.sources), (self.services, other.services))
        return all(not ours or all(_fits(each, ours) for each in theirs) for ours, theirs in pairs)


def cloudevent(event: Arrived) -> dict[str, object]:
    """The envelope, with the whole normalised event as its data."""
    data = {name: _safe(value) for name, value in event.facts.items()}
    envelope = {
        "specversion": "1.0",
        "id": str(event.sequence),
        "source": f"/sovereign/{data['source']}",
        "type": data["kind"],
        "subject": data.get("subject"),
        "time": event.occurred_at.isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": data,
    }
    return {name: value for name, value in envelope.items() if value is not None}


def _fits(word: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(word, pattern) for pattern in patterns)


def _safe(value: object) -> object:
    """The same without credentials; the name of a label or field tells of its value too."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {redact(str(name)): _named(str(name), inner) for name, inner in value.items()}
    if isinstance(value, Sequence):
        if len(value) == 2 and isinstance(value[0], str):
            return [redact(value[0]), _named(value[0], value[1])]
        return [_safe(inner) for inner in value]
    return value


def _named(name: str, value: object) -> object:
    if not isinstance(value, str):
        return _safe(value)
    prefix = f"{name}="
    if redact(prefix + value) == prefix + redact(value):
        return redact(value)
    return MASK
