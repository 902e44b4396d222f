"""Lets go of old deliveries, with the events that they made and what the outbox kept about those.

Incidents, timelines and the audit stay: they know by themselves what they need; conversations have rules of
their own (`forgetting`). Pages that become free are used again by what comes next, so the file stops growing
and never shrinks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sovereign.core import clock
from sovereign.core.clock import from_micros, micros
from sovereign.store.sqlite import Connection

AT_ONCE = 25
"""Deliveries for one set of statements, after which the time is looked at."""

_KEPT = (
    "(d.state = 'received' OR EXISTS ("
    "SELECT 1 FROM events AS e WHERE e.delivery_id = d.id AND ("
    "EXISTS (SELECT 1 FROM incidents AS i WHERE i.conversation_id = e.conversation_id"
    " AND i.state <> 'resolved')"
    " OR EXISTS (SELECT 1 FROM outbox AS o WHERE o.key IN ('line:' || e.id, 'notice:' || e.id)"
    " AND o.state = 'waiting')"
    " OR EXISTS (SELECT 1 FROM forwards AS f WHERE f.event_id = e.id AND f.state = 'waiting'))))"
)
"""What is still to be worked off, belongs to an open incident, or waits to be told."""
_OLDEST = (
    "SELECT d.id, d.received_at, $KEPT AS kept FROM deliveries AS d"
    " WHERE d.state <> 'quarantined' AND d.source = ?"
    " AND d.received_at < ? AND (d.received_at, d.id) > (?, ?)"
    " ORDER BY d.received_at, d.id LIMIT ?"
).replace("$KEPT", _KEPT)
_FIRST = (
    "SELECT d.id, d.received_at, $KEPT AS kept FROM deliveries AS d"
    " WHERE $STATE AND d.id > ? AND d.id < ? AND d.received_at < ? ORDER BY d.id LIMIT ?"
).replace("$KEPT", _KEPT)
_FIRST_READ = _FIRST.replace("$STATE", "d.state <> 'quarantined'")
_FIRST_QUARANTINED = _FIRST.replace(
    "$STATE", "d.state IN ('unparsed', 'quarantined') AND d.state = 'quarantined'"
)
"""The first half is what the index of troubled deliveries covers."""
_GOING = "SELECT d.id FROM deliveries AS d WHERE d.id IN (?) AND NOT $KEPT".replace("$KEPT", _KEPT)
_KEYS = (
    "SELECT 'line:' || id FROM events WHERE delivery_id IN (?)"
    " UNION ALL SELECT 'notice:' || id FROM events WHERE delivery_id IN (?)"
)
_PARTS = ("DELETE FROM outbox_parts WHERE outbox_id IN (SELECT id FROM outbox WHERE key IN ($KEYS))").replace(
    "$KEYS", _KEYS
)
_SAID = "DELETE FROM outbox WHERE key IN ($KEYS)".replace("$KEYS", _KEYS)
_TELLINGS = (
    "DELETE FROM tellings WHERE event_id IN (SELECT id FROM events WHERE delivery_id IN (?))"
    " AND NOT EXISTS (SELECT 1 FROM gatherings AS g WHERE g.id = tellings.gathering_id"
    " AND g.ended_at IS NULL)"
)
_EVENTS = "DELETE FROM events WHERE delivery_id IN (?)"
_DELIVERIES = "DELETE FROM deliveries WHERE id IN (?)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aged:
    """`kept` says that it must not go yet."""

    id: int
    received_at: datetime
    kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """After which delivery to go on; the first of them comes after no place."""

    received_at: datetime
    id: int


def sources(tx: Connection) -> Sequence[str]:
    """Of which deliveries are kept; one step in the index for each."""
    rows = tx.execute(
        "WITH RECURSIVE names (source) AS ("
        " SELECT MIN(source) FROM deliveries"
        " UNION ALL"
        " SELECT (SELECT MIN(source) FROM deliveries WHERE source > names.source)"
        " FROM names WHERE names.source IS NOT NULL)"
        " SELECT source FROM names WHERE source IS NOT NULL"
    )
    return [row["source"] for row in rows]


def oldest(tx: Connection, source: str, before: datetime, after: Place | None, limit: int) -> Sequence[Aged]:
    """Deliveries of a source that came before that moment and could be read, in order. The newest of all
    counts as kept: a number must never come twice, and the next one is the newest and one."""
    (newest,) = tx.execute("SELECT MAX(id) FROM deliveries").fetchone()
    since = (micros(after.received_at), after.id) if after else (-(2**62), 0)
    rows = tx.execute(_OLDEST, (source, micros(before), *since, limit))
    return [
        Aged(
            id=row["id"],
            received_at=from_micros(row["received_at"]),
            kept=bool(row["kept"]) or row["id"] == newest,
        )
        for row in rows
    ]


def first(
    tx: Connection, before: datetime, after: int, limit: int, *, quarantined: bool = False
) -> Sequence[Aged]:
    """The same of all sources, in the order of their numbers; or else those that are quarantined."""
    (newest,) = tx.execute("SELECT MAX(id) FROM deliveries").fetchone()
    rows = tx.execute(
        _FIRST_QUARANTINED if quarantined else _FIRST_READ, (after, newest or 0, micros(before), limit)
    )
    return [
        Aged(id=row["id"], received_at=from_micros(row["received_at"]), kept=bool(row["kept"]))
        for row in rows
    ]


def prune(tx: Connection, delivery_ids: Sequence[int], seconds: float) -> tuple[int, int]:
    """Let these go, as many as the time allows: how many were looked at, and how many are gone.

    One that is needed again by now, such as by a replay, stays.
    """
    deadline, done, gone = clock.monotonic() + seconds, 0, 0
    while done < len(delivery_ids) and (done == 0 or clock.monotonic() < deadline):
        few = delivery_ids[done : done + AT_ONCE]
        gone += _prune(tx, few)
        done += len(few)
    return done, gone


def _prune(tx: Connection, delivery_ids: Sequence[int]) -> int:
    going = [row["id"] for row in tx.execute(_of(_GOING, len(delivery_ids)), delivery_ids)]
    if going:
        for statement in (_PARTS, _SAID):
            tx.execute(_of(statement, len(going)), [*going, *going])
        for statement in (_TELLINGS, _EVENTS, _DELIVERIES):
            tx.execute(_of(statement, len(going)), going)
    return len(going)


@cache
def _of(statement: str, count: int) -> str:
    """The statement for so many deliveries."""
    return statement.replace("(?)", f"({', '.join('?' * count)})")


def prune_refusals(tx: Connection, before: datetime, limit: int) -> int:
    """How many counts of refusals before that moment are gone now."""
    return tx.execute(
        "DELETE FROM refusals WHERE (endpoint, reason, minute) IN"
        " (SELECT endpoint, reason, minute FROM refusals WHERE minute < ? LIMIT ?)",
        (micros(before), limit),
    ).rowcount


def used(tx: Connection) -> int:
    """Bytes of the file that hold something; the others are free for what comes next."""
    (pages,) = tx.execute("PRAGMA page_count").fetchone()
    (free,) = tx.execute("PRAGMA freelist_count").fetchone()
    (size,) = tx.execute("PRAGMA page_size").fetchone()
    return int((pages - free) * size)
