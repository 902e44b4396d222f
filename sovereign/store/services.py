"""What the store knows of a service: its open incidents, and when it was deployed last."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sovereign.core.clock import from_micros
from sovereign.store.sqlite import Connection

KINDS = ("service.deployed", "service.upgraded", "service.rolledback", "service.published")
LOOKED_THROUGH = 500
"""Of the newest events of these kinds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """One event about a deployment, in the sender's words."""

    at: datetime
    kind: str
    title: str
    status: str
    environment: str | None
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIncident:
    id: int
    title: str
    severity: str
    opened_at: datetime
    channel_id: int | None
    message_id: int | None


def deployments(tx: Connection, service: str, environment: str, limit: int) -> Sequence[Deployed]:
    """The newest of the service there, newest first; those that name no environment count for all."""
    rows = tx.execute(
        "SELECT kind, title, occurred_at, event_json FROM events WHERE kind IN (?, ?, ?, ?)"
        " ORDER BY occurred_at DESC LIMIT ?",
        (*KINDS, LOOKED_THROUGH),
    )
    found: list[Deployed] = []
    for row in rows:
        facts = json.loads(row["event_json"])
        if str(facts.get("service") or "").lower() != service.lower():
            continue
        if facts.get("environment") not in (None, environment):
            continue
        found.append(
            Deployed(
                at=from_micros(row["occurred_at"]),
                kind=row["kind"],
                title=row["title"],
                status=str(facts.get("status") or ""),
                environment=facts.get("environment"),
                url=facts.get("url"),
            )
        )
        if len(found) >= limit:
            break
    return found


def open_incidents(tx: Connection, service: str, environment: str, limit: int) -> Sequence[OpenIncident]:
    """Those of the service there, the oldest first; those that name no environment count for all."""
    rows = tx.execute(
        "SELECT i.id, i.title, i.severity, i.opened_at, c.channel_id, c.message_id FROM incidents AS i"
        " LEFT JOIN conversations AS c ON c.id = i.conversation_id"
        " WHERE i.state <> 'resolved' AND LOWER(i.service) = LOWER(?)"
        " AND (i.environment IS NULL OR i.environment = ?) ORDER BY i.opened_at LIMIT ?",
        (service, environment, limit),
    )
    return [
        OpenIncident(
            id=row["id"],
            title=row["title"],
            severity=row["severity"],
            opened_at=from_micros(row["opened_at"]),
            channel_id=row["channel_id"],
            message_id=row["message_id"],
        )
        for row in rows
    ]
