"""The one place that chooses the SQLite driver, and the types that go with it.

Interpreters from pyenv and on macOS are often built without extension loading, so that sqlite-vec could not
load: there `pysqlite3` is taken if it is installed. Its Row and error types are its own, hence the exports.
"""

from __future__ import annotations

import asyncio
import sqlite3 as stdlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, TypeVar, cast

import aiosqlite

from sovereign.core.errors import SovereignError, StoreFull, Unavailable

MINIMUM = (3, 38)
"""The oldest SQLite with everything that the store's SQL uses."""

T = TypeVar("T")


def _choose() -> ModuleType:
    if hasattr(stdlib.Connection, "enable_load_extension"):
        return stdlib
    try:
        import pysqlite3
    except ImportError:
        return stdlib
    driver: ModuleType = pysqlite3
    return driver


driver = _choose()
DRIVER_NAME = driver.__name__
VERSION: str = driver.sqlite_version
CAN_LOAD_EXTENSIONS = hasattr(driver.Connection, "enable_load_extension")

if TYPE_CHECKING:
    Connection = stdlib.Connection
    Cursor = stdlib.Cursor
    Row = stdlib.Row
    DatabaseError = stdlib.DatabaseError
    OperationalError = stdlib.OperationalError
    IntegrityError = stdlib.IntegrityError
    ProgrammingError = stdlib.ProgrammingError
else:
    Connection = driver.Connection
    Cursor = driver.Cursor
    Row = driver.Row
    DatabaseError = driver.DatabaseError
    OperationalError = driver.OperationalError
    IntegrityError = driver.IntegrityError
    ProgrammingError = driver.ProgrammingError


complete_statement = stdlib.complete_statement
"""Whether a text ends a statement; both drivers would say the same."""


class TooOld(SovereignError): ...


def last_id(inserted: Cursor) -> int:
    """The id of the row that a plain INSERT has added: `RETURNING id` makes that take twice as long."""
    return cast(int, inserted.lastrowid)


class Thread(aiosqlite.Connection):
    """A connection and the thread that owns it, to which whole functions can be given."""

    async def run(self, function: Callable[[Connection], T]) -> T:
        """Call `function` with the connection on its own thread; it may block there as long as it likes."""
        execute = cast(Callable[[Callable[[], T]], Awaitable[T]], self._execute)
        return await execute(partial(function, self._conn))

    def submit(self, function: Callable[[Connection], None]) -> asyncio.Future[None]:
        """The same without waiting for it. Raises Unavailable once the connection is closed."""
        if not self._running or self._connection is None:
            raise Unavailable("the store is closed")
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._tx.put_nowait((future, partial(function, self._connection)))
        return future


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """All of it or nothing; part of the transaction that is under way, if one is."""
    if connection.in_transaction:
        yield
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk has undone it already
            connection.execute("ROLLBACK")
        raise


def in_our_words(error: BaseException) -> BaseException:
    """StoreFull or Unavailable where that is what the driver's error means."""
    if isinstance(error, OperationalError):
        if "full" in str(error):
            return StoreFull(f"the store has no room left: {error}")
        if "locked" in str(error) or "disk I/O" in str(error):
            return Unavailable(f"the store cannot be written: {error}")
    if isinstance(error, ProgrammingError):
        return Unavailable(f"the store is closed: {error}")
    return error


def open_thread(path: Path, *, read_only: bool) -> Thread:
    """An aiosqlite connection over the chosen driver, in autocommit: transactions are begun by name."""
    if driver.sqlite_version_info < MINIMUM:
        raise TooOld(f"SQLite {VERSION} is older than {'.'.join(map(str, MINIMUM))}, which the store needs.")
    target = path.resolve().as_uri() + ("?mode=ro" if read_only else "")

    def connect() -> Connection:
        connection: Connection = driver.connect(target, uri=True, isolation_level=None, cached_statements=512)
        connection.row_factory = Row
        return connection

    return Thread(connect, 64)
