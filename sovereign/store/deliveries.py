"""Inbound webhooks exactly as they came, and the count of those that were refused."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from sovereign.core.clock import from_micros, micros
from sovereign.core.ids import digest
from sovereign.core.records import quick
from sovereign.store.sqlite import Connection, Row, last_id


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """`headers` are the chosen ones, without secrets; `window` is None where a repeat is one for ever;
    `proof` says in words how it proved itself, `once` names a request whose signed time still holds."""

    endpoint: str
    source: str
    idempotency: str
    group: str | None
    window: timedelta | None
    verdict: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime
    proof: str | None = None
    once: str | None = None


@quick
@dataclass(frozen=True, kw_only=True)
class Delivery:
    id: int
    endpoint: str
    source: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime
    verdict: str = "verified"
    state: str = "received"
    problem: str | None = None
    replayed_at: datetime | None = None
    replayed_by: str | None = None
    proof: str | None = None

    @cached_property
    def trace(self) -> str:
        """What working it off is called in the log and the audit, however often that is done."""
        return digest("delivery", self.endpoint, str(self.id), str(micros(self.received_at)))


_ADD = (
    "INSERT INTO deliveries"
    " (endpoint, source, idempotency, idempotency_group, verdict, headers_json, body, received_at,"
    " proof, once) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def add(tx: Connection, new: NewDelivery) -> int | None:
    """Keep a delivery and return its id; None when it repeats one that is already kept."""
    if _repeats(tx, new):
        return None
    return last_id(tx.execute(_ADD, values(new)))


def values(new: NewDelivery) -> tuple[object, ...]:
    """In the order of the columns that are given when a delivery is kept."""
    return (
        new.endpoint,
        new.source,
        new.idempotency,
        new.group,
        new.verdict,
        json.dumps(dict(new.headers)),
        new.body,
        micros(new.received_at),
        new.proof,
        new.once,
    )


def _repeats(tx: Connection, new: NewDelivery) -> bool:
    since = micros(new.received_at - new.window) if new.window else 0
    known = tx.execute(
        "SELECT MAX(id) AS id FROM deliveries WHERE endpoint = ? AND idempotency = ? AND received_at >= ?",
        (new.endpoint, new.idempotency, since),
    ).fetchone()["id"]
    if known is None or new.group is None:
        return known is not None
    newest = tx.execute(
        "SELECT MAX(id) AS id FROM deliveries WHERE endpoint = ? AND idempotency_group = ?",
        (new.endpoint, new.group),
    ).fetchone()["id"]
    return bool(known == newest)


def proved(tx: Connection, since: datetime, limit: int) -> Sequence[tuple[str, datetime]]:
    """What names the newest requests since then that proved themselves by a signed time, and when they came:
    the oldest first."""
    rows = tx.execute(
        "SELECT once, received_at FROM deliveries WHERE once IS NOT NULL AND received_at >= ?"
        " ORDER BY received_at DESC LIMIT ?",
        (micros(since), limit),
    ).fetchall()
    return [(row["once"], from_micros(row["received_at"])) for row in reversed(rows)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouped:
    """A delivery that waits, and the group of its sender's that it belongs to."""

    delivery: Delivery
    group: str


def after(tx: Connection, delivery_id: int, largest: int, limit: int) -> Sequence[Grouped]:
    """Those of groups, after that one, that nobody has read yet, with bodies no larger: the oldest first."""
    rows = tx.execute(
        "SELECT * FROM deliveries WHERE state = 'received' AND id > ? AND idempotency_group IS NOT NULL"
        " AND LENGTH(body) <= ? ORDER BY id LIMIT ?",
        (delivery_id, largest, limit),
    )
    return [Grouped(delivery=_delivery(row), group=row["idempotency_group"]) for row in rows]


def newest(tx: Connection) -> int:
    """The number of the delivery that came last, 0 without any."""
    return tx.execute("SELECT MAX(id) AS id FROM deliveries").fetchone()["id"] or 0


def in_group(tx: Connection, one: Grouped, limit: int) -> Sequence[Delivery]:
    """It, and those of its group that came before it and that nobody has read yet: the oldest first."""
    rows = tx.execute(
        "SELECT * FROM deliveries WHERE endpoint = ? AND idempotency_group = ? AND id <= ?"
        " AND state = 'received' ORDER BY id LIMIT ?",
        (one.delivery.endpoint, one.group, one.delivery.id, limit),
    )
    return [_delivery(row) for row in rows]


def waiting(tx: Connection, limit: int, largest: int) -> Sequence[Delivery]:
    """Deliveries that nobody has read yet, oldest first: one at least, and no more once they have `largest`
    bytes."""
    rows = tx.execute("SELECT * FROM deliveries WHERE state = 'received' ORDER BY id LIMIT ?", (limit,))
    found, size = [], 0
    for row in rows:  # each is read from the disk when it is asked for
        found.append(_delivery(row))
        size += len(found[-1].body)
        if size >= largest:
            break
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which deliveries: those in a state, of an endpoint, older than a number. None is any."""

    state: str | None = None
    endpoint: str | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A delivery without its body, of which `size` bytes are kept, and the title of its first event."""

    id: int
    endpoint: str
    source: str
    state: str
    problem: str | None
    size: int
    received_at: datetime
    replayed_by: str | None
    events: int
    title: str | None


def recent(tx: Connection, sought: Sought, limit: int) -> Sequence[Summary]:
    """Newest first."""
    rows = tx.execute(
        "SELECT d.id, d.endpoint, d.source, d.state, d.problem, LENGTH(d.body) AS size, d.received_at,"
        " d.replayed_by, (SELECT COUNT(*) FROM events AS e WHERE e.delivery_id = d.id) AS events,"
        " (SELECT e.title FROM events AS e WHERE e.delivery_id = d.id ORDER BY e.id LIMIT 1) AS title"
        " FROM deliveries AS d"
        " WHERE (? IS NULL OR d.state = ?) AND (? IS NULL OR d.endpoint = ?) AND (? IS NULL OR d.id < ?)"
        " ORDER BY d.id DESC LIMIT ?",
        (*2 * (sought.state,), *2 * (sought.endpoint,), *2 * (sought.before,), limit),
    )
    return [Summary(**{**dict(row), "received_at": from_micros(row["received_at"])}) for row in rows]


def endpoints(tx: Connection) -> frozenset[str]:
    """Those at which something came in that is still kept."""
    return frozenset(row["endpoint"] for row in tx.execute("SELECT DISTINCT endpoint FROM deliveries"))


def by_id(tx: Connection, delivery_id: int) -> Delivery | None:
    row = tx.execute("SELECT * FROM deliveries WHERE id = ?", (delivery_id,)).fetchone()
    return _delivery(row) if row else None


def replay(tx: Connection, delivery_id: int, by: str, at: datetime) -> None:
    """Let the pipeline work it off once more; `by` is the name of who wants it."""
    tx.execute(
        "UPDATE deliveries SET state = 'received', problem = NULL, replayed_at = ?, replayed_by = ?"
        " WHERE id = ?",
        (micros(at), by, delivery_id),
    )


def mark(tx: Connection, marks: Iterable[tuple[int, str, str | None]]) -> None:
    """Each: the id of a delivery, `ingested`, `unparsed` or `quarantined`, and for these two the problem."""
    tx.executemany("UPDATE deliveries SET state = ?2, problem = ?3 WHERE id = ?1", marks)


def _delivery(row: Row) -> Delivery:
    replayed_at = row["replayed_at"]
    return Delivery(
        id=row["id"],
        endpoint=row["endpoint"],
        source=row["source"],
        headers=json.loads(row["headers_json"]),
        body=bytes(row["body"]),
        received_at=from_micros(row["received_at"]),
        verdict=row["verdict"],
        state=row["state"],
        problem=row["problem"],
        replayed_at=from_micros(replayed_at) if replayed_at is not None else None,
        replayed_by=row["replayed_by"],
        proof=row["proof"],
    )


def unsettled(tx: Connection) -> dict[str, int]:
    """How many wait, and how many could not be worked off, by state; each read from an index of its own."""
    rows = tx.execute(
        "SELECT state, COUNT(*) AS count FROM deliveries WHERE state = 'received' GROUP BY state"
        " UNION ALL SELECT state, COUNT(*) AS count FROM deliveries"
        " WHERE state IN ('unparsed', 'quarantined') GROUP BY state"
    )
    return {row["state"]: row["count"] for row in rows}
