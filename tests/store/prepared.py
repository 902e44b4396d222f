"""A database as a first start leaves it: made once by each process of tests, and copied from then on."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sovereign.store.database import migrate
from sovereign.store.sqlite import driver


def prepared(path: Path) -> Path:
    """The same path, where now a database stands: to migrate one takes longer than most tests do."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_migrated())
    return path


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "s.db"
        connection = driver.connect(str(path), isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        migrate(connection)
        connection.close()
        return path.read_bytes()
