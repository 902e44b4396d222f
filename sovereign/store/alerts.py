"""Alerts at rest, by fingerprint."""

from __future__ import annotations

from sovereign.core.clock import from_micros, micros
from sovereign.domain.alerts import Alert
from sovereign.domain.events import Severity, Status
from sovereign.domain.incidents import Tally
from sovereign.store.sqlite import Connection


def get(tx: Connection, fingerprint: str) -> tuple[Alert, int] | None:
    """The alert and the id of the conversation that it belongs to."""
    row = tx.execute("SELECT * FROM alerts WHERE fingerprint = ?", (fingerprint,)).fetchone()
    if row is None:
        return None
    alert = Alert(
        fingerprint=row["fingerprint"],
        title=row["title"],
        status=Status(row["status"]),
        severity=Severity(row["severity"]),
        started_at=from_micros(row["started_at"]),
        resolved_at=from_micros(row["resolved_at"]) if row["resolved_at"] is not None else None,
        seen_at=from_micros(row["seen_at"]),
        times_fired=row["times_fired"],
    )
    return alert, row["conversation_id"]


def save(tx: Connection, alert: Alert, conversation_id: int) -> None:
    """Keep the newest state, and the conversation that the alert now belongs to."""
    tx.execute(
        "INSERT INTO alerts (fingerprint, conversation_id, title, status, severity, severity_rank,"
        " started_at, resolved_at, seen_at, times_fired) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (fingerprint) DO UPDATE SET conversation_id = excluded.conversation_id,"
        " title = excluded.title, status = excluded.status, severity = excluded.severity,"
        " severity_rank = excluded.severity_rank, started_at = excluded.started_at,"
        " resolved_at = excluded.resolved_at, seen_at = excluded.seen_at, times_fired = excluded.times_fired",
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
