"""Fills a store by copying what the product has put into it, many times over."""

from __future__ import annotations

from functools import partial

from sovereign.store.database import Database
from sovereign.store.sqlite import Connection

TABLES = ("conversations", "deliveries", "events", "outbox")
AT_ONCE = 50_000
"""Rows of a table for one transaction: the write-ahead log stays small."""

MOVED = {"id", "delivery_id", "conversation_id", "head_id"}
RULES = {
    ("conversations", "key"): "t.key || '~' || copy.number",
    ("deliveries", "idempotency"): "t.idempotency || '~' || copy.number",
    ("deliveries", "body"): "SUBSTR(t.body, 1, 200)",  # nobody reads it again, and disks are small
    ("events", "id"): "(t.delivery_id + :offset * copy.number) || SUBSTR(t.id, INSTR(t.id, '-'))",
    ("events", "sequence"): "t.sequence - 1000000000 * copy.number",  # each copy a thousand seconds earlier
    ("outbox", "key"): "t.key || '~' || copy.number",
    ("outbox", "state"): "'done'",
}
"""What a copy has instead of its original's value. Numbers that name rows are moved up by `:offset`."""


async def fill(database: Database, events: int) -> None:
    """Copy everything until there are about so many events."""
    there = await database.read(lambda tx: tx.execute("SELECT COUNT(*) FROM events").fetchone()[0])
    offset = await database.read(lambda tx: max(_newest(tx, table) for table in TABLES if table != "events"))
    copies, step = round(events / there) - 1, max(1, AT_ONCE // there)
    for first in range(1, copies + 1, step):
        last = min(first + step - 1, copies)
        for table in TABLES:
            await database.write(partial(_copy, table, offset, first, last))


def _newest(tx: Connection, table: str) -> int:
    return int(tx.execute(f"SELECT MAX(id) FROM {table}").fetchone()[0])


def _copy(table: str, offset: int, first: int, last: int, tx: Connection) -> None:
    columns = [row["name"] for row in tx.execute(f"PRAGMA table_info({table})").fetchall()]
    values = [RULES.get((table, column)) or _value(column) for column in columns]
    originals = "delivery_id <= :offset" if table == "events" else "id <= :offset"
    tx.execute(
        "WITH RECURSIVE copy (number) AS"
        " (SELECT :first UNION ALL SELECT number + 1 FROM copy WHERE number < :last)"
        f" INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)}"
        f" FROM copy CROSS JOIN {table} AS t WHERE t.{originals}",
        {"offset": offset, "first": first, "last": last},
    )


def _value(column: str) -> str:
    return f"t.{column} + :offset * copy.number" if column in MOVED else f"t.{column}"
