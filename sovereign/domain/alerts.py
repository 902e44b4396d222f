"""Alerts by fingerprint: what one more event about the same problem changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sovereign.core.records import quick
from sovereign.domain.conversations import Topic, topic_of
from sovereign.domain.events import Event, Severity, Status

OLDEST = datetime(2000, 1, 1, tzinfo=UTC)
"""Senders write year 1 for "no time"; nothing that is watched started before this."""


LEFT_OUT = "Left out by the sender"
"""Name of the field in which an event says how many alerts of its group its sender has not told of."""
MISSED_AFTER = timedelta(hours=1)
"""An alert that began after we last heard of it, so long after, must have ended in between."""


LONGEST_NAME, LONGEST_TEXT = 200, 1000
"""Characters of an alert's name and text that are kept with it: more than its incident shows."""


OVERTAKEN_WITHIN = timedelta(minutes=10)
"""So late a firing may come after its own end. Later it counts: its sender may have taken a silence of
what it watches for an end, and keeps the start when it hears of the same trouble again."""


class Change(StrEnum):
    """What an event did to an alert. A repeat changes nothing that people need to hear of; a restart is a
    new beginning after a resolve that never reached us."""

    FIRED = "fired"
    REFIRED = "refired"
    RESTARTED = "restarted"
    WORSENED = "worsened"
    RESOLVED = "resolved"
    REPEATED = "repeated"


@quick
@dataclass(frozen=True, kw_only=True)
class Said:
    """What the sender said of an alert when it last fired: its incident shows it while this one speaks
    for all.

    `name` tells it from the others of its group, such as the host.
    """

    title: str
    name: str
    text: str
    url: str | None
    service: str | None
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """`title` is the alert's own name; `said` is None for one from before that was kept."""

    fingerprint: str
    title: str
    status: Status
    severity: Severity
    started_at: datetime
    resolved_at: datetime | None
    seen_at: datetime
    times_fired: int
    said: Said | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """An alert of which the end was heard at `heard_at`, and nothing before: a firing of that start, which
    comes late, is over too."""

    fingerprint: str
    started_at: datetime
    ended_at: datetime
    heard_at: datetime


_CHANGES = frozenset({Status.FIRING, Status.RESOLVED})


def left_out(event: Event) -> str:
    """`7 alerts`, or nothing."""
    return next((value for name, value in event.fields if name == LEFT_OUT), "")


def is_alarm(event: Event) -> bool:
    """Whether the event fires or resolves an alert. One in an unknown state is told, and does neither."""
    if event.fingerprint is None or event.status not in _CHANGES:
        return False
    return topic_of(event.kind) is Topic.INCIDENT


def heard(alert: Alert | None, event: Event, at: datetime) -> tuple[Alert | None, Change]:
    """The alert after `event`, which arrived at `at`. A resolve of what never fired leaves nothing."""
    said = min(event.occurred_at, at) if event.occurred_at and event.occurred_at > OLDEST else at
    if event.status is Status.RESOLVED:
        return _resolved(alert, said, at)
    if event.status is not Status.FIRING:  # a word that we do not know never fires and never resolves
        return alert and replace(alert, seen_at=at), Change.REPEATED
    if alert is None:
        return _firing(event, said, at, times=1), Change.FIRED
    if alert.status is Status.RESOLVED:
        return _firing(event, said, at, times=alert.times_fired + 1), Change.REFIRED
    if said > alert.seen_at and at - alert.seen_at > MISSED_AFTER:
        return _firing(event, said, at, times=alert.times_fired + 1), Change.RESTARTED
    worse = event.severity.rank > alert.severity.rank
    now = replace(alert, severity=event.severity, seen_at=at, said=_said(event))
    return now, Change.WORSENED if worse else Change.REPEATED


def ending(alert: Alert | None, event: Event, at: datetime) -> Ending | None:
    """What a resolve says of a firing that has not come yet: one of an alert that does not fire here, and
    began after all that is known of it. A repeated resolve of what did fire is none."""
    began = event.began_at
    if event.status is not Status.RESOLVED or began is None or began <= OLDEST:
        return None
    if alert is not None and (alert.resolved_at is None or began <= alert.resolved_at):
        return None
    ended = max(began, event.occurred_at or at)
    return Ending(fingerprint=event.fingerprint or "", started_at=began, ended_at=ended, heard_at=at)


def is_overtaken(event: Event, alert: Alert | None, by: Ending | None, at: datetime) -> bool:
    """Whether the event is a firing whose own end came before it. Of what fired here the end is known by its
    resolve, and what fires after that fires again."""
    if by is None or event.status is not Status.FIRING or (alert is not None and alert.resolved_at is None):
        return False
    return event.occurred_at == by.started_at and at - by.heard_at <= OVERTAKEN_WITHIN


def _firing(event: Event, started_at: datetime, at: datetime, times: int) -> Alert:
    return Alert(
        fingerprint=event.fingerprint or "",
        title=event.subject,
        status=Status.FIRING,
        severity=event.severity,
        started_at=started_at,
        resolved_at=None,
        seen_at=at,
        times_fired=times,
        said=_said(event),
    )


def _said(event: Event) -> Said:
    return Said(
        title=event.title,
        name=(event.name or event.subject)[:LONGEST_NAME],
        text=event.text[:LONGEST_TEXT],
        url=event.url,
        service=event.service,
        fields=event.fields,
    )


def _resolved(alert: Alert | None, said: datetime, at: datetime) -> tuple[Alert | None, Change]:
    if alert is None or alert.status is Status.RESOLVED:
        return alert, Change.REPEATED
    ended = max(said, alert.started_at)
    return replace(alert, status=Status.RESOLVED, resolved_at=ended, seen_at=at), Change.RESOLVED
