"""Puts what people should see into the outbox, within the transaction that made it true.

Payloads are versioned JSON: facts, never looks; `render/` turns them into messages when they go out.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime

from sovereign.core.clock import micros
from sovereign.core.ids import short
from sovereign.domain.conversations import Topic
from sovereign.domain.events import Event
from sovereign.domain.incidents import Incident, Tally
from sovereign.domain.routing import Decision
from sovereign.store import conversations, outbox
from sovereign.store.conversations import Stored
from sovereign.store.outbox import Intent
from sovereign.store.sqlite import Connection

NORMAL, ALERT, PAGE = 0, 1, 2
"""Priorities: what calls somebody goes before other alerts, and these before everything else."""


def head(
    tx: Connection,
    stored: Stored,
    at: datetime,
    *,
    incident: tuple[Incident, Tally] | None = None,
    mention: tuple[str, ...] = (),
) -> None:
    """Let the head message show the conversation's facts: post it, or edit it once it is on its way."""
    payload: dict[str, object] = {
        "v": 1,
        "view": "conversation",
        "conversation": asdict(stored.facts),
        "incident": _incident(*incident) if incident else None,
        "at": micros(at),
    }
    urgency = ALERT if incident else NORMAL
    if stored.head_id is None:
        key, priority = f"head:{stored.id}:{micros(at)}", PAGE if mention else urgency
        post = replace(_head_intent(stored, "post", key, priority, payload), mention=mention)
        conversations.set_head(tx, stored.id, outbox.add(tx, post, at))
        return
    edit = _head_intent(stored, "edit", f"edit:{stored.head_id}", urgency, payload)
    if not outbox.replace(tx, stored.head_id, edit):
        outbox.collapse(tx, edit, at)


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
) -> None:
    """One line in the thread. `key` names the fact that it tells, so that the same fact is told once."""
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
    outbox.add(tx, intent, at)


def notice(tx: Connection, event_id: str, event: Event, at: datetime, decision: Decision) -> None:
    """One message for an event that belongs to no conversation, where one is to be posted."""
    if decision.channel is None:
        return
    facts = asdict(event) | {"labels": dict(event.labels), "occurred_at": micros(at)}
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
        },
        mention=decision.mention,
    )
    outbox.add(tx, intent, at)


def _head_intent(stored: Stored, op: str, key: str, priority: int, payload: dict[str, object]) -> Intent:
    return Intent(
        key=key,
        ref=short(f"conversation:{stored.id}:{stored.key}"),
        op=op,
        channel=stored.channel,
        conversation_id=stored.id,
        priority=priority,
        payload=payload,
    )


def _incident(incident: Incident, tally: Tally) -> dict[str, object]:
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
    }
