"""Quiet hours and maintenance windows: which events are kept back for now, and by whose rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sovereign.domain.conditions import has_label
from sovereign.domain.conversations import Topic, topic_of
from sovereign.domain.events import Event, Severity
from sovereign.domain.hours import Hours
from sovereign.domain.limits import Hold, Limits, Reason
from sovereign.domain.routing import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Hours in which what is less severe than `below`, and calls nobody, waits; in all channels if none is
    named."""

    name: str
    hours: Hours
    below: Severity = Severity.HIGH
    channels: frozenset[str] = frozenset()

    def holds(self, event: Event, decision: Decision, at: datetime) -> bool:
        urgent = event.severity.rank >= self.below.rank or decision.mention
        here = not self.channels or decision.channel in self.channels
        return here and not urgent and self.hours.cover(at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """A time in which the alerts of what is worked on are expected: once from `start` to `end`, or each week.

    All conditions that are set must hold.
    """

    name: str
    source: str | None = None
    service: str | None = None
    environment: str | None = None
    label: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    hours: Hours | None = None

    def is_on(self, at: datetime) -> bool:
        if self.hours is not None and not self.hours.cover(at):
            return False
        return (self.start is None or self.start <= at) and (self.end is None or at < self.end)

    def holds(self, event: Event, at: datetime) -> bool:
        return (
            topic_of(event.kind) is Topic.INCIDENT
            and self.source in (None, event.source)
            and self.service in (None, event.service)
            and self.environment in (None, event.environment)
            and (self.label is None or has_label(event, self.label))
            and self.is_on(at)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """Everything that keeps events from being told one by one."""

    limits: Limits = field(default_factory=Limits)
    quiet: Sequence[Quiet] = ()
    maintenance: Sequence[Maintenance] = ()

    def hold(self, event: Event, decision: Decision, at: datetime) -> Hold | None:
        """By which rule the event is kept back at that moment: maintenance goes before quiet hours."""
        if decision.channel is None:
            return None
        for window in self.maintenance:
            if window.holds(event, at):
                return Hold(reason=Reason.MAINTENANCE, name=window.name)
        for quiet in self.quiet:
            if quiet.holds(event, decision, at):
                return Hold(reason=Reason.QUIET, name=quiet.name)
        return None

    def is_on(self, hold: Hold, at: datetime) -> bool:
        """Whether the rule still holds anything back; one that is no longer configured does not."""
        if hold.reason is Reason.MAINTENANCE:
            return any(window.name == hold.name and window.is_on(at) for window in self.maintenance)
        return any(quiet.name == hold.name and quiet.hours.cover(at) for quiet in self.quiet)
