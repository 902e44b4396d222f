"""Intents on their way to Discord: what to say, where, in which order, and what the attempts came to.

A row belongs to a lane, and the rows of a lane go one after the other: `page:<channel>` for new messages that
call somebody, `post:<channel>` for the other new messages of a channel, `edit:<channel>` for its edits,
`line:<conversation>` for what goes into a thread, `first:<conversation>` for a message that stands for many.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sovereign.core.clock import from_micros, micros
from sovereign.core.records import quick
from sovereign.store.sqlite import Connection, last_id

PAGE, FIRST = 2, 3
"""The priorities of what calls somebody, and of what waits behind nothing else, neither in its lane nor for
its channel's places."""


@quick
@dataclass(frozen=True, kw_only=True)
class Intent:
    """`key` names it for ever; `ref` is the reference that people see; a higher `priority` goes first."""

    key: str
    ref: str
    op: str
    channel: str
    conversation_id: int | None
    priority: int
    payload: Mapping[str, object]
    mention: tuple[str, ...] = ()

    @property
    def lane(self) -> str:
        if self.priority >= FIRST:
            return f"first:{self.conversation_id}"
        if self.op == "line":
            return f"line:{self.conversation_id}"
        if self.op == "edit":
            return f"edit:{self.channel}"
        return f"page:{self.channel}" if self.mention else f"post:{self.channel}"


_INSERT = (
    "INSERT INTO outbox (key, ref, op, lane, channel, conversation_id, priority, payload_json, mention_json,"
    " created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def add(tx: Connection, intent: Intent, at: datetime) -> int:
    """Queue it and return its id; the same key again changes nothing."""
    added = tx.execute(_INSERT + " ON CONFLICT (key) DO NOTHING", _values(intent, at))
    if added.rowcount == 1:
        return last_id(added)
    (given,) = tx.execute("SELECT id FROM outbox WHERE key = ?", (intent.key,)).fetchone()
    return int(given)


def replace(tx: Connection, outbox_id: int, intent: Intent) -> bool:
    """Say the newer thing instead, if the row has not been tried yet. Whom it was to call, it still calls."""
    changed = tx.execute(
        "UPDATE outbox SET payload_json = ?, priority = CASE WHEN priority < ? THEN ? ELSE priority END"
        " WHERE id = ? AND state = 'waiting' AND attempts = 0",
        (json.dumps(intent.payload), intent.priority, intent.priority, outbox_id),
    )
    return changed.rowcount == 1


def collapse(tx: Connection, intent: Intent, at: datetime, not_before: datetime | None = None) -> None:
    """Queue an edit: one that waits is replaced, and one under way will be followed by this one."""
    due = micros(not_before) if not_before else 0
    tx.execute(
        _INSERT + " ON CONFLICT (key) DO UPDATE SET state = 'waiting',"
        " payload_json = excluded.payload_json, revision = outbox.revision + 1,"
        " created_at = CASE outbox.state WHEN 'waiting' THEN outbox.created_at ELSE excluded.created_at END,"
        " attempts = CASE outbox.state WHEN 'waiting' THEN outbox.attempts ELSE 0 END,"
        " not_before = CASE outbox.state WHEN 'waiting' THEN outbox.not_before ELSE ? END",
        (*_values(intent, at), due),
    )
    if due:
        tx.execute(
            "UPDATE outbox SET not_before = ? WHERE key = ? AND state = 'waiting' AND not_before = 0"
            " AND attempts = 0",
            (due, intent.key),
        )


def hand_over(tx: Connection, channel: str) -> tuple[str, ...]:
    """Whom the untried pages of a channel were to call: those do not call them any more."""
    rows = tx.execute(
        "SELECT id, mention_json FROM outbox WHERE lane = ? AND state = 'waiting' AND attempts = 0"
        " ORDER BY id",
        (f"page:{channel}",),
    ).fetchall()
    tx.executemany("UPDATE outbox SET mention_json = '[]' WHERE id = ?", [(row["id"],) for row in rows])
    return tuple(dict.fromkeys(role for row in rows for role in json.loads(row["mention_json"])))


def said(tx: Connection, head_id: int) -> Mapping[str, object] | None:
    """What the message that was posted by this row shows, or will once what waits has gone out."""
    rows = tx.execute(
        "SELECT payload_json FROM outbox WHERE id = ? OR key = ? ORDER BY id DESC LIMIT 1",
        (head_id, f"edit:{head_id}"),
    ).fetchall()
    found: Sequence[Mapping[str, object]] = [json.loads(row["payload_json"]) for row in rows]
    return found[0] if found else None


def waits(tx: Connection, outbox_id: int) -> bool:
    """Whether the row has still to be carried out."""
    found = tx.execute("SELECT 1 FROM outbox WHERE id = ? AND state = 'waiting'", (outbox_id,)).fetchone()
    return found is not None


def hurry(tx: Connection) -> None:
    """Discord is back: whatever waits for a later attempt may go now."""
    tx.execute("UPDATE outbox SET not_before = 0 WHERE state = 'waiting' AND not_before > 0")


def held_up(tx: Connection) -> str | None:
    """What came of the last attempt of the oldest intent that was tried and still waits."""
    row = tx.execute(
        "SELECT problem FROM outbox WHERE state = 'waiting' AND problem IS NOT NULL ORDER BY id LIMIT 1"
    ).fetchone()
    return row["problem"] if row else None


def backlog(tx: Connection) -> tuple[int, datetime | None]:
    """How many intents wait, and since when the oldest does."""
    row = tx.execute(
        "SELECT COUNT(*) AS count, MIN(created_at) AS oldest FROM outbox WHERE state = 'waiting'"
    ).fetchone()
    return row["count"], from_micros(row["oldest"]) if row["oldest"] is not None else None


def _values(intent: Intent, at: datetime) -> tuple[object, ...]:
    return (
        intent.key,
        intent.ref,
        intent.op,
        intent.lane,
        intent.channel,
        intent.conversation_id,
        intent.priority,
        json.dumps(intent.payload),
        json.dumps(intent.mention) if intent.mention else "[]",
        micros(at),
    )
