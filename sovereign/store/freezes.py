"""Freezes at rest; a lifted one stays, so that what happened can be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sovereign.core.clock import from_micros, micros
from sovereign.domain.freeze import Freeze
from sovereign.store.sqlite import Connection, Row


def add(tx: Connection, freeze: Freeze) -> Freeze:
    (given,) = tx.execute(
        "INSERT INTO freezes (service, environment, reason, by_id, by_name, since, until)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (
            freeze.service,
            freeze.environment,
            freeze.reason,
            freeze.by_id,
            freeze.by,
            micros(freeze.since),
            micros(freeze.until) if freeze.until else None,
        ),
    ).fetchone()
    return replace(freeze, id=given)


def lift(tx: Connection, freeze_id: int, by: str, at: datetime) -> bool:
    """False where it is lifted, or over, already."""
    changed = tx.execute(
        "UPDATE freezes SET lifted_at = ?, lifted_by = ?"
        " WHERE id = ? AND lifted_at IS NULL AND (until IS NULL OR until > ?)",
        (micros(at), by, freeze_id, micros(at)),
    )
    return changed.rowcount == 1


def standing(tx: Connection, at: datetime) -> Sequence[Freeze]:
    """Those that hold now or will, oldest first."""
    rows = tx.execute(
        "SELECT * FROM freezes WHERE lifted_at IS NULL AND (until IS NULL OR until > ?) ORDER BY since, id",
        (micros(at),),
    )
    return [_freeze(row) for row in rows]


def over(tx: Connection, at: datetime) -> Sequence[Freeze]:
    """Those that time has ended and whose message still says that they hold, oldest first."""
    rows = tx.execute(
        "SELECT f.* FROM conversations AS c JOIN freezes AS f ON c.key = 'freeze:' || f.id"
        " WHERE c.live = 1 AND f.lifted_at IS NULL AND f.until <= ? ORDER BY f.until, f.id",
        (micros(at),),
    )
    return [_freeze(row) for row in rows]


def _freeze(row: Row) -> Freeze:
    return Freeze(
        id=row["id"],
        service=row["service"],
        environment=row["environment"],
        reason=row["reason"],
        by_id=row["by_id"],
        by=row["by_name"],
        since=from_micros(row["since"]),
        until=from_micros(row["until"]) if row["until"] is not None else None,
    )
