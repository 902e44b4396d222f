"""Conditions: which events a rule of the configuration is about. All that are set must hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from sovereign.domain.events import Event, Severity
from sovereign.domain.hours import Hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """`severity` means this or worse; `hours` are asked of the moment at which the event came."""

    source: str | None = None
    kind: str | None = None
    repo: str | None = None
    severity: Severity | None = None
    label: str | None = None
    service: str | None = None
    environment: str | None = None
    branch: str | None = None
    hours: Hours | None = None

    def unmet(self, event: Event, at: datetime) -> str | None:
        """The first condition that does not hold, in words; None where all do."""
        if self.hours is not None and not self.hours.cover(at):
            return f"it asks for the hours {self.hours}, and it is {at:%H:%M} UTC"
        for name, holds in _HOLDS.items():
            wanted = getattr(self, name)
            if wanted is not None and not holds(wanted, event):
                given = ", ".join(sorted(event.labels)) if name == "label" else getattr(event, name)
                worse = " or worse" if name == "severity" else ""
                return f"it asks for {name} {wanted}{worse}, and the event has {given or 'none'}"
        return None


def has_label(event: Event, wanted: str) -> bool:
    """`name` asks for the label, `name=value` for its value too."""
    name, equals, value = wanted.partition("=")
    return name in event.labels and (not equals or event.labels[name] == value)


def _same_repo(wanted: str, given: str | None) -> bool:
    return given is not None and (fnmatchcase(given, wanted) or given.rpartition("/")[2] == wanted)


_HOLDS: Mapping[str, Callable[[Any, Event], bool]] = {
    "source": lambda wanted, event: wanted == event.source,
    "kind": lambda wanted, event: fnmatchcase(event.kind, wanted),
    "repo": lambda wanted, event: _same_repo(wanted, event.repo),
    "severity": lambda wanted, event: event.severity.rank >= wanted.rank,
    "label": lambda wanted, event: has_label(event, wanted),
    "service": lambda wanted, event: wanted == event.service,
    "environment": lambda wanted, event: wanted == event.environment,
    "branch": lambda wanted, event: fnmatchcase(event.branch or "", wanted),
}
"""Each condition but the hours, and whether an event meets it."""
