"""Deliveries that were refused: counted by minute, and not kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sovereign.core.clock import from_micros, micros
from sovereign.store.sqlite import Connection

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """So many at an endpoint for a reason, from the beginning of a minute to the end of another."""

    endpoint: str
    reason: str
    count: int
    since: datetime
    until: datetime


def count(tx: Connection, endpoint: str, reason: str, at: datetime) -> None:
    """One row for each endpoint, reason and minute, however many come."""
    tx.execute(
        "INSERT INTO refusals (endpoint, reason, minute, count) VALUES (?, ?, ?, 1)"
        " ON CONFLICT (endpoint, reason, minute) DO UPDATE SET count = refusals.count + 1",
        (endpoint, reason, micros(_minute(at))),
    )


def due(tx: Connection, at: datetime, pause: timedelta) -> Sequence[Refused]:
    """Those of minutes that are over, and that the audit does not tell of yet.

    At once where it has told of none of that endpoint and reason within the pause, else when the first of
    them is as old as that.
    """
    now, before = micros(_minute(at)), micros(at - pause)
    rows = tx.execute(
        "SELECT endpoint, reason, SUM(count) AS count, MIN(minute) AS since, MAX(minute) AS until"
        " FROM refusals AS waiting WHERE recorded = 0 AND minute < ? GROUP BY endpoint, reason"
        " HAVING MIN(minute) <= ? OR NOT EXISTS (SELECT 1 FROM refusals AS told"
        " WHERE told.endpoint = waiting.endpoint AND told.reason = waiting.reason"
        " AND told.recorded = 1 AND told.minute >= ?)"
        " ORDER BY endpoint, reason",
        (now, before, before),
    )
    return [
        Refused(
            endpoint=row["endpoint"],
            reason=row["reason"],
            count=row["count"],
            since=from_micros(row["since"]),
            until=from_micros(row["until"]) + MINUTE,
        )
        for row in rows.fetchall()
    ]


def told(tx: Connection, refused: Refused) -> None:
    """The audit tells of them."""
    tx.execute(
        "UPDATE refusals SET recorded = 1 WHERE endpoint = ? AND reason = ? AND recorded = 0 AND minute < ?",
        (refused.endpoint, refused.reason, micros(refused.until)),
    )


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
