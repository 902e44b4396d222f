"""Letters of outgoing webhooks, for those who ask what was not delivered and want it tried again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sovereign.core.clock import from_micros, micros
from sovereign.domain.cloudevent import Arrived
from sovereign.store import events
from sovereign.store.sqlite import Connection, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """An event that a target has not taken yet.

    number   the event's place in the order of arrival, which is the number in `webhook-id`
    state    `waiting` until `due`, or `dead`: it is not tried any more
    since    when it was first to be sent, or was last asked to be tried again
    problem  of the last attempt
    """

    number: int
    target: str
    event_id: str
    state: str
    since: datetime
    due: datetime
    attempts: int
    problem: str
    kind: str
    source: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which letters: None is any."""

    number: int | None = None
    state: str | None = None
    target: str | None = None


def listed(tx: Connection, sought: Sought, limit: int) -> Sequence[Undelivered]:
    """Newest first; those of one event by target."""
    wanted = (sought.number, sought.state, sought.target)
    rows = tx.execute(
        "SELECT f.target, f.event_id, f.sequence, f.state, f.created_at, f.attempts, f.not_before, f.problem,"
        " e.kind, e.source, e.title FROM forwards AS f JOIN events AS e ON e.id = f.event_id"
        " WHERE (e.sequence = ? OR ? IS NULL) AND (f.state = ? OR ? IS NULL)"
        " AND (f.target = ? OR ? IS NULL) ORDER BY f.sequence DESC, f.target LIMIT ?",
        (*(each for each in wanted for _ in range(2)), limit),
    )
    return [_undelivered(row) for row in rows]


def targets(tx: Connection) -> frozenset[str]:
    """Those that lack something."""
    return frozenset(row["target"] for row in tx.execute("SELECT DISTINCT target FROM forwards"))


def content(tx: Connection, number: int) -> Arrived | None:
    """The event that a letter holds."""
    row = tx.execute(
        "SELECT sequence, occurred_at, event_json FROM events WHERE sequence = ?", (number,)
    ).fetchone()
    return events.arrived(row) if row else None


def retry(tx: Connection, letter: Undelivered, at: datetime) -> None:
    """Have it sent now: a dead one has all its time again, one that waits is not put off any longer."""
    tx.execute(
        "UPDATE forwards SET not_before = 0,"
        " created_at = CASE state WHEN 'dead' THEN ? ELSE created_at END,"
        " attempts = CASE state WHEN 'dead' THEN 0 ELSE attempts END, state = 'waiting'"
        " WHERE target = ? AND event_id = ?",
        (micros(at), letter.target, letter.event_id),
    )


def _undelivered(row: Row) -> Undelivered:
    return Undelivered(
        number=row["sequence"],
        target=row["target"],
        event_id=row["event_id"],
        state=row["state"],
        since=from_micros(row["created_at"]),
        due=from_micros(row["not_before"]),
        attempts=row["attempts"],
        problem=row["problem"] or "",
        kind=row["kind"],
        source=row["source"],
        title=row["title"],
    )
