"""An incident: what people work on, from the first alert to the last resolve."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sovereign.core.errors import InvalidTransition
from sovereign.domain.events import Event, Severity

REOPEN_WITHIN = timedelta(minutes=15)
"""An alert that fires again this soon after the resolve reopens the incident; later it opens a new one."""


class State(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Turn(StrEnum):
    """What happened to the incident as a whole."""

    OPENED = "opened"
    REOPENED = "reopened"
    WORSENED = "worsened"
    RESOLVED = "resolved"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The alerts of one incident: how many fire, how many there were, the worst of those that fire."""

    firing: int
    total: int
    worst: Severity | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """`id` is 0 until the store has given one."""

    id: int = 0
    conversation_id: int
    title: str
    state: State
    severity: Severity
    service: str | None
    environment: str | None
    opened_at: datetime
    acknowledged_by: int | None = None
    acknowledged_name: str | None = None
    acknowledged_at: datetime | None = None
    resolved_at: datetime | None = None

    @property
    def duration(self) -> timedelta | None:
        """From the first alert to the last resolve; None while it lasts."""
        return self.resolved_at - self.opened_at if self.resolved_at else None

    def acknowledge(self, by: int, name: str, at: datetime) -> Incident:
        """Somebody takes it. The first to press has it."""
        if self.state is State.RESOLVED:
            raise InvalidTransition(
                f"Incident {self.id} is already resolved; there is nothing to acknowledge."
            )
        if self.state is State.ACKNOWLEDGED:
            raise InvalidTransition(
                f"Incident {self.id} is already acknowledged by {self.acknowledged_name}."
            )
        return replace(
            self, state=State.ACKNOWLEDGED, acknowledged_by=by, acknowledged_name=name, acknowledged_at=at
        )


def follow(
    incident: Incident | None,
    tally: Tally,
    event: Event,
    conversation_id: int,
    at: datetime,
    *,
    restarted: bool = False,
) -> tuple[Incident, Turn]:
    """The incident after its alerts changed; `event` speaks for them, `at` is the moment that they speak of.

    `restarted` says that one of them began anew without a resolve that we heard of.
    """
    severity = tally.worst or (incident.severity if incident else event.severity)
    if incident is None:
        return _opened(event, severity, conversation_id, at), Turn.OPENED
    worse = severity.rank > incident.severity.rank
    if tally.firing == 0:
        if incident.state is State.RESOLVED:
            return incident, Turn.UNCHANGED
        ended = max(at, incident.opened_at)
        return replace(incident, state=State.RESOLVED, resolved_at=ended), Turn.RESOLVED
    if incident.state is State.RESOLVED or restarted:
        again = replace(
            incident,
            state=State.OPEN,
            severity=severity,
            acknowledged_by=None,
            acknowledged_name=None,
            acknowledged_at=None,
            resolved_at=None,
        )
        return again, Turn.REOPENED
    return replace(incident, severity=severity), Turn.WORSENED if worse else Turn.UNCHANGED


def is_over(incident: Incident, now: datetime) -> bool:
    """Resolved so long ago that the next alert is another story."""
    return incident.resolved_at is not None and now - incident.resolved_at > REOPEN_WITHIN


def _opened(event: Event, severity: Severity, conversation_id: int, at: datetime) -> Incident:
    return Incident(
        conversation_id=conversation_id,
        title=event.title,
        state=State.OPEN,
        severity=severity,
        service=event.service,
        environment=event.environment,
        opened_at=at,
    )
