"""Normalised events at rest."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime

from sovereign.core.clock import micros
from sovereign.domain.events import Event
from sovereign.store.sqlite import Connection


def add(
    tx: Connection,
    event_id: str,
    delivery_id: int,
    event: Event,
    *,
    occurred_at: datetime,
    conversation_id: int | None,
    route: str,
) -> None:
    """Keep an event; one that is already kept stays as it is. `route` says in words where it went and why."""
    tx.execute(
        "INSERT INTO events (id, delivery_id, conversation_id, source, kind, severity, title, route,"
        " occurred_at, event_json) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        (
            event_id,
            delivery_id,
            conversation_id,
            event.source,
            event.kind,
            event.severity,
            event.title,
            route,
            micros(occurred_at),
            _as_json(event),
        ),
    )


def _as_json(event: Event) -> str:
    facts = asdict(event)
    facts["occurred_at"] = event.occurred_at.isoformat() if event.occurred_at else None
    return json.dumps({name: value for name, value in facts.items() if value})
