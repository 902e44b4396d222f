"""Outgoing webhooks at rest: how far each target has been served, what waits for it, and its dead letters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sovereign.core.clock import from_micros, micros
from sovereign.domain.cloudevent import Arrived, Facts
from sovereign.store import events
from sovereign.store.sqlite import Connection

PAGE, PAGE_SIZE = 200, 2**20
"""Events looked through in one transaction, and the characters of them."""
LONGEST_QUEUE = 1000
"""Events that may wait for one target; the next stay where they are, in the table of events, until there is
room: nothing is lost by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An event that waits for a target since `since`; `attempts` have failed."""

    target: str
    event_id: str
    event: Arrived
    since: datetime
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """How many events wait for a target, and how many never reached it."""

    waiting: int = 0
    dead: int = 0


def lags(tx: Connection, target: str) -> bool:
    """Whether there are events that have not been looked through for the target, and room for them."""
    return _position(tx, target) != events.newest(tx) and _room(tx, target) > 0


def enlist(tx: Connection, target: str, wanted: Callable[[Facts], bool], at: datetime) -> None:
    """Queue the next events that the target wants; one that is new gets what happens from now on."""
    position = _position(tx, target)
    if position is None:
        _move(tx, target, events.newest(tx))
        return
    room = min(PAGE, _room(tx, target))
    found = list(events.after(tx, position, count=room, size=PAGE_SIZE)) if room > 0 else []
    tx.executemany(
        "INSERT INTO forwards (target, event_id, sequence, created_at)"
        " SELECT ?, id, sequence, ? FROM events WHERE sequence = ? ON CONFLICT (target, event_id) DO NOTHING",
        [(target, micros(at), one.sequence) for one in found if wanted(one.facts)],
    )
    if found:
        _move(tx, target, found[-1].sequence)


def forget_others(tx: Connection, targets: Sequence[str]) -> None:
    """A target that is configured no more is not followed: should it return, it is new.

    What waited for it is kept: then it is sent."""
    known = {row["target"] for row in tx.execute("SELECT target FROM forward_positions")}
    gone = [(name,) for name in known - set(targets)]
    tx.executemany("DELETE FROM forward_positions WHERE target = ?", gone)


def due(tx: Connection, target: str, now: datetime) -> Letter | None:
    """The earliest event that may be sent now."""
    row = tx.execute(
        "SELECT f.event_id, f.created_at, f.attempts, e.sequence, e.occurred_at, e.event_json"
        " FROM forwards AS f JOIN events AS e ON e.id = f.event_id"
        " WHERE f.target = ? AND f.state = 'waiting' AND f.not_before <= ? ORDER BY f.sequence LIMIT 1",
        (target, micros(now)),
    ).fetchone()
    if row is None:
        return None
    return Letter(
        target=target,
        event_id=row["event_id"],
        event=events.arrived(row),
        since=from_micros(row["created_at"]),
        attempts=row["attempts"],
    )


def delivered(tx: Connection, letter: Letter) -> None:
    tx.execute("DELETE FROM forwards WHERE target = ? AND event_id = ?", (letter.target, letter.event_id))


def postpone(tx: Connection, letter: Letter, not_before: datetime, problem: str) -> None:
    tx.execute(
        "UPDATE forwards SET attempts = attempts + 1, not_before = ?, problem = ?"
        " WHERE target = ? AND event_id = ?",
        (micros(not_before), problem, letter.target, letter.event_id),
    )


def bury(tx: Connection, letter: Letter, problem: str) -> None:
    """It is not tried again, and kept as long as its event is."""
    tx.execute(
        "UPDATE forwards SET state = 'dead', attempts = attempts + 1, problem = ?"
        " WHERE target = ? AND event_id = ?",
        (problem, letter.target, letter.event_id),
    )


def owed(tx: Connection) -> Mapping[str, Owed]:
    """By target, for those that are owed anything."""
    rows = tx.execute(
        "SELECT target, SUM(CASE state WHEN 'waiting' THEN 1 ELSE 0 END) AS waiting,"
        " SUM(CASE state WHEN 'dead' THEN 1 ELSE 0 END) AS dead FROM forwards GROUP BY target"
    )
    return {row["target"]: Owed(waiting=row["waiting"], dead=row["dead"]) for row in rows}


def _position(tx: Connection, target: str) -> int | None:
    row = tx.execute("SELECT sequence FROM forward_positions WHERE target = ?", (target,)).fetchone()
    return int(row["sequence"]) if row else None


def _move(tx: Connection, target: str, sequence: int) -> None:
    tx.execute(
        "INSERT INTO forward_positions (target, sequence) VALUES (?, ?)"
        " ON CONFLICT (target) DO UPDATE SET sequence = excluded.sequence",
        (target, sequence),
    )


def _room(tx: Connection, target: str) -> int:
    (waiting,) = tx.execute(
        "SELECT COUNT(*) FROM forwards WHERE target = ? AND state = 'waiting'", (target,)
    ).fetchone()
    return LONGEST_QUEUE - int(waiting)
