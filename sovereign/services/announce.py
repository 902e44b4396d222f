"""Puts what people should see into the outbox, within the transaction that made it true.

Payloads are versioned JSON: facts, never looks; `render/` turns them into messages when they go out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sovereign.core import clock
from sovereign.core.clock import micros
from sovereign.core.ids import short
from sovereign.core.records import fields_of, replace
from sovereign.domain import flapping
from sovereign.domain.conversations import Topic
from sovereign.domain.events import Event
from sovereign.domain.incidents import Incident, Tally
from sovereign.domain.routing import Decision
from sovereign.services import gathering, lately, rollcall
from sovereign.services.gathering import News
from sovereign.store import alerts, conversations, incidents, outbox
from sovereign.store.conversations import Stored
from sovereign.store.outbox import Intent
from sovereign.store.sqlite import Connection

NORMAL, ALERT, PAGE = 0, 1, outbox.PAGE
"""Priorities: what calls somebody goes before other alerts, and these before everything else."""
FIRST = outbox.FIRST
"""Before all of them goes the one message that names everything critical in a channel."""
KINDS, LONGEST_KIND = 6, 60
"""Names of alerts that an incident lists, and characters of each."""
STORM_PAUSE = timedelta(seconds=5)
"""In a storm the head messages of alerts follow at this distance: what changes meanwhile is one edit."""


def head(
    tx: Connection,
    stored: Stored,
    at: datetime,
    *,
    incident: tuple[Incident, Tally] | None = None,
    mention: tuple[str, ...] = (),
    news: News | None = None,
) -> bool:
    """Let the head message show the conversation's facts: post it, or edit it once it is on its way.

    The event whose `news` it tells may be gathered with others; what a person does is told at once. Whether
    it is.
    """
    if stored.head_id is None and news is not None and not gathering.may_head(tx, news, stored):
        return False
    payload: dict[str, object] = {
        "v": 1,
        "view": "conversation",
        "conversation": conversations.to_mapping(stored.facts),
        "incident": _incident(tx, *incident, at) if incident else None,
        "at": micros(at),
    }
    busy = news is not None and incident is not None and gathering.is_storming(tx, stored.channel)
    _stand(
        tx,
        stored,
        at,
        payload,
        urgency=ALERT if incident else NORMAL,
        mention=mention,
        not_before=at + STORM_PAUSE if busy else None,
    )
    return True


def show(tx: Connection, stored: Stored, view: str, facts: Mapping[str, object], at: datetime) -> None:
    """Let the head message of a thing of our own show these facts, in the look that `view` names."""
    _stand(tx, stored, at, {"v": 1, "view": view, **facts, "at": micros(at)}, urgency=NORMAL)


def _stand(
    tx: Connection,
    stored: Stored,
    at: datetime,
    payload: Mapping[str, object],
    *,
    urgency: int,
    mention: tuple[str, ...] = (),
    not_before: datetime | None = None,
) -> None:
    """Post the head message, or edit the one that stands or is on its way."""
    if stored.head_id is None:
        key, priority = f"head:{stored.id}:{micros(at)}", PAGE if mention else urgency
        post = replace(_head_intent(stored, "post", key, priority, payload), mention=mention)
        conversations.set_head(tx, stored.id, outbox.add(tx, post, at))
        if mention:
            _call(tx, stored.channel, stored.facts.subject)
        return
    edit = _head_intent(stored, "edit", f"edit:{stored.head_id}", urgency, payload)
    if not outbox.replace(tx, stored.head_id, edit):
        outbox.collapse(tx, edit, at, not_before)


def _call(tx: Connection, channel: str, name: str) -> None:
    """Name a page at once, before its message. A storm's message does so as soon as it stands."""
    storming = gathering.is_storming(tx, channel)
    if not storming or not gathering.is_shown(tx, channel):
        rollcall.call(tx, channel, name, begin=not storming)


def line(
    tx: Connection,
    stored: Stored,
    key: str,
    text: str,
    at: datetime,
    *,
    actor: str | None = None,
    url: str | None = None,
    quote: str = "",
    mention: tuple[str, ...] = (),
    replayed: bool = False,
    news: News | None = None,
) -> bool:
    """One line in the thread, unless it is gathered. `key` names the fact that it tells, so that the same
    fact is told once."""
    if news is not None and not gathering.may_line(tx, news, stored):
        return False
    payload = {
        "v": 1,
        "view": "line",
        "text": text,
        "actor": actor,
        "url": url,
        "quote": quote,
        "thread": stored.facts.name or stored.facts.subject,
        "subject": stored.facts.subject,
        "at": micros(at),
        "replayed": replayed,
    }
    intent = Intent(
        key=f"line:{key}",
        ref=short(f"line:{key}"),
        op="line",
        channel=stored.channel,
        conversation_id=stored.id,
        priority=ALERT if stored.facts.topic is Topic.INCIDENT else NORMAL,
        payload=payload,
        mention=mention,
    )
    outbox.add(tx, intent, clock.now())  # `at` is when it happened, which may be long ago
    return True


def notice(tx: Connection, event_id: str, event: Event, at: datetime, decision: Decision) -> None:
    """One message for an event that belongs to no conversation, where one is to be posted."""
    if decision.channel is None:
        return
    news = News(event_id=event_id, event=event, decision=decision, at=at, mention=decision.mention)
    if not gathering.may_notice(tx, news, decision.channel):
        return
    facts = fields_of(event) | {"labels": dict(event.labels), "occurred_at": micros(at), "began_at": None}
    intent = Intent(
        key=f"notice:{event_id}",
        ref=short(f"notice:{event_id}"),
        op="post",
        channel=decision.channel,
        conversation_id=None,
        priority=PAGE if decision.mention else NORMAL,
        payload={
            "v": 1,
            "view": "notice",
            "event": facts,
            "at": micros(at),
            "replayed": decision.replayed,
            "astray": decision.astray,
        },
        mention=decision.mention,
    )
    outbox.add(tx, intent, at)
    if decision.mention:
        _call(tx, decision.channel, gathering.name_of(event))


def _head_intent(stored: Stored, op: str, key: str, priority: int, payload: Mapping[str, object]) -> Intent:
    return Intent(
        key=key,
        ref=short(f"conversation:{stored.id}:{stored.key}"),
        op=op,
        channel=stored.channel,
        conversation_id=stored.id,
        priority=priority,
        payload=payload,
    )


def _incident(tx: Connection, incident: Incident, tally: Tally, at: datetime) -> dict[str, object]:
    kinds = alerts.kinds(tx, incident.conversation_id, tally, KINDS) if tally.total > 1 else alerts.NONE
    return {
        "id": incident.id,
        "state": incident.state,
        "severity": incident.severity,
        "opened_at": micros(incident.opened_at),
        "acknowledged_name": incident.acknowledged_name,
        "acknowledged_by": incident.acknowledged_by,
        "acknowledged_at": micros(incident.acknowledged_at) if incident.acknowledged_at else None,
        "resolved_at": micros(incident.resolved_at) if incident.resolved_at else None,
        "firing": tally.firing,
        "total": tally.total,
        "kinds": [[name[:LONGEST_KIND], count] for name, count in kinds.first],
        "different": kinds.different,
        "reopened": incidents.reopened(tx, incident.id, at - flapping.WINDOW),
        "changed": lately.changed(tx, incident.service, incident.environment, incident.opened_at),
    }
