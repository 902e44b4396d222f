"""The one SQLite file: one writer that commits many transactions at once, and a small pool of readers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from contextvars import copy_context
from pathlib import Path
from typing import TypeVar

from sovereign.core.errors import SovereignError
from sovereign.store import audit
from sovereign.store.commits import Commits, Many
from sovereign.store.sqlite import (
    Connection,
    Thread,
    complete_statement,
    open_thread,
)

T = TypeVar("T")
Item = TypeVar("Item")

READERS = 2

_WRITER = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
    "PRAGMA cache_size=-16384",
    "PRAGMA journal_size_limit=67108864",
)
_VISITOR = ("PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON", "PRAGMA busy_timeout=5000")
_AND_THEN: Mapping[str, Callable[[Connection], None]] = {"0007_audit.sql": audit.adopt}
_READER = ("PRAGMA query_only=ON", "PRAGMA busy_timeout=5000")


class NewerSchema(SovereignError): ...


class OlderSchema(SovereignError): ...


class NoDatabase(SovereignError):
    def __init__(self, path: Path) -> None:
        self.public = f"Nothing has run over {path.parent} yet: there is no {path.name} in it."
        super().__init__(self.public)


class Database:
    """`write` and `read` take synchronous functions of a connection and run them whole on its thread."""

    def __init__(self, writer: Thread, readers: list[Thread]) -> None:
        self._writer, self._readers = writer, readers
        self._idle: asyncio.Queue[Thread] = asyncio.Queue()
        for reader in readers:
            self._idle.put_nowait(reader)
        self._commits = Commits(writer)

    @property
    def crowded(self) -> bool:
        """Whether so much is being kept at this moment that work which can wait should wait."""
        return self._commits.crowded

    @property
    def quiet(self) -> bool:
        """Whether nothing has been kept for a while, so that long work keeps nobody."""
        return self._commits.quiet

    @property
    def awaited(self) -> bool:
        """Whether somebody waits for the transaction that is under way; long ones ask, and end early."""
        return self._commits.is_awaited

    async def write(self, function: Callable[[Connection], T]) -> T:
        """Run `function` in a transaction of its own and return when that is on the disk.

        Whatever waits while the disk is busy shares the next commit; a function that raises is undone alone.
        A caller that is cancelled leaves nothing half-written, but its transaction may well be committed.
        It runs in the caller's context, so that what it records is traced back to the caller.
        Raises StoreFull when there is no room, and Unavailable when too much is waiting.
        """
        context = copy_context()
        return await self._commits.add(lambda tx: context.run(function, tx))

    def keep(self, many: Many[Item, T], item: Item) -> Awaitable[T]:
        """`write` for what comes often: the items that wait are given to `many` in one go.

        Where that raises, each item is tried alone, and only the one at fault fails.
        """
        return self._commits.add_item(many, item)

    async def read(self, function: Callable[[Connection], T]) -> T:
        """Run `function` against one consistent snapshot. At most READERS at a time; the next waits."""
        reader = await self._idle.get()
        try:
            return await reader.run(lambda connection: _snapshot(connection, function))
        finally:
            self._idle.put_nowait(reader)


def _snapshot(connection: Connection, function: Callable[[Connection], T]) -> T:
    connection.execute("BEGIN")
    try:
        return function(connection)
    finally:
        connection.execute("ROLLBACK")


@contextmanager
def savepoint(tx: Connection) -> Iterator[None]:
    """Part of a transaction that is undone alone if it raises; a full disk has undone all of it already."""
    tx.execute("SAVEPOINT part")
    try:
        yield
    except BaseException:
        if tx.in_transaction:
            tx.execute("ROLLBACK TO part")
            tx.execute("RELEASE part")
        raise
    tx.execute("RELEASE part")


@contextmanager
def undone(tx: Connection) -> Iterator[None]:
    """Part of a transaction that is undone in any case: what would become of something is looked up in it."""
    tx.execute("SAVEPOINT trial")
    try:
        yield
    finally:
        if tx.in_transaction:
            tx.execute("ROLLBACK TO trial")
            tx.execute("RELEASE trial")


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Database]:
    """The database at `path`, created and migrated if need be. Raises NewerSchema for a newer one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        writer = await _thread(stack, path, _WRITER)
        await writer.run(migrate)
        readers = [await _thread(stack, path, _READER, read_only=True) for _ in range(READERS)]
        yield Database(writer, readers)


@asynccontextmanager
async def visited(path: Path) -> AsyncIterator[Database]:
    """A database that another process may be using: it is neither created nor migrated.

    Raises NoDatabase, and NewerSchema or OlderSchema where it is of another version than this build.
    """
    if not await asyncio.to_thread(path.is_file):
        raise NoDatabase(path)
    async with AsyncExitStack() as stack:
        writer = await _thread(stack, path, _VISITOR)
        await writer.run(_require_current)
        yield Database(writer, [await _thread(stack, path, _READER, read_only=True)])


async def _thread(
    stack: AsyncExitStack, path: Path, pragmas: tuple[str, ...], *, read_only: bool = False
) -> Thread:
    thread = open_thread(path, read_only=read_only)
    _ = await stack.enter_async_context(thread)
    for pragma in pragmas:
        await thread.execute(pragma)
    return thread


def migrate(connection: Connection) -> None:
    """Apply migrations/NNNN_*.sql in order, each in a transaction with its version (`user_version`).

    What SQL cannot say follows in the same transaction.
    """
    (done,) = connection.execute("PRAGMA user_version").fetchone()
    scripts = _scripts()
    _refuse_newer(done)
    for version, script in enumerate(scripts[done:], start=done + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in _statements(script.read_text(encoding="utf-8")):
                connection.execute(statement)
            _AND_THEN.get(script.name, _nothing)(connection)
            connection.execute(f"PRAGMA user_version = {version}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise


def _nothing(_: Connection) -> None:
    return


def _scripts() -> list[Path]:
    return sorted((Path(__file__).parent / "migrations").glob("[0-9]*.sql"))


def _refuse_newer(version: int) -> None:
    if version > len(_scripts()):
        raise NewerSchema(
            f"The database is at version {version}; this build knows {len(_scripts())}."
            " Start the newer build, or restore a backup."
        )


def _require_current(connection: Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    _refuse_newer(version)
    if version < len(_scripts()):
        raise OlderSchema(
            f"The database is at version {version}, and this build works with {len(_scripts())}."
            " Start it once with this build, which brings it up to date."
        )


def _statements(script: str) -> Iterator[str]:
    """One statement at a time: executescript() would commit the transaction behind our back."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if complete_statement(pending):
            yield pending
            pending = ""
