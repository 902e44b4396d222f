"""Incidents and their timeline at rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sovereign.core.clock import from_micros, micros
from sovereign.domain.events import Severity
from sovereign.domain.flapping import Called
from sovereign.domain.incidents import Incident, State
from sovereign.store.sqlite import Connection, Row, last_id

REOPENED = "reopened"
"""Kind of the entry with which an incident begins again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One entry of a timeline. `actor` is a name, or None for what no person did."""

    at: datetime
    kind: str
    actor: str | None
    text: str


def by_id(tx: Connection, incident_id: int) -> Incident | None:
    return _one(tx.execute("SELECT * FROM incidents WHERE id = ?", (incident_id,)).fetchone())


def by_conversation(tx: Connection, conversation_id: int) -> Incident | None:
    return _one(
        tx.execute("SELECT * FROM incidents WHERE conversation_id = ?", (conversation_id,)).fetchone()
    )


def unresolved(tx: Connection, limit: int) -> Sequence[Incident]:
    """Worst first, then oldest first."""
    rows = tx.execute(
        "SELECT * FROM incidents WHERE state <> 'resolved' ORDER BY opened_at LIMIT ?", (limit,)
    )
    found = [incident for row in rows if (incident := _one(row))]
    return sorted(found, key=lambda incident: -incident.severity.rank)


def resolved_since(tx: Connection, at: datetime, limit: int) -> Sequence[Incident]:
    """Those that ended since then, the newest first."""
    rows = tx.execute(
        "SELECT * FROM incidents WHERE state = 'resolved' AND resolved_at >= ? ORDER BY id DESC LIMIT ?",
        (micros(at), limit),
    )
    return [incident for row in rows if (incident := _one(row))]


def newest(tx: Connection, limit: int) -> Sequence[Incident]:
    rows = tx.execute("SELECT * FROM incidents ORDER BY id DESC LIMIT ?", (limit,))
    return [incident for row in rows if (incident := _one(row))]


def save(tx: Connection, incident: Incident) -> Incident:
    """Add or update; the answer has the id."""
    values = (
        incident.conversation_id,
        incident.title,
        incident.state,
        incident.severity,
        incident.service,
        incident.environment,
        micros(incident.opened_at),
        incident.acknowledged_by,
        incident.acknowledged_name,
        micros(incident.acknowledged_at) if incident.acknowledged_at else None,
        micros(incident.resolved_at) if incident.resolved_at else None,
    )
    if incident.id:
        tx.execute(
            "UPDATE incidents SET conversation_id = ?, title = ?, state = ?, severity = ?, service = ?,"
            " environment = ?, opened_at = ?, acknowledged_by = ?, acknowledged_name = ?,"
            " acknowledged_at = ?, resolved_at = ? WHERE id = ?",
            (*values, incident.id),
        )
        return incident
    added = tx.execute(
        "INSERT INTO incidents (conversation_id, title, state, severity, service, environment, opened_at,"
        " acknowledged_by, acknowledged_name, acknowledged_at, resolved_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        values,
    )
    return replace(incident, id=last_id(added))


def called(tx: Connection, incident_id: int) -> Called | None:
    """When it last called somebody; None where it has not."""
    row = tx.execute(
        "SELECT called_at, called_severity FROM incidents WHERE id = ?", (incident_id,)
    ).fetchone()
    if row is None or row["called_at"] is None:
        return None
    return Called(at=from_micros(row["called_at"]), severity=Severity(row["called_severity"]))


def set_called(tx: Connection, incident: Incident, at: datetime) -> None:
    tx.execute(
        "UPDATE incidents SET called_at = ?, called_severity = ? WHERE id = ?",
        (micros(at), incident.severity, incident.id),
    )


def add_moment(tx: Connection, incident_id: int, moment: Moment) -> None:
    tx.execute(
        "INSERT INTO timeline (incident_id, at, kind, actor, text) VALUES (?, ?, ?, ?, ?)",
        (incident_id, micros(moment.at), moment.kind, moment.actor, moment.text),
    )


def reopened(tx: Connection, incident_id: int, since: datetime) -> int:
    """How often it began again since then."""
    (count,) = tx.execute(
        "SELECT COUNT(*) FROM timeline WHERE incident_id = ? AND at > ? AND kind = ?",
        (incident_id, micros(since), REOPENED),
    ).fetchone()
    return int(count)


def timeline(tx: Connection, incident_id: int, limit: int) -> Sequence[Moment]:
    """The newest `limit` entries, oldest first."""
    rows = tx.execute(
        "SELECT at, kind, actor, text FROM timeline WHERE incident_id = ? ORDER BY at DESC, id DESC LIMIT ?",
        (incident_id, limit),
    ).fetchall()
    return [
        Moment(at=from_micros(row["at"]), kind=row["kind"], actor=row["actor"], text=row["text"])
        for row in reversed(rows)
    ]


def _one(row: Row | None) -> Incident | None:
    if row is None:
        return None
    acknowledged_at, resolved_at = row["acknowledged_at"], row["resolved_at"]
    return Incident(
        id=row["id"],
        conversation_id=row["conversation_id"],
        title=row["title"],
        state=State(row["state"]),
        severity=Severity(row["severity"]),
        service=row["service"],
        environment=row["environment"],
        opened_at=from_micros(row["opened_at"]),
        acknowledged_by=row["acknowledged_by"],
        acknowledged_name=row["acknowledged_name"],
        acknowledged_at=from_micros(acknowledged_at) if acknowledged_at is not None else None,
        resolved_at=from_micros(resolved_at) if resolved_at is not None else None,
    )
