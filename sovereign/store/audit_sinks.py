"""How far each sink has been given the audit, and what comes next for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sovereign.core.clock import from_micros, micros
from sovereign.domain.evidence import checkpoint_line
from sovereign.store.sqlite import Connection

LARGEST = 512 * 1024
"""Characters of a batch, about; a single record is far smaller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """
    seq, checkpoint  the last record, and the size of the last checkpoint, that it has
    sent_at          when it last took something
    failing_at       since when it takes nothing; None while it does
    """

    name: str
    seq: int = 0
    checkpoint: int = 0
    sent_at: datetime | None = None
    failing_at: datetime | None = None
    attempts: int = 0
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Lines in order, with the time of each, and the place after them."""

    lines: Sequence[tuple[datetime, str]]
    seq: int
    checkpoint: int


def place(tx: Connection, name: str) -> Place:
    row = tx.execute("SELECT * FROM audit_sinks WHERE name = ?", (name,)).fetchone()
    if row is None:
        return Place(name=name)
    return Place(
        name=name,
        seq=row["seq"],
        checkpoint=row["checkpoint"],
        sent_at=from_micros(row["sent_at"]) if row["sent_at"] is not None else None,
        failing_at=from_micros(row["failing_at"]) if row["failing_at"] is not None else None,
        attempts=row["attempts"],
        problem=row["problem"],
    )


def batch(tx: Connection, after: Place, limit: int) -> Batch:
    """The next records, each checkpoint after the last record that it covers; empty where there are none."""
    lines: list[tuple[datetime, str]] = []
    seq, checkpoint, size = after.seq, after.checkpoint, 0
    notes = _notes(tx, checkpoint, limit)
    for due in [one for one in notes if one <= seq]:
        lines.append(notes.pop(due))
        checkpoint = due
    rows = tx.execute("SELECT seq, at, record FROM audit WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit))
    for row in rows:
        lines.append((from_micros(row["at"]), row["record"]))
        seq, size = row["seq"], size + len(row["record"])
        if seq in notes:
            lines.append(notes.pop(seq))
            checkpoint = seq
        if size > LARGEST:
            break
    return Batch(lines=lines, seq=seq, checkpoint=checkpoint)


def sent(tx: Connection, name: str, done: Batch, at: datetime) -> None:
    tx.execute(
        "INSERT INTO audit_sinks (name, seq, checkpoint, since, sent_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, checkpoint = excluded.checkpoint,"
        " sent_at = excluded.sent_at, failing_at = NULL, attempts = 0, problem = NULL",
        (name, done.seq, done.checkpoint, micros(at), micros(at)),
    )


def failed(tx: Connection, name: str, problem: str, at: datetime) -> None:
    tx.execute(
        "INSERT INTO audit_sinks (name, seq, checkpoint, since, failing_at, attempts, problem)"
        " VALUES (?, 0, 0, ?, ?, 1, ?)"
        " ON CONFLICT (name) DO UPDATE SET"
        " failing_at = COALESCE(audit_sinks.failing_at, excluded.failing_at),"
        " attempts = audit_sinks.attempts + 1, problem = excluded.problem",
        (name, micros(at), micros(at), problem),
    )


def _notes(tx: Connection, after: int, limit: int) -> dict[int, tuple[datetime, str]]:
    """Lines of the next checkpoints by their size, in order."""
    rows = tx.execute(
        "SELECT size, at, note FROM audit_checkpoints WHERE size > ? ORDER BY size LIMIT ?", (after, limit)
    )
    return {row["size"]: (from_micros(row["at"]), checkpoint_line(row["note"])) for row in rows}
