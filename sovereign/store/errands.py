"""Errands: intents of the outbox being carried out, and what is known of each attempt."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sovereign.core.clock import from_micros, micros
from sovereign.core.ids import short
from sovereign.store.sqlite import Connection, Row

LONGEST_BATCH = 10
"""How many waiting lines of one thread go into one message: longer lists are hard to read on a phone."""
FEW = 5
"""Lines that go as messages of their own: Discord takes as many in one channel at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The first of a lane, whose turn it is."""

    id: int
    lane: str
    op: str
    priority: int
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What must be known to carry an intent out. Several payloads are lines for one message; `doubt_since` is
    the earliest attempt whose outcome nobody knows; `parts` are the message ids that it already became.
    `nonce` names it to Discord, as `ref` does not: after a restore another intent may have the same."""

    id: int
    ref: str
    nonce: str
    op: str
    channel: str
    conversation_id: int | None
    priority: int
    payloads: Sequence[Mapping[str, object]]
    mention: tuple[str, ...]
    revision: int
    attempts: int
    doubt_since: datetime | None
    parts: Mapping[int, int]
    channel_id: int | None
    message_id: int | None
    thread_id: int | None


def ready(tx: Connection, now: datetime, busy: Collection[str]) -> Sequence[Waiting]:
    """The first row of each lane that is not `busy` and may go now, the most urgent first.

    Order within a lane is strict, save that an edit that has to wait lets others pass. What belongs under a
    head message waits until that stands.
    """
    found = [
        row
        for lane in _lanes(tx)
        if lane not in busy and (row := _first(tx, lane, micros(now))) and row["not_before"] <= micros(now)
    ]
    found.sort(key=lambda row: (-row["priority"], row["id"]))
    names = ("id", "lane", "op", "priority", "attempts")
    return [Waiting(**{name: row[name] for name in names}) for row in found]


def begin(tx: Connection, outbox_id: int, now: datetime) -> Errand:
    """Commit that an attempt is about to be made, before it is made."""
    row = tx.execute("SELECT * FROM outbox WHERE id = ?", (outbox_id,)).fetchone()
    if row["op"] == "line" and row["batch"] is None:
        _form_batch(tx, row)
    rows = _together(tx, row)
    tx.execute(
        "UPDATE outbox SET attempts = attempts + 1, attempted_at = COALESCE(attempted_at, ?) WHERE id = ?",
        (micros(now), outbox_id),
    )
    where = "SELECT channel_id, message_id, thread_id FROM conversations WHERE id = ?"
    place = tx.execute(where, (row["conversation_id"],)).fetchone()
    parts = tx.execute("SELECT part, message_id FROM outbox_parts WHERE outbox_id = ?", (outbox_id,))
    return Errand(
        id=row["id"],
        ref=row["ref"],
        nonce=short(f"{row['key']}:{row['created_at']}", 16),
        op=row["op"],
        channel=row["channel"],
        conversation_id=row["conversation_id"],
        priority=row["priority"],
        payloads=[json.loads(each["payload_json"]) for each in rows],
        mention=tuple(dict.fromkeys(role for each in rows for role in json.loads(each["mention_json"]))),
        revision=row["revision"],
        attempts=row["attempts"] + 1,
        doubt_since=from_micros(row["attempted_at"]) if row["attempted_at"] is not None else None,
        parts={part["part"]: part["message_id"] for part in parts},
        channel_id=place["channel_id"] if place else None,
        message_id=place["message_id"] if place else None,
        thread_id=place["thread_id"] if place else None,
    )


def record_part(tx: Connection, outbox_id: int, part: int, channel_id: int, message_id: int) -> None:
    """One message of an intent stands in Discord."""
    tx.execute(
        "INSERT INTO outbox_parts (outbox_id, part, channel_id, message_id) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (outbox_id, part) DO NOTHING",
        (outbox_id, part, channel_id, message_id),
    )


def is_recorded(tx: Connection, message_id: int, errand: Errand) -> bool:
    """Whether that message is known to be a part of another intent. Lines of one thread in doubt since the
    very same moment came out of a backup: one message may have told them together."""
    found = tx.execute(
        "SELECT 1 FROM outbox_parts AS p JOIN outbox AS mine ON mine.id = ?"
        " JOIN outbox AS other ON other.id = p.outbox_id"
        " WHERE p.message_id = ? AND (mine.op <> 'line' OR other.lane <> mine.lane"
        " OR other.attempted_at IS NULL OR other.attempted_at <> mine.attempted_at) LIMIT 1",
        (errand.id, message_id),
    ).fetchone()
    return found is not None


def finish(tx: Connection, errand: Errand) -> None:
    """It is done, unless the row has been given something newer to say in the meantime."""
    tx.execute(
        "UPDATE outbox SET state = 'done', problem = NULL WHERE (id = ? OR batch = ?) AND revision = ?",
        (errand.id, errand.id, errand.revision),
    )
    tx.execute("UPDATE outbox SET attempted_at = NULL WHERE id = ? AND op = 'edit'", (errand.id,))


def postpone(tx: Connection, outbox_id: int, not_before: datetime, problem: str, *, in_doubt: bool) -> None:
    """Try again later. Where the attempt surely did nothing, it leaves no doubt behind."""
    tx.execute(
        "UPDATE outbox SET not_before = ?, problem = ?,"
        " attempted_at = CASE WHEN ? = 1 THEN attempted_at ELSE NULL END WHERE id = ?",
        (micros(not_before), problem, int(in_doubt), outbox_id),
    )


def give_up(tx: Connection, errand: Errand, problem: str) -> None:
    """Discord will never take it as it is. It stays, to be looked at; a conversation may get another head."""
    tx.execute(
        "UPDATE outbox SET state = 'failed', problem = ? WHERE id = ? OR batch = ?",
        (problem, errand.id, errand.id),
    )
    if errand.op == "post" and errand.conversation_id is not None:
        tx.execute("UPDATE conversations SET head_id = NULL WHERE id = ?", (errand.conversation_id,))


def _lanes(tx: Connection) -> list[str]:
    """One step in the index for each lane, however many rows wait in it."""
    rows = tx.execute(
        "WITH RECURSIVE lanes (lane) AS ("
        " SELECT MIN(lane) FROM outbox WHERE state = 'waiting'"
        " UNION ALL"
        " SELECT (SELECT MIN(lane) FROM outbox WHERE state = 'waiting' AND lane > lanes.lane)"
        " FROM lanes WHERE lanes.lane IS NOT NULL)"
        " SELECT lane FROM lanes WHERE lane IS NOT NULL"
    )
    return [row["lane"] for row in rows]


def _first(tx: Connection, lane: str, now: int) -> Row | None:
    row: Row | None = tx.execute(
        "SELECT o.id, o.lane, o.op, o.priority, o.attempts, o.not_before FROM outbox AS o"
        " LEFT JOIN conversations AS c ON c.id = o.conversation_id"
        " WHERE o.lane = ? AND o.state = 'waiting'"
        " AND (o.op IN ('post', 'digest') OR c.message_id IS NOT NULL)"
        " AND (o.op <> 'edit' OR o.not_before <= ?)"
        " ORDER BY o.priority DESC, o.id LIMIT 1",
        (lane, now),
    ).fetchone()
    return row


def _form_batch(tx: Connection, leader: Row) -> None:
    """Where many lines wait they go together; who went with whom is fixed from here on."""
    behind = tx.execute(
        "SELECT id FROM outbox WHERE lane = ? AND state = 'waiting' AND batch IS NULL AND id >= ?"
        " ORDER BY id LIMIT ?",
        (leader["lane"], leader["id"], LONGEST_BATCH),
    ).fetchall()
    together = behind if len(behind) > FEW else behind[:1]
    chosen = [(leader["id"], row["id"]) for row in together]
    tx.executemany("UPDATE outbox SET batch = ? WHERE id = ?", chosen)


def _together(tx: Connection, row: Row) -> list[Row]:
    """The rows that are said with this one, itself included."""
    if row["op"] != "line":
        return [row]
    rows: list[Row] = tx.execute(
        "SELECT payload_json, mention_json FROM outbox WHERE batch = ? AND state = 'waiting' ORDER BY id",
        (row["batch"] if row["batch"] is not None else row["id"],),
    ).fetchall()
    return rows
