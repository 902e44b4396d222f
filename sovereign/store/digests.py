"""Taking what waits for a channel out of its queue, so that one digest can stand for it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sovereign.core.clock import micros
from sovereign.domain.events import Severity
from sovereign.store.outbox import PAGE
from sovereign.store.sqlite import Connection, Row


def untried(tx: Connection, lane: str, priority: int, limit: int) -> int:
    """How many new messages of that priority wait in the lane, counted up to `limit`."""
    (count,) = tx.execute(
        "SELECT COUNT(*) FROM (SELECT 1 FROM outbox WHERE lane = ? AND state = 'waiting' AND priority = ?"
        " AND op = 'post' AND attempts = 0 LIMIT ?) AS few",
        (lane, priority, limit),
    ).fetchone()
    return int(count)


def take_untried(tx: Connection, lane: str, priority: int, limit: int) -> list[dict[str, object]]:
    """Take those messages, and the lines that wait under them, out of the queue: their payloads in order.

    Their conversations have no head message then, and get one when something happens next.
    """
    chosen = (
        "SELECT id, conversation_id FROM outbox WHERE lane = ? AND state = 'waiting' AND priority = ?"
        " AND op = 'post' AND attempts = 0 ORDER BY id LIMIT ?"
    )
    taken = _withdraw(tx, tx.execute(chosen, (lane, priority, limit)).fetchall())
    return [json.loads(row["payload_json"]) for row in sorted(taken, key=lambda row: int(row["id"]))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Threadless:
    """A conversation whose lines wait for a thread. They stay where one calls somebody or is under way."""

    conversation_id: int
    stays: bool


def threadless(tx: Connection, channel: str) -> Sequence[Threadless]:
    """Those of the channel: what stays first, then by urgency and age."""
    rows = tx.execute(
        "SELECT w.conversation_id, w.stays FROM ("
        " SELECT conversation_id, MAX(priority) AS priority, MIN(id) AS first,"
        " MAX(mention_json <> '[]' OR attempted_at IS NOT NULL) AS stays FROM outbox"
        " WHERE lane >= 'line:' AND lane < 'line;' AND state = 'waiting' AND channel = ?"
        " GROUP BY conversation_id) AS w JOIN conversations AS c ON c.id = w.conversation_id"
        " WHERE c.thread_id IS NULL"
        " ORDER BY w.stays DESC, w.priority DESC, w.first",
        (channel,),
    )
    return [Threadless(conversation_id=row["conversation_id"], stays=bool(row["stays"])) for row in rows]


def take_lines(tx: Connection, conversation_ids: Sequence[int]) -> list[dict[str, object]]:
    """Take the lines that wait in them out of the queue: their payloads, in the order of the lines."""
    rows = _take_lines(tx, conversation_ids)
    return [json.loads(row["payload_json"]) for row in sorted(rows, key=lambda row: int(row["id"]))]


def withdraw_waiting(tx: Connection, channel: str, since: datetime, not_before: datetime) -> None:
    """Take the messages since then that wait for a channel, and the lines under them, out of its queue: a
    storm's own message tells of them. What is critical or calls somebody stays, and says what its lines would
    and calls whom they would; it goes from `not_before` on, so that the storm's message, which names all of
    them, finds a place first."""
    waiting = tx.execute(
        "SELECT id, conversation_id, payload_json, mention_json FROM outbox WHERE lane IN (?, ?)"
        " AND state = 'waiting' AND op = 'post' AND attempts = 0 AND created_at > ?",
        (f"post:{channel}", f"page:{channel}", micros(since)),
    ).fetchall()
    calling = _calling_lines(tx, channel)
    kinds = [(row, _kind(row, calling)) for row in waiting]
    _withdraw(tx, [row for row, kind in kinds if kind == "plain"])
    tx.executemany(
        "UPDATE outbox SET lane = ?, priority = ?, mention_json = ? WHERE id = ?",
        [
            (
                f"page:{channel}",
                PAGE,
                json.dumps(list(dict.fromkeys((*json.loads(row["mention_json"]), *roles)))),
                row["id"],
            )
            for row, kind in kinds
            if kind == "urgent" and (roles := calling.get(row["conversation_id"]))
        ],
    )
    tx.executemany(
        "UPDATE outbox SET state = 'digested' WHERE conversation_id = ? AND state = 'waiting'"
        " AND op = 'line' AND attempts = 0",
        [(row["conversation_id"],) for row, kind in kinds if kind == "urgent"],
    )
    tx.executemany(
        "UPDATE outbox SET not_before = ? WHERE id = ?",
        [(micros(not_before), row["id"]) for row, kind in kinds if kind == "urgent"],
    )


def hand_over(tx: Connection, conversation_id: int, to: int, channel: str, thread: str, subject: str) -> bool:
    """The conversation goes on as another one: the lines that wait are said in its thread, and a head message
    that nobody has tried to send yet is not sent. Whether there was one."""
    rows = tx.execute(
        "SELECT id, payload_json FROM outbox WHERE conversation_id = ? AND state = 'waiting' AND op = 'line'"
        " AND attempts = 0 AND batch IS NULL",
        (conversation_id,),
    ).fetchall()
    named = {"thread": thread, "subject": subject}
    tx.executemany(
        "UPDATE outbox SET conversation_id = ?, lane = ?, channel = ?, payload_json = ? WHERE id = ?",
        [
            (to, f"line:{to}", channel, json.dumps(json.loads(row["payload_json"]) | named), row["id"])
            for row in rows
        ],
    )
    head = tx.execute(
        "SELECT o.id, o.conversation_id FROM outbox AS o JOIN conversations AS c ON c.head_id = o.id"
        " WHERE c.id = ? AND o.state = 'waiting' AND o.op = 'post' AND o.attempts = 0",
        (conversation_id,),
    ).fetchall()
    _withdraw(tx, head)
    return bool(head)


def _calling_lines(tx: Connection, channel: str) -> dict[int, list[str]]:
    """Whom the lines that wait are to call, by their conversations."""
    rows = tx.execute(
        "SELECT conversation_id, mention_json FROM outbox WHERE conversation_id IS NOT NULL"
        " AND state = 'waiting' AND op = 'line' AND attempts = 0 AND channel = ? AND mention_json <> '[]'",
        (channel,),
    )
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(row["conversation_id"], []).extend(json.loads(row["mention_json"]))
    return found


def _kind(row: Row, calling: Mapping[int, Sequence[str]]) -> str:
    payload = json.loads(row["payload_json"])
    facts = payload.get("conversation") or payload.get("event")
    if not isinstance(facts, dict):
        return "own"
    calls = row["mention_json"] != "[]" or row["conversation_id"] in calling
    return "urgent" if calls or facts.get("severity") == Severity.CRITICAL else "plain"


def _withdraw(tx: Connection, heads: Sequence[Row]) -> Sequence[Row]:
    """Id and payload of these messages and of the lines that wait under them, which are out of the queue now.

    A handful of statements, however many they are: whoever else wants to write waits meanwhile.
    """
    posts = json.dumps([row["id"] for row in heads])
    under = [row["conversation_id"] for row in heads if row["conversation_id"] is not None]
    rows = tx.execute(_TAKE_POSTS, (posts,)).fetchall()
    rows += _take_lines(tx, under)
    tx.execute(
        "UPDATE conversations SET head_id = NULL WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(under),),
    )
    return rows


_TAKE_POSTS = (
    "UPDATE outbox SET state = 'digested' WHERE id IN (SELECT value FROM json_each(?))"
    " RETURNING id, payload_json"
)
_TAKE_LINES = (
    "UPDATE outbox SET state = 'digested' WHERE conversation_id IN (SELECT value FROM json_each(?))"
    " AND state = 'waiting' AND op = 'line' RETURNING id, payload_json"
)


def _take_lines(tx: Connection, conversation_ids: Sequence[int]) -> list[Row]:
    """Their id and payload."""
    return tx.execute(_TAKE_LINES, (json.dumps(conversation_ids),)).fetchall()
