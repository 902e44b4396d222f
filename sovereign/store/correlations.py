"""Which open incident each correlation rule has last seen take an alert of the same traits."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from sovereign.core.clock import from_micros, micros
from sovereign.core.ids import digest
from sovereign.domain.correlation import MOST_ALERTS, Candidate, Correlation, Traits
from sovereign.store import conversations
from sovereign.store.sqlite import Connection

REMEMBERED = timedelta(days=2)
"""Longer than any rule looks back."""
FORGOTTEN_AT_ONCE = 10


def seen(tx: Connection, rule: Correlation, traits: Traits) -> Candidate | None:
    """None where that incident is resolved, or there was none. One that the same delivery opens is not kept
    yet, and counts."""
    row = tx.execute(
        "SELECT c.conversation_id, c.seen_at, i.id, i.environment FROM correlations AS c"
        " LEFT JOIN incidents AS i ON i.conversation_id = c.conversation_id"
        " WHERE c.rule = ? AND c.traits = ? AND (i.state IS NULL OR i.state <> 'resolved')",
        (rule.name, _name(traits)),
    ).fetchone()
    if row is None:
        return None
    (alerts,) = tx.execute(
        "SELECT COUNT(*) FROM (SELECT 1 FROM alerts WHERE conversation_id = ? LIMIT ?) AS few",
        (row["conversation_id"], MOST_ALERTS),
    ).fetchone()
    return Candidate(
        conversation_id=row["conversation_id"],
        incident_id=row["id"],
        environment=row["environment"] if row["id"] else _environment(tx, row["conversation_id"]),
        seen_at=from_micros(row["seen_at"]),
        alerts=alerts,
    )


def note(tx: Connection, rule: Correlation, traits: Traits, conversation_id: int, at: datetime) -> None:
    """An alert of these traits began there; what no rule looks back to any more is forgotten by the way."""
    tx.execute(
        "INSERT INTO correlations (rule, traits, conversation_id, seen_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (rule, traits) DO UPDATE SET conversation_id = excluded.conversation_id,"
        " seen_at = excluded.seen_at WHERE excluded.seen_at >= correlations.seen_at",
        (rule.name, _name(traits), conversation_id, micros(at)),
    )
    tx.execute(
        "DELETE FROM correlations WHERE (rule, traits) IN"
        " (SELECT rule, traits FROM correlations WHERE seen_at < ? ORDER BY seen_at LIMIT ?)",
        (micros(at - REMEMBERED), FORGOTTEN_AT_ONCE),
    )


def _environment(tx: Connection, conversation_id: int) -> str | None:
    return conversations.by_id(tx, conversation_id).facts.environment


def _name(traits: Traits) -> str:
    """Values may be long, so they are not what the row is found by."""
    return digest(json.dumps(traits))
