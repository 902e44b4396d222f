"""Times in which events are gathered into one message, and not told one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sovereign.core.clock import from_micros, micros
from sovereign.domain.limits import Hold, Reason
from sovereign.store.sqlite import Connection, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathering:
    """`scope` is what it gathers; `shown` is how many events its message tells of, `shown_at` since when."""

    id: int
    scope: str
    reason: Reason
    name: str
    channel: str
    began_at: datetime
    ended_at: datetime | None
    shown_at: datetime
    shown: int
    conversation_id: int | None


def find(tx: Connection, scope: str) -> Gathering | None:
    row = tx.execute("SELECT * FROM gatherings WHERE scope = ? AND ended_at IS NULL", (scope,)).fetchone()
    return _gathering(row) if row else None


def by_id(tx: Connection, gathering_id: int) -> Gathering:
    return _gathering(tx.execute("SELECT * FROM gatherings WHERE id = ?", (gathering_id,)).fetchone())


def under_way(tx: Connection) -> Sequence[Gathering]:
    return [_gathering(row) for row in tx.execute("SELECT * FROM gatherings WHERE ended_at IS NULL")]


def begin(tx: Connection, scope: str, reason: Reason, name: str, channel: str, at: datetime) -> Gathering:
    row = tx.execute(
        "INSERT INTO gatherings (scope, reason, name, channel, began_at, shown_at) VALUES (?, ?, ?, ?, ?, ?)"
        " RETURNING *",
        (scope, reason, name, channel, micros(at), micros(at)),
    ).fetchone()
    return _gathering(row)


def end(tx: Connection, gathering_id: int, at: datetime) -> None:
    tx.execute("UPDATE gatherings SET ended_at = ? WHERE id = ?", (micros(at), gathering_id))


def set_shown(
    tx: Connection, gathering_id: int, shown: int, at: datetime, conversation_id: int | None
) -> None:
    tx.execute(
        "UPDATE gatherings SET shown = ?, shown_at = ?, conversation_id = ? WHERE id = ?",
        (shown, micros(at), conversation_id, gathering_id),
    )


def keeping(tx: Connection, conversation_id: int) -> Hold | None:
    """What last kept the conversation from having a message, by which rule or of which name."""
    row = tx.execute(
        "SELECT g.reason, g.name FROM tellings AS t JOIN gatherings AS g ON g.id = t.gathering_id"
        " WHERE t.conversation_id = ? ORDER BY t.at DESC LIMIT 1",
        (conversation_id,),
    ).fetchone()
    return Hold(reason=Reason(row["reason"]), name=row["name"]) if row else None


def _gathering(row: Row) -> Gathering:
    return Gathering(
        id=row["id"],
        scope=row["scope"],
        reason=Reason(row["reason"]),
        name=row["name"],
        channel=row["channel"],
        began_at=from_micros(row["began_at"]),
        ended_at=from_micros(row["ended_at"]) if row["ended_at"] is not None else None,
        shown_at=from_micros(row["shown_at"]),
        shown=row["shown"],
        conversation_id=row["conversation_id"],
    )
