"""The write path: what is committed, what is undone, and what a full disk does."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest

from sovereign.core import clock
from sovereign.core.errors import StoreFull, Unavailable
from sovereign.store import commits, database, facts
from sovereign.store.database import Database, NewerSchema, opened
from sovereign.store.sqlite import Connection, OperationalError
from tests.store.prepared import prepared


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Database]:
    async with opened(prepared(tmp_path / "s.db")) as it:
        yield it


def put(name: str, value: str = "x") -> Callable[[Connection], None]:
    return lambda tx: facts.put(tx, name, value)


async def test_what_write_returned_from_is_there_for_every_reader(store: Database) -> None:
    await store.write(put("a", "1"))
    assert await store.read(lambda tx: facts.get(tx, "a")) == "1"


async def test_many_waiting_transactions_share_commits_and_each_gets_its_own_answer(store: Database) -> None:
    def named(number: int) -> Callable[[Connection], int]:
        def work(tx: Connection) -> int:
            facts.put(tx, f"n{number}", "x")
            return number

        return work

    assert await asyncio.gather(*(store.write(named(n)) for n in range(600))) == list(range(600))
    count = await store.read(lambda tx: tx.execute("SELECT COUNT(*) FROM facts").fetchone()[0])
    assert count == 600


async def test_a_transaction_that_raises_is_undone_alone(store: Database) -> None:
    def broken(tx: Connection) -> None:
        facts.put(tx, "broken", "x")
        raise ValueError("on purpose")

    results = await asyncio.gather(
        store.write(put("before")), store.write(broken), store.write(put("after")), return_exceptions=True
    )
    assert isinstance(results[1], ValueError)
    names = await store.read(lambda tx: [row["name"] for row in tx.execute("SELECT name FROM facts")])
    assert sorted(names) == ["after", "before"]


async def test_a_cancelled_caller_leaves_nothing_half_written(store: Database) -> None:
    def two(tx: Connection) -> None:
        facts.put(tx, "one", "x")
        facts.put(tx, "two", "x")

    task = asyncio.ensure_future(store.write(two))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await store.write(put("later"))
    names = await store.read(lambda tx: {row["name"] for row in tx.execute("SELECT name FROM facts")})
    assert names in ({"later"}, {"one", "two", "later"})


async def test_a_full_disk_is_said_and_room_made_later_is_used_without_a_restart(store: Database) -> None:
    pages = await store.write(lambda tx: tx.execute("PRAGMA page_count").fetchone()[0])
    await store._writer.execute(f"PRAGMA max_page_count = {pages + 2}")
    results = await asyncio.gather(
        *(store.write(put(f"big{n}", "x" * 20_000)) for n in range(4)), return_exceptions=True
    )
    assert all(isinstance(result, StoreFull) for result in results)
    await store._writer.execute("PRAGMA max_page_count = 1000000")
    await store.write(put("small"))
    assert await store.read(lambda tx: facts.get(tx, "small")) == "x"


async def test_too_many_waiting_transactions_are_refused_and_not_queued_without_end(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commits, "LONGEST_QUEUE", 3)
    gate = threading.Event()
    slow = asyncio.ensure_future(store.write(lambda _: gate.wait(5)))
    await asyncio.sleep(0.05)
    waiting = [asyncio.ensure_future(store.write(put(f"n{n}"))) for n in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable, match="3 transactions"):
        await store.write(put("one too many"))
    gate.set()
    await asyncio.gather(slow, *waiting)


async def test_a_database_of_a_newer_build_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(NewerSchema, match="version 999"):
        async with opened(path):
            pass


async def test_a_migration_that_fails_half_way_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_statements", lambda _: iter(["CREATE TABLE a (x)", "CREATE TABLE a (x)"]))
    with pytest.raises(OperationalError):
        async with opened(tmp_path / "s.db"):
            pass
    with sqlite3.connect(tmp_path / "s.db") as connection:
        assert connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone() == (0,)
    connection.close()


async def test_readers_cannot_write(store: Database) -> None:
    with pytest.raises(OperationalError):
        await store.read(put("a"))


async def test_a_write_to_a_closed_store_is_refused_and_does_not_wait_for_ever(tmp_path: Path) -> None:
    async with opened(tmp_path / "s.db") as store:
        await store.write(put("a"))
    with pytest.raises(Unavailable, match="closed"):
        await asyncio.wait_for(store.write(put("b")), 5)


async def test_it_is_crowded_while_many_come_at_once_and_not_long_after(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def same(tx: Connection, names: Sequence[str]) -> Sequence[str]:
        return names

    waiting = [asyncio.ensure_future(store.keep(same, str(number))) for number in range(20)]
    await asyncio.sleep(0)
    assert store.crowded
    assert await asyncio.gather(*waiting) == [str(number) for number in range(20)]
    assert store.crowded, "the next ones are on their way"
    monkeypatch.setattr(clock, "monotonic", lambda: time.monotonic() + commits.CALM)
    assert not store.crowded
