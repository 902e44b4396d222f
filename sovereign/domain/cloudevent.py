"""An event as other programs are told of it: a CloudEvent, with nothing in it that looks like a credential.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

from sovereign.core.redaction import redact_within

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
    data = {name: redact_within(value) for name, value in event.facts.items()}
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
