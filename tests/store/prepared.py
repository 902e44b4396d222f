"""A database as a first start leaves it: made once by each process of tests, and copied from then on."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sovereign.store.database import migrate
from sovereign.store.sqlite import Connection, driver


def prepared(path: Path) -> Path:
    """The same path, where now a database stands: to migrate one takes longer than most tests do."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_migrated())
    return path


def in_memory() -> Connection:
    """Such a database without a file."""
    connection: Connection = driver.connect(":memory:", isolation_level=None)
    with TemporaryDirectory() as folder:
        file = driver.connect(str(prepared(Path(folder) / "s.db")), isolation_level=None)
        file.backup(connection)
        file.close()
    return connection


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "s.db"
        connection = driver.connect(str(path), isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        migrate(connection)
        connection.close()
        return path.read_bytes()
