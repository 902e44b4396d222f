"""Small facts of our own that must survive a restart."""

from __future__ import annotations

from sovereign.store.sqlite import Connection


def get(tx: Connection, name: str) -> str | None:
    row = tx.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
    return row["value"] if row else None


def named(tx: Connection, prefix: str) -> dict[str, str]:
    """Those whose name begins so."""
    rows = tx.execute(
        "SELECT name, value FROM facts WHERE name >= ? AND name < ?", (prefix, prefix + "\U0010ffff")
    )
    return {row["name"]: row["value"] for row in rows}


def put(tx: Connection, name: str, value: str) -> None:
    tx.execute(
        "INSERT INTO facts (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )


def drop(tx: Connection, name: str) -> bool:
    """Whether it was there."""
    return tx.execute("DELETE FROM facts WHERE name = ?", (name,)).rowcount == 1
