"""Ends of alerts that were heard of before their beginnings, kept for a while."""

from __future__ import annotations

from datetime import timedelta

from sovereign.core.clock import from_micros, micros
from sovereign.domain.alerts import Ending
from sovereign.store.sqlite import Connection

REMEMBERED = timedelta(days=2)
"""Longer than a firing may be late, so that a replay of yesterday's comes to the same."""
FORGOTTEN_AT_ONCE = 10


def find(tx: Connection, fingerprint: str) -> Ending | None:
    row = tx.execute("SELECT * FROM endings WHERE fingerprint = ?", (fingerprint,)).fetchone()
    if row is None:
        return None
    return Ending(
        fingerprint=fingerprint,
        started_at=from_micros(row["started_at"]),
        ended_at=from_micros(row["ended_at"]),
        heard_at=from_micros(row["heard_at"]),
    )


def note(tx: Connection, ending: Ending) -> None:
    """Keep the newest of a fingerprint; the oldest of all are forgotten by the way."""
    tx.execute(
        "INSERT INTO endings (fingerprint, started_at, ended_at, heard_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (fingerprint) DO UPDATE SET started_at = excluded.started_at,"
        " ended_at = excluded.ended_at, heard_at = excluded.heard_at"
        " WHERE excluded.started_at >= endings.started_at",
        (ending.fingerprint, *map(micros, (ending.started_at, ending.ended_at, ending.heard_at))),
    )
    tx.execute(
        "DELETE FROM endings WHERE fingerprint IN"
        " (SELECT fingerprint FROM endings WHERE heard_at < ? ORDER BY heard_at LIMIT ?)",
        (micros(ending.heard_at - REMEMBERED), FORGOTTEN_AT_ONCE),
    )
