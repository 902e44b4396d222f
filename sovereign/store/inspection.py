"""Looks at the database file without changing it: whether it is sound, and of which version."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from sovereign.core import clock
from sovereign.core.errors import SovereignError
from sovereign.store.sqlite import (
    CAN_LOAD_EXTENSIONS,
    Connection,
    DatabaseError,
    OperationalError,
    driver,
    open_thread,
)

CHECK = 20.0
"""Seconds that the check may take; it reads the whole file."""
STEPS = 100_000
"""SQLite's own steps between two looks at the clock."""


class Unsound(SovereignError): ...


class Unreadable(SovereignError): ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """`size` in bytes; `checked` is False where the file was too large to be read in time."""

    version: int
    newest: int
    size: int
    checked: bool


async def inspect(path: Path) -> Inspection:
    """Raises FileNotFoundError, Unreadable, and Unsound for what is no database or is damaged."""
    thread = open_thread(path, read_only=True)
    try:
        size = await asyncio.to_thread(_size, path)
        async with thread:
            version = await thread.run(_version)
            checked = await thread.run(_is_checked)
    except FileNotFoundError:
        raise
    except (OperationalError, OSError) as error:
        raise Unreadable(f"it cannot be read ({error})") from error
    except DatabaseError as error:
        raise Unsound(f"it is damaged ({error})") from error
    return Inspection(version=version, newest=newest_version(), size=size, checked=checked)


def newest_version() -> int:
    """Of the schema that this build makes."""
    return len([*(Path(__file__).parent / "migrations").glob("[0-9]*.sql")])


def extensions_load() -> bool:
    """Tried, not guessed: some builds have the call and refuse it."""
    if not CAN_LOAD_EXTENSIONS:
        return False
    connection: Connection = driver.connect(":memory:")
    try:
        connection.enable_load_extension(True)
    except DatabaseError:
        return False
    finally:
        connection.close()
    return True


def _size(path: Path) -> int:
    """With what waits in the write-ahead log."""
    log = path.with_name(f"{path.name}-wal")
    return path.stat().st_size + (log.stat().st_size if log.exists() else 0)


def _version(connection: Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _is_checked(connection: Connection) -> bool:
    """Whether there was time to read it all. Raises Unsound for a damaged one."""
    deadline = clock.monotonic() + CHECK
    connection.set_progress_handler(lambda: clock.monotonic() > deadline, STEPS)
    try:
        said = [str(row[0]) for row in connection.execute("PRAGMA quick_check(3)")]
    except OperationalError:
        if clock.monotonic() > deadline:
            return False
        raise
    finally:
        connection.set_progress_handler(None, 0)
    if said != ["ok"]:
        raise Unsound(f"it is damaged ({'; '.join(said)[:300]})")
    return True
