"""Why events are in one conversation, and which conversation or event a message in Discord stands for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sovereign.core.clock import from_micros
from sovereign.store.sqlite import Connection, Row

_WITHIN = (
    "SELECT $WHAT FROM events WHERE conversation_id IN"
    " (SELECT id FROM conversations WHERE id = ? OR merged_into = ?)"
)
"""The events of a conversation and of those that it has taken in."""
_NEWEST = _WITHIN.replace("$WHAT", "*") + " ORDER BY sequence DESC LIMIT ?"
_COUNT = _WITHIN.replace("$WHAT", "COUNT(*)")
_REASONS = _WITHIN.replace("$WHAT", "joined, COUNT(*) AS count") + (
    " AND joined IS NOT NULL GROUP BY joined ORDER BY count DESC, joined LIMIT ?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """An event, where it went and why it is in its conversation; `why` is None where nobody wrote it down.

    `earlier` says that it came to a conversation of its own, which this one has taken in since.
    """

    delivery_id: int
    at: datetime
    source: str
    title: str
    environment: str | None
    rule: str
    why: str | None
    earlier: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One way of belonging, and how many events belong in it."""

    why: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands:
    """What a message stands for: a conversation, or one event without one."""

    conversation_id: int | None
    event_id: str | None


def stands_for(tx: Connection, message_id: int, channel_id: int | None) -> Stands | None:
    """By the message itself; else by the thread that it was written in. None for what is none of ours."""
    head = "SELECT id FROM conversations WHERE message_id = ? ORDER BY id DESC LIMIT 1"
    row = tx.execute(head, (message_id,)).fetchone()
    if row is not None:
        return Stands(conversation_id=row["id"], event_id=None)
    part = tx.execute(
        "SELECT o.conversation_id, o.key FROM outbox_parts AS p JOIN outbox AS o ON o.id = p.outbox_id"
        " WHERE p.message_id = ? ORDER BY o.id DESC LIMIT 1",
        (message_id,),
    ).fetchone()
    if part is not None:
        return _said(part)
    row = tx.execute(head, (channel_id or 0,)).fetchone()  # a thread has the id of the message it hangs on
    return Stands(conversation_id=row["id"], event_id=None) if row else None


def of_conversation(tx: Connection, conversation_id: int, limit: int) -> Sequence[Belonging]:
    """The newest events, oldest first."""
    rows = tx.execute(_NEWEST, (conversation_id, conversation_id, limit)).fetchall()
    return [_belonging(row, conversation_id) for row in reversed(rows)]


def of_event(tx: Connection, event_id: str) -> Belonging | None:
    row = tx.execute("SELECT * FROM events WHERE id = ?", (event_id,)).fetchone()
    return _belonging(row, row["conversation_id"]) if row else None


def count(tx: Connection, conversation_id: int) -> int:
    (events,) = tx.execute(_COUNT, (conversation_id, conversation_id)).fetchone()
    return int(events)


def reasons(tx: Connection, conversation_id: int, limit: int) -> Sequence[Reason]:
    """The most frequent first."""
    rows = tx.execute(_REASONS, (conversation_id, conversation_id, limit))
    return [Reason(why=row["joined"], count=row["count"]) for row in rows]


def _said(row: Row) -> Stands | None:
    if row["conversation_id"] is not None:
        return Stands(conversation_id=row["conversation_id"], event_id=None)
    what, _, event_id = str(row["key"]).partition(":")
    return Stands(conversation_id=None, event_id=event_id) if what == "notice" else None


def _belonging(row: Row, conversation_id: int | None) -> Belonging:
    return Belonging(
        delivery_id=row["delivery_id"],
        at=from_micros(row["occurred_at"]),
        source=row["source"],
        title=row["title"],
        environment=json.loads(row["event_json"]).get("environment"),
        rule=row["route"],
        why=row["joined"],
        earlier=row["conversation_id"] != conversation_id,
    )
