"""Signed checkpoints of the audit at rest, and the hashes and records that they are made and checked from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sovereign.core.clock import from_micros, micros
from sovereign.domain.checkpoint import Signed, read
from sovereign.domain.merkle import SIZE, Frontier
from sovereign.store.sqlite import Connection, Row

COLUMNS = 8
"""Of a row that `rows` gives, after the number: those that repeat what the record says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """`key` is the public key that signed it, hexadecimal."""

    size: int
    at: datetime
    key: str
    note: str
    root: bytes
    frontier: bytes

    def signed(self) -> Signed:
        """Raises ValueError for a note that was changed."""
        return read(self.note)

    def grown(self) -> Frontier:
        """The tree that it covers, to be grown on. Raises ValueError for one that was changed."""
        peaks = [self.frontier[place : place + SIZE] for place in range(0, len(self.frontier), SIZE)]
        return Frontier(self.size, peaks)


def newest(tx: Connection) -> Kept | None:
    row = tx.execute("SELECT * FROM audit_checkpoints ORDER BY size DESC LIMIT 1").fetchone()
    return _kept(row) if row else None


def after(tx: Connection, size: int, limit: int) -> Sequence[Kept]:
    """Those that cover more than so many records, in order."""
    rows = tx.execute("SELECT * FROM audit_checkpoints WHERE size > ? ORDER BY size LIMIT ?", (size, limit))
    return [_kept(row) for row in rows]


def count(tx: Connection) -> int:
    (found,) = tx.execute("SELECT COUNT(*) FROM audit_checkpoints").fetchone()
    return int(found)


def add(tx: Connection, signed: Signed, key: bytes, frontier: Frontier) -> bool:
    """Keep it; False where one that covers as much is there already."""
    last = newest(tx)
    checkpoint = signed.checkpoint
    if last is not None and last.size >= checkpoint.size:
        return False
    tx.execute(
        "INSERT INTO audit_checkpoints (size, at, root, key, note, frontier) VALUES (?, ?, ?, ?, ?, ?)",
        (
            checkpoint.size,
            micros(checkpoint.at),
            checkpoint.root,
            key.hex(),
            signed.note,
            b"".join(frontier.peaks),
        ),
    )
    return True


def hashes(tx: Connection, after: int, limit: int) -> Sequence[bytes]:
    """Of the records after that number, in order."""
    rows = tx.execute("SELECT hash FROM audit WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit))
    return [bytes(row["hash"]) for row in rows]


def texts(tx: Connection, after: int, limit: int) -> Sequence[str]:
    """The records themselves, after that number, in order."""
    rows = tx.execute("SELECT record FROM audit WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit))
    return [row["record"] for row in rows]


def rows(tx: Connection, after: int, limit: int) -> Iterator[tuple[int, tuple[object, ...], str, bytes]]:
    """Number, columns, record and hash of each row after that number."""
    cursor = tx.cursor()
    cursor.row_factory = None
    found = cursor.execute(
        "SELECT at, actor_id, actor_name, action, subject, result, trace, intent, seq, record, hash"
        " FROM audit WHERE seq > ? ORDER BY seq LIMIT ?",
        (after, limit),
    )
    for row in found:
        yield row[COLUMNS], row[:COLUMNS], row[9], row[10]


def records(tx: Connection) -> int:
    """How many there are: the largest number, for they have no gap."""
    (found,) = tx.execute("SELECT COALESCE(MAX(seq), 0) FROM audit").fetchone()
    return int(found)


def _kept(row: Row) -> Kept:
    return Kept(
        size=row["size"],
        at=from_micros(row["at"]),
        key=row["key"],
        note=row["note"],
        root=bytes(row["root"]),
        frontier=bytes(row["frontier"]),
    )
