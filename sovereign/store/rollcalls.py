"""What a roll call is made of: the messages that a channel was just given, and the call that is under way."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sovereign.core.clock import from_micros, micros
from sovereign.store.sqlite import Connection

LOOKED_THROUGH = 500
"""Rows of the outbox, the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A message of a channel, just sent or about to be: what it is about, and whether it pages."""

    name: str
    pages: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """`changed_at` is when a name last joined."""

    conversation_id: int
    changed_at: datetime


def given(tx: Connection, channel: str, since: datetime) -> Sequence[Given]:
    """The pages that wait for a channel, and whatever was sent there since then, in their order."""
    rows = tx.execute(
        "SELECT lane, payload_json FROM outbox WHERE id > (SELECT MAX(id) FROM outbox) - ?"
        " AND channel = ? AND op = 'post' AND ((lane = ? AND state = 'waiting') OR attempted_at > ?)"
        " ORDER BY id",
        (LOOKED_THROUGH, channel, f"page:{channel}", micros(since)),
    )
    return [
        Given(name=_name(json.loads(row["payload_json"])), pages=row["lane"].startswith("page:"))
        for row in rows
    ]


def live(tx: Connection, key: str) -> Live | None:
    row = tx.execute("SELECT id, updated_at FROM conversations WHERE key = ? AND live = 1", (key,)).fetchone()
    return Live(conversation_id=row["id"], changed_at=from_micros(row["updated_at"])) if row else None


def _name(payload: dict[str, object]) -> str:
    facts = payload.get("conversation") or payload.get("event") or payload
    return str(facts.get("subject") or facts.get("title") or "") if isinstance(facts, dict) else ""
