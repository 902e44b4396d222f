"""Lets go of conversations that are over, with what the outbox kept of them, and of messages that have none.

An incident is a record: its conversation stays, and so does each that an event, an alert, a vote or anything
else still refers to. Whatever does so by a foreign key protects it, without being named here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sovereign.core import clock
from sovereign.core.clock import micros
from sovereign.domain.conversations import is_over
from sovereign.store.conversations import from_json
from sovereign.store.database import savepoint
from sovereign.store.sqlite import Connection, IntegrityError

AT_ONCE = 25
"""Conversations for one look, after which the time is looked at."""

_NEEDED = (
    "SELECT c.id FROM conversations AS c WHERE c.id IN ($IDS) AND ("
    "EXISTS (SELECT 1 FROM incidents AS i WHERE i.conversation_id = c.id)"
    " OR EXISTS (SELECT 1 FROM events AS e WHERE e.conversation_id = c.id)"
    " OR EXISTS (SELECT 1 FROM outbox AS o WHERE o.conversation_id = c.id AND o.state = 'waiting'))"
    " UNION SELECT t.conversation_id FROM gatherings AS g JOIN tellings AS t ON t.gathering_id = g.id"
    " WHERE g.ended_at IS NULL AND t.conversation_id IN ($IDS)"
    " UNION SELECT g.conversation_id FROM gatherings AS g WHERE g.conversation_id IN ($IDS)"
    " AND (g.ended_at IS NULL OR EXISTS (SELECT 1 FROM tellings AS t WHERE t.gathering_id = g.id))"
)
_GOING = (
    "DELETE FROM conversation_names WHERE conversation_id = ?",
    "DELETE FROM outbox_parts WHERE outbox_id IN (SELECT id FROM outbox WHERE conversation_id = ?)",
    "DELETE FROM outbox WHERE conversation_id = ?",
    "DELETE FROM gatherings WHERE conversation_id = ?",
    "DELETE FROM conversations WHERE id = ?",
)
_LOOSE = (
    "SELECT o.id FROM outbox AS o WHERE o.id > ? AND o.created_at < ? AND o.conversation_id IS NULL"
    " AND o.state <> 'waiting' AND NOT EXISTS"
    " (SELECT 1 FROM events AS e WHERE o.key IN ('line:' || e.id, 'notice:' || e.id)"
    " AND e.id IN (SUBSTR(o.key, 6), SUBSTR(o.key, 8))) ORDER BY o.id LIMIT ?"
)
"""Messages such as digests. A key is `line:` or `notice:` and the event's id, which is looked up by that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Conversations that may go, and after which one to go on; None at the end."""

    over: Sequence[int]
    last: int | None


def conversations(tx: Connection, before: datetime, after: int, limit: int) -> Page:
    """Those of the next `limit` that nothing has happened to since that moment and that are over."""
    rows = tx.execute(
        "SELECT id, live, CASE WHEN updated_at < ? THEN state_json END AS state_json FROM conversations"
        " WHERE id > ? ORDER BY id LIMIT ?",
        (micros(before), after, limit),
    ).fetchall()
    old = [row for row in rows if row["state_json"] is not None]
    over = [row["id"] for row in old if not row["live"] or is_over(from_json(row["state_json"]))]
    return Page(over=over, last=rows[-1]["id"] if rows else None)


def forget(tx: Connection, conversation_ids: Sequence[int], seconds: float) -> tuple[int, int]:
    """Let these go, as many as the time allows: how many were looked at, and how many are gone."""
    deadline, done, gone = clock.monotonic() + seconds, 0, 0
    while done < len(conversation_ids) and (done == 0 or clock.monotonic() < deadline):
        few = conversation_ids[done : done + AT_ONCE]
        places = ", ".join("?" * len(few))
        needed = {row[0] for row in tx.execute(_NEEDED.replace("$IDS", places), [*few, *few, *few])}
        gone += sum(_forget(tx, one) for one in few if one not in needed)
        done += len(few)
    return done, gone


def _forget(tx: Connection, conversation_id: int) -> bool:
    try:
        with savepoint(tx):
            for statement in _GOING:
                tx.execute(statement, (conversation_id,))
    except IntegrityError:  # something refers to it
        return False
    return True


def loose(tx: Connection, before: datetime, after: int, limit: int) -> Sequence[int]:
    """Messages from before that moment that belong to no conversation and no event, in order."""
    return [row["id"] for row in tx.execute(_LOOSE, (after, micros(before), limit))]


def forget_messages(tx: Connection, outbox_ids: Sequence[int]) -> int:
    """How many of these are gone: one that waits again stays."""
    ids = [(one,) for one in outbox_ids]
    tx.executemany(
        "DELETE FROM outbox_parts WHERE outbox_id ="
        " (SELECT id FROM outbox WHERE id = ? AND state <> 'waiting')",
        ids,
    )
    return tx.executemany("DELETE FROM outbox WHERE id = ? AND state <> 'waiting'", ids).rowcount


def forget_gatherings(tx: Connection, before: datetime, limit: int) -> int:
    """How many ended before that moment, hold nothing any more and are gone now."""
    return tx.execute(
        "DELETE FROM gatherings WHERE id IN (SELECT g.id FROM gatherings AS g WHERE g.ended_at < ?"
        " AND g.conversation_id IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM tellings AS t WHERE t.gathering_id = g.id) LIMIT ?)",
        (micros(before), limit),
    ).rowcount
