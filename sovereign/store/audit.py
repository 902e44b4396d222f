"""Who did what, kept in the transaction of its effect at the end of a chain, and never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sovereign.core.clock import from_micros, micros
from sovereign.domain import audit
from sovereign.domain.audit import GENESIS, Entry, Record, Result
from sovereign.domain.permission import Actor
from sovereign.store.sqlite import Connection, Row, transaction

_INSERT = (
    "INSERT INTO audit (seq, at, actor_id, actor_name, action, subject, result, trace, intent, record, hash)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
LAST = chr(0x10FFFF)
"""A letter that sorts after all others, for the end of a range of texts that begin alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The last record's number and hash (hexadecimal); 0 and GENESIS where there is none."""

    seq: int = 0
    hash: str = GENESIS


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What to look for; None is any. Actions and subjects match by how they begin, names in any case.

    before  only records with a smaller number, for the next page
    """

    actor_id: int | None = None
    actor_name: str | None = None
    action: str | None = None
    subject: str | None = None
    result: Result | None = None
    trace: str | None = None
    since: datetime | None = None
    before: int | None = None


def head(tx: Connection) -> Head:
    row = tx.execute("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    return Head(seq=row["seq"], hash=bytes(row["hash"]).hex()) if row else Head()


def append(tx: Connection, entry: Entry) -> int:
    """Write it down at the end; its number."""
    last = head(tx)
    tx.execute(_INSERT, _row(entry, last.seq + 1, last.hash))
    return last.seq + 1


def append_all(tx: Connection, entries: Sequence[Entry]) -> int:
    """Write them down one after the other; the last one's number. The transaction must be a writing one."""
    last = head(tx)
    seq, prev, rows = last.seq, last.hash, list[Any]()
    for entry in entries:
        seq += 1
        rows.append(_row(entry, seq, prev))
        prev = rows[-1][-1].hex()
    tx.executemany(_INSERT, rows)
    return seq


def append_each(tx: Connection, entries: Sequence[Entry]) -> Sequence[int]:
    """The same for entries that have nothing to do with each other; the number of each."""
    with transaction(tx):
        last = append_all(tx, entries)
    return range(last - len(entries) + 1, last + 1)


def _row(entry: Entry, seq: int, prev: str) -> tuple[Any, ...]:
    found = audit.members(entry, seq, prev)
    text = audit.spelt(found)
    return (seq, *audit.columns(found), text, audit.digest(text))


def by_seq(tx: Connection, seq: int) -> Record | None:
    row = tx.execute("SELECT record FROM audit WHERE seq = ?", (seq,)).fetchone()
    return audit.record(row["record"]) if row else None


def search(tx: Connection, sought: Sought, limit: int) -> Sequence[Record]:
    """Newest first."""
    where, values = _conditions(sought)
    rows = tx.execute(f"SELECT record FROM audit{where} ORDER BY seq DESC LIMIT ?", (*values, limit))  # noqa: S608  # the conditions are ours
    return [audit.record(row["record"]) for row in rows]


def _conditions(sought: Sought) -> tuple[str, list[object]]:
    found: list[tuple[str, list[object]]] = []
    exact = {"actor_id": sought.actor_id, "result": sought.result, "trace": sought.trace}
    found += [(f"{name} = ?", [value]) for name, value in exact.items() if value is not None]
    for name, start in (("action", sought.action), ("subject", sought.subject)):
        if start:
            found.append((f"{name} >= ? AND {name} < ?", [start, start + LAST]))
    if sought.actor_name is not None:
        found.append(("LOWER(actor_name) = LOWER(?)", [sought.actor_name]))
    if sought.since is not None:
        found.append(("at >= ?", [micros(sought.since)]))
    if sought.before is not None:
        found.append(("seq < ?", [sought.before]))
    if not found:
        return "", []
    return " WHERE " + " AND ".join(words for words, _ in found), [one for _, each in found for one in each]


def pending(tx: Connection, limit: int) -> Sequence[Record]:
    """What was about to be done outside and of which nobody has said what came of it, oldest first."""
    rows = tx.execute(
        "SELECT i.record FROM audit AS i WHERE i.result = 'intent'"
        " AND NOT EXISTS (SELECT 1 FROM audit AS o WHERE o.intent = i.seq) ORDER BY i.seq LIMIT ?",
        (limit,),
    )
    return [audit.record(row["record"]) for row in rows]


def outcome_of(tx: Connection, intent: int) -> Record | None:
    """What was said to have come of the intent with that number."""
    row = tx.execute("SELECT record FROM audit WHERE intent = ? ORDER BY seq LIMIT 1", (intent,)).fetchone()
    return audit.record(row["record"]) if row else None


def adopt(tx: Connection) -> None:
    """Chain what was recorded before there was a chain; the last step of the migration to it."""
    entries = [_before(row) for row in tx.execute("SELECT * FROM audit_before ORDER BY id")]
    if entries:
        append_all(tx, entries)
    tx.execute("DROP TABLE audit_before")


def _before(row: Row) -> Entry:
    known = row["result"] in {result.value for result in Result}
    return Entry(
        at=from_micros(row["at"]),
        actor=Actor(id=row["actor_id"], name=row["actor_name"], roles=()),
        action=row["action"],
        subject=row["subject"],
        result=Result(row["result"]) if known else Result.UNKNOWN,
        details=row["details"],
    )
