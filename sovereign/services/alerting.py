"""Alert events become incidents: the alerts' states, the incident, its message, thread and timeline.

The alerts of one delivery are taken in together: a group of thousands changes one incident once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
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

FEW = 5
"""Changes of one delivery that get a line each; more are summed up in one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calling:
    """Whom a bad enough alert calls."""

    role: str
    mention_from: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One alert event of a delivery, and where it is to go."""

    event_id: str
    event: Event
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What one event did to its alert."""

    heard: Heard
    alert: Alert
    change: Change

    @property
    def moment(self) -> datetime:
        return self.alert.resolved_at or self.alert.started_at


@dataclass(slots=True)
class _Places:
    """The conversations of one delivery, each looked up once, and what changed in them."""

    stored: dict[int, Stored] = field(default_factory=dict)
    changed: dict[int, list[Changed]] = field(default_factory=dict)

    def keep(self, stored: Stored | None) -> Stored | None:
        if stored is not None:
            self.stored[stored.id] = stored
        return stored


def hear(tx: Connection, told: Sequence[Heard], at: datetime, calling: Calling) -> Mapping[str, int]:
    """Take in the alert events of a delivery that came at `at`; each event id's conversation, if any."""
    places = _Places()
    belongs: dict[str, int] = {}
    for one in told:
        stored = _take(tx, one, at, places)
        if stored is not None:
            belongs[one.event_id] = stored.id
    for conversation_id, changed in places.changed.items():
        _tell(tx, places.stored[conversation_id], changed, at, calling)
    return belongs


def _take(tx: Connection, one: Heard, at: datetime, places: _Places) -> Stored | None:
    known = alerts.get(tx, one.event.fingerprint or "")
    if known is None and one.decision.channel is None:
        return None  # dropped by a route, and never shown
    after, change = heard(known[0] if known else None, one.event, at)
    if after is None:  # a resolve of something that never fired here
        return None
    stored = _place(tx, one, known, at, places)
    if stored is None:
        return None
    alerts.save(tx, after, stored.id)
    if change is not Change.REPEATED:
        places.changed.setdefault(stored.id, []).append(Changed(heard=one, alert=after, change=change))
    return stored


def _place(
    tx: Connection, one: Heard, known: tuple[Alert, int] | None, at: datetime, places: _Places
) -> Stored | None:
    """While an alert fires it stays in its conversation; once it is resolved the key decides again."""
    event = one.event
    if known and (known[0].status is Status.FIRING or event.status is not Status.FIRING):
        return places.stored.get(known[1]) or places.keep(conversations.by_id(tx, known[1]))
    key = event.conversation or f"{event.source}:{event.fingerprint}"
    stored = conversations.find(tx, key)
    if stored is not None:
        incident = incidents.by_conversation(tx, stored.id)
        if incident is None or not rules.is_over(incident, at):
            return places.stored.get(stored.id) or places.keep(stored)
        conversations.retire(tx, stored.id)
    if one.decision.channel is None or event.status is not Status.FIRING:
        return None
    return places.keep(conversations.add(tx, key, one.decision.channel, opened_by(event), at))


def _tell(tx: Connection, stored: Stored, changed: Sequence[Changed], at: datetime, calling: Calling) -> None:
    """One change of the incident for all that a delivery changed, the worst firing alert speaking for it."""
    lead = max(changed, key=lambda one: (one.alert.status is Status.FIRING, one.alert.severity.rank))
    tally = alerts.tally(tx, stored.id)
    moments = [one.moment for one in changed]
    moment = min(moments) if tally.firing else max(moments)
    restarted = any(one.change is Change.RESTARTED for one in changed)
    before = incidents.by_conversation(tx, stored.id)
    after, turn = rules.follow(before, tally, lead.heard.event, stored.id, moment, restarted=restarted)
    incident = incidents.save(tx, after)
    mention = _mention(lead.heard, turn, calling)
    stored = _show(tx, stored, lead.heard.event, incident, tally, at, mention)
    later = mention if turn is not Turn.OPENED else ()  # the head message itself calls for a new one
    for number, one in enumerate(changed[:FEW] if len(changed) <= FEW else [lead]):
        text = _sentence(one, turn, tally) if len(changed) <= FEW else _summary(changed, tally)
        when = at if one.change is Change.WORSENED else one.moment
        incidents.add_moment(tx, incident.id, Moment(at=when, kind=one.change, actor=None, text=text))
        announce.line(
            tx,
            stored,
            one.heard.event_id,
            text,
            when,
            url=one.heard.event.url,
            quote=one.heard.event.text if one.change in (Change.FIRED, Change.REFIRED) else "",
            mention=later if number == 0 else (),
            replayed=one.heard.decision.replayed,
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


def _mention(lead: Heard, turn: Turn, calling: Calling) -> tuple[str, ...]:
    if turn not in (Turn.OPENED, Turn.REOPENED, Turn.WORSENED):
        return ()
    called = (calling.role,) if calls_for_help(lead.event, calling.mention_from) else ()
    return tuple(dict.fromkeys((*called, *lead.decision.mention)))


def _sentence(one: Changed, turn: Turn, tally: Tally) -> str:
    event = one.heard.event
    if one.change is Change.RESOLVED:
        if tally.firing == 0:
            return "Resolved: nothing fires any more"
        return f"{event.title}, {tally.firing} of {tally.total} still firing"
    if one.change is Change.WORSENED:
        return f"{event.title} (severity rose to {event.severity})"
    if turn is Turn.REOPENED:
        return f"{event.title} (firing again)"
    return event.title


def _summary(changed: Sequence[Changed], tally: Tally) -> str:
    """One line for many alerts, the first few by name."""
    resolved = [one for one in changed if one.change is Change.RESOLVED]
    began = [one for one in changed if one.change is not Change.RESOLVED]
    parts = [f"{len(began)} alerts fire"] if began else []
    parts += [f"{len(resolved)} resolved"] if resolved else []
    names = list(
        dict.fromkeys(one.heard.event.name or one.heard.event.subject for one in (*began, *resolved))
    )
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return f"{', '.join(parts)}, {tally.firing} of {tally.total} firing now: {', '.join(names[:FEW])}{more}"
