"""Alert events become incidents: the alert's state, the incident, its message, thread and timeline."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sovereign.domain import incidents as rules
from sovereign.domain.alerts import Alert, Change, heard
from sovereign.domain.conversations import opened_by
from sovereign.domain.events import Event, Severity, Status
from sovereign.domain.incidents import Incident, Tally, Turn
from sovereign.domain.routing import Decision, calls_for_help
from sovereign.services import announce
from sovereign.store import alerts, conversations, incidents
from sovereign.store.conversations import Stored
from sovereign.store.incidents import Moment
from sovereign.store.sqlite import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Calling:
    """Whom a bad enough alert calls."""

    role: str
    mention_from: Severity


def hear(
    tx: Connection, event_id: str, event: Event, at: datetime, decision: Decision, calling: Calling
) -> int | None:
    """Take in one alert event that came at `at`; its conversation's id, or None where it opens none."""
    known = alerts.get(tx, event.fingerprint or "")
    before = known[0] if known else None
    after, change = heard(before, event, at)
    if after is None:  # a resolve of something that never fired here
        return None
    stored = _place(tx, event, known, at)
    if stored is None:
        if decision.channel is None or change not in (Change.FIRED, Change.REFIRED):
            return None
        key = event.conversation or f"{event.source}:{event.fingerprint}"
        stored = conversations.add(tx, key, decision.channel, opened_by(event), at)
    alerts.save(tx, after, stored.id)
    if change is not Change.REPEATED:
        _tell(tx, event_id, event, after, change, stored, at, decision, calling)
    return stored.id


def _place(tx: Connection, event: Event, known: tuple[Alert, int] | None, at: datetime) -> Stored | None:
    """While an alert fires it stays in its conversation; once it is resolved the key decides again."""
    if known and (known[0].status is Status.FIRING or event.status is not Status.FIRING):
        return conversations.by_id(tx, known[1])
    stored = conversations.find(tx, event.conversation or f"{event.source}:{event.fingerprint}")
    if stored is None:
        return None
    incident = incidents.by_conversation(tx, stored.id)
    if incident and rules.is_over(incident, at):
        conversations.retire(tx, stored.id)
        return None
    return stored


def _tell(
    tx: Connection,
    event_id: str,
    event: Event,
    alert: Alert,
    change: Change,
    stored: Stored,
    at: datetime,
    decision: Decision,
    calling: Calling,
) -> None:
    tally = alerts.tally(tx, stored.id)
    moment = alert.resolved_at or (alert.started_at if change is not Change.WORSENED else at)
    before = incidents.by_conversation(tx, stored.id)
    changed, turn = rules.follow(before, tally, event, stored.id, moment)
    incident = incidents.save(tx, changed)
    mention = _mention(event, turn, decision, calling)
    stored = _show(tx, stored, event, incident, tally, at, mention)
    text = _sentence(event, change, turn, incident, tally)
    incidents.add_moment(tx, incident.id, Moment(at=moment, kind=change, actor=None, text=text))
    announce.line(
        tx,
        stored,
        event_id,
        text,
        moment,
        url=event.url,
        quote=event.text if change in (Change.FIRED, Change.REFIRED) else "",
        mention=mention if turn is not Turn.OPENED else (),
    )


def _show(
    tx: Connection,
    stored: Stored,
    event: Event,
    incident: Incident,
    tally: Tally,
    at: datetime,
    mention: tuple[str, ...],
) -> Stored:
    firing = event.status is Status.FIRING
    facts = replace(
        stored.facts,
        title=event.title if firing else stored.facts.title,
        text=event.text if firing and event.text else stored.facts.text,
        url=event.url or stored.facts.url,
        status=Status.FIRING if tally.firing else Status.RESOLVED,
        severity=incident.severity,
    )
    conversations.save(tx, stored.id, facts, at)
    stored = replace(stored, facts=facts)
    announce.head(tx, stored, at, incident=(incident, tally), mention=mention)
    return stored


def _mention(event: Event, turn: Turn, decision: Decision, calling: Calling) -> tuple[str, ...]:
    if turn not in (Turn.OPENED, Turn.REOPENED, Turn.WORSENED):
        return ()
    called = (calling.role,) if calls_for_help(event, calling.mention_from) else ()
    return tuple(dict.fromkeys((*called, *decision.mention)))


def _sentence(event: Event, change: Change, turn: Turn, incident: Incident, tally: Tally) -> str:
    if turn is Turn.RESOLVED:
        return "Resolved: nothing fires any more"
    if change is Change.RESOLVED:
        return f"{event.subject} resolved, {tally.firing} of {tally.total} still firing"
    if change is Change.WORSENED:
        return f"{event.title} (severity rose to {event.severity})"
    if turn is Turn.REOPENED:
        return f"{event.title} (firing again)"
    return event.title
