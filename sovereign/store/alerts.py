"""Alerts at rest, by fingerprint."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sovereign.core.clock import from_micros, micros
from sovereign.core.records import fields_of
from sovereign.domain.alerts import Alert, Said
from sovereign.domain.events import Severity, Status
from sovereign.domain.incidents import Tally
from sovereign.store.sqlite import Connection, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Some of the names that the alerts of an incident go by, with how many of each, and how many names
    there are."""

    first: Sequence[tuple[str, int]]
    different: int


NONE = Names(first=(), different=0)


def get(tx: Connection, fingerprint: str) -> tuple[Alert, int] | None:
    """The alert and the id of the conversation that it belongs to."""
    row = tx.execute("SELECT * FROM alerts WHERE fingerprint = ?", (fingerprint,)).fetchone()
    return (_alert(row), row["conversation_id"]) if row else None


def save(tx: Connection, alert: Alert, conversation_id: int) -> None:
    """Keep the newest state, and the conversation that the alert now belongs to."""
    tx.execute(
        "INSERT INTO alerts (fingerprint, conversation_id, title, status, severity, severity_rank,"
        " started_at, resolved_at, seen_at, times_fired, name, said_json)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (fingerprint) DO UPDATE SET conversation_id = excluded.conversation_id,"
        " title = excluded.title, status = excluded.status, severity = excluded.severity,"
        " severity_rank = excluded.severity_rank, started_at = excluded.started_at,"
        " resolved_at = excluded.resolved_at, seen_at = excluded.seen_at, times_fired = excluded.times_fired,"
        " name = excluded.name, said_json = excluded.said_json",
        (
            alert.fingerprint,
            conversation_id,
            alert.title,
            alert.status,
            alert.severity,
            alert.severity.rank,
            micros(alert.started_at),
            micros(alert.resolved_at) if alert.resolved_at else None,
            micros(alert.seen_at),
            alert.times_fired,
            alert.said.name if alert.said else "",
            json.dumps(fields_of(alert.said)) if alert.said else None,
        ),
    )


def tally(tx: Connection, conversation_id: int) -> Tally:
    """How many alerts of the conversation fire, how many it has, and the worst of the firing ones."""
    rows = tx.execute(
        "SELECT status, severity, severity_rank, COUNT(*) AS count FROM alerts WHERE conversation_id = ?"
        " GROUP BY status, severity, severity_rank ORDER BY severity_rank DESC",
        (conversation_id,),
    ).fetchall()
    firing = [row for row in rows if row["status"] == Status.FIRING]
    return Tally(
        firing=sum(row["count"] for row in firing),
        total=sum(row["count"] for row in rows),
        worst=Severity(firing[0]["severity"]) if firing else None,
    )


def speaker(tx: Connection, conversation_id: int) -> Alert | None:
    """The alert that an incident is named by: of those that fire, else of all, the worst, then the first."""
    row = tx.execute(
        "SELECT * FROM alerts WHERE conversation_id = ?"
        " ORDER BY status, severity_rank DESC, severity, started_at, name, fingerprint LIMIT 1",
        (conversation_id,),
    ).fetchone()
    return _alert(row) if row else None


def firing(tx: Connection, conversation_id: int, limit: int) -> Names:
    """What fires now, by what tells the alerts of a group apart: the worst first, then in their order."""
    return _names(tx, _HOSTS, (conversation_id, Status.FIRING), limit)


def kinds(tx: Connection, conversation_id: int, tally: Tally, limit: int) -> Names:
    """By what kinds of alerts fire, or did where none does any more: the alerts' own names."""
    status = Status.FIRING if tally.firing else Status.RESOLVED
    return _names(tx, _KINDS, (conversation_id, status), limit)


_GROUPED = (
    "SELECT {0} AS called, COUNT(*) AS count, MAX(severity_rank) AS rank, MIN(started_at) AS since,"
    " COUNT(*) OVER () AS different FROM alerts WHERE conversation_id = ? AND status = ?"
    " GROUP BY {0} ORDER BY rank DESC, since, called LIMIT ?"
)
_KINDS = _GROUPED.format("title")
_HOSTS = _GROUPED.format("COALESCE(NULLIF(name, ''), title)")


def _names(tx: Connection, query: str, values: tuple[object, ...], limit: int) -> Names:
    rows = tx.execute(query, (*values, limit)).fetchall()
    return Names(
        first=[(row["called"], row["count"]) for row in rows],
        different=rows[0]["different"] if rows else 0,
    )


def _alert(row: Row) -> Alert:
    return Alert(
        fingerprint=row["fingerprint"],
        title=row["title"],
        status=Status(row["status"]),
        severity=Severity(row["severity"]),
        started_at=from_micros(row["started_at"]),
        resolved_at=from_micros(row["resolved_at"]) if row["resolved_at"] is not None else None,
        seen_at=from_micros(row["seen_at"]),
        times_fired=row["times_fired"],
        said=_said(row["said_json"]),
    )


def _said(given: str | None) -> Said | None:
    """Fields that this build does not know are left out; one from before it has what it had."""
    if given is None:
        return None
    raw = json.loads(given)
    return Said(
        title=raw["title"],
        name=raw["name"],
        text=raw["text"],
        url=raw["url"],
        service=raw["service"],
        fields=tuple((name, value) for name, value in raw["fields"]),
    )
