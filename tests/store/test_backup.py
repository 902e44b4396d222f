"""Backups and restores of the file: whole, checked, private, and never mixed with what was there before."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner, Result

from sovereign.cli.main import app
from sovereign.core import clock
from sovereign.core.errors import UserError
from sovereign.core.lockfile import AlreadyLocked, locked
from sovereign.services import backups
from sovereign.services.setup import Setup
from sovereign.store import backup, deliveries, facts
from sovereign.store.backup import NoBackup, contents
from sovereign.store.database import Database, migrate, opened
from sovereign.store.deliveries import NewDelivery
from sovereign.store.inspection import newest_version
from sovereign.store.outbox import Intent, add
from sovereign.store.sqlite import Connection, driver

NAME = "sovereign.db"


def run(*arguments: str | Path) -> Result:
    try:
        return CliRunner().invoke(app, [*map(str, arguments)])
    finally:
        structlog.reset_defaults()  # a command sets the log up for its process, which here has other tests


def no_setup() -> Setup:
    raise AssertionError("nothing was left unread")


def delivery(number: int, size: int = 0) -> NewDelivery:
    return NewDelivery(
        endpoint="generic",
        source="generic",
        idempotency=f"d{number}",
        group=None,
        window=None,
        verdict="verified",
        headers={},
        body=os.urandom(size),
        received_at=clock.now(),
    )


def keep(tx: Connection, number: int, size: int = 500) -> None:
    """One delivery that is worked off, as the gateway keeps it, and a fact of the same number with it."""
    given = deliveries.add(tx, delivery(number, size))
    assert given is not None
    deliveries.mark(tx, [(given, "ingested", None)])
    facts.put(tx, f"n{number}", str(given))


def filled(path: Path, *numbers: int) -> None:
    async def fill() -> None:
        async with opened(path) as database:
            for number in numbers:
                await database.write(partial(keep, number=number))

    asyncio.run(fill())


def restored(source: Path, database: Path) -> Path | None:
    return asyncio.run(backups.restore(source, database, no_setup))


@contextmanager
def connected(path: Path) -> Iterator[Connection]:
    with closing(driver.connect(path, isolation_level=None)) as connection:
        connection.row_factory = driver.Row
        yield connection


def kept(path: Path) -> list[str]:
    with connected(path) as connection:
        return [row["idempotency"] for row in connection.execute("SELECT * FROM deliveries ORDER BY id")]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Database]:
    async with opened(tmp_path / NAME) as database:
        yield database


async def test_a_copy_taken_under_load_shows_one_moment_and_keeps_nobody_from_writing(
    store: Database, tmp_path: Path
) -> None:
    for number in range(1, 500):
        await store.write(partial(keep, number=-number, size=20_000))
    stopping, written, slowest = asyncio.Event(), 0, 0.0

    async def write() -> None:
        nonlocal written, slowest
        while not stopping.is_set():
            began = clock.monotonic()
            await store.write(partial(keep, number=written))
            slowest, written = max(slowest, clock.monotonic() - began), written + 1

    writing, steps = asyncio.ensure_future(write()), []
    await asyncio.sleep(0.05)
    before = written
    copied = partial(backup.copy, tmp_path / NAME, tmp_path / "copy", lambda done, _: steps.append(written))
    await asyncio.to_thread(copied)
    stopping.set()
    await writing
    found = contents(tmp_path / "copy", thoroughly=True)
    assert before <= found.deliveries - 499 <= steps[0] + 1, "the moment is that of the start"
    assert steps[-1] > steps[0], "others wrote while it was copied"
    assert slowest < 2
    with connected(tmp_path / "copy") as copy:
        pairs = copy.execute(
            "SELECT (SELECT COUNT(*) FROM deliveries) - (SELECT COUNT(*) FROM facts WHERE name LIKE 'n%')"
        )
        assert pairs.fetchone()[0] == 0, "no transaction is in it by half"


def test_a_backup_is_one_private_file_that_says_what_is_in_it(tmp_path: Path) -> None:
    filled(tmp_path / NAME, 1, 2)
    (tmp_path / "d.yml").write_text("org: {name: Acme}\n", encoding="utf-8")
    result = run("backup", "--data", tmp_path, "--config", tmp_path / "d.yml", "--json")
    told = json.loads(result.stdout)
    path = Path(told["path"])
    assert path.parent == tmp_path / "backups"
    assert (told["deliveries"], told["incidents"], told["size"]) == (2, 0, path.stat().st_size)
    beside = path.with_suffix(".discovery.yml")
    assert sorted(path.parent.iterdir()) == sorted([path, beside])
    assert beside.read_text(encoding="utf-8") == "org: {name: Acme}\n"
    assert {stat.S_IMODE(each.stat().st_mode) for each in (path, beside)} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert abs(clock.now() - (contents(path).taken_at or clock.EPOCH)) < timedelta(minutes=1)


def test_a_backup_never_overwrites_and_a_failed_one_leaves_nothing(tmp_path: Path) -> None:
    there = tmp_path / "there.db"
    there.write_text("precious", encoding="utf-8")
    assert run("backup", there, "--data", tmp_path).exit_code == 1
    assert there.read_text(encoding="utf-8") == "precious"
    folder = tmp_path / "to"
    folder.mkdir()
    assert isinstance(run("backup", folder, "--data", tmp_path / "nothing").exception, NoBackup)
    (tmp_path / NAME).write_bytes(b"SQLite format 3\0" + bytes(5000))
    assert isinstance(run("backup", folder, "--data", tmp_path).exception, NoBackup)
    assert [*folder.iterdir()] == []


def test_keep_deletes_the_oldest_backups_of_ours_and_nothing_else(tmp_path: Path) -> None:
    filled(tmp_path / NAME, 1)
    folder = tmp_path / "backups"
    folder.mkdir()
    others = ["notes.txt", "sovereign-20200101-000000.db.gz", "before-the-move.db", "sovereign-old.db"]
    for name in [
        *others,
        *(f"sovereign-2020010{day}-000000{end}" for day in (1, 2) for end in (".db", ".discovery.yml")),
    ]:
        (folder / name).write_text("x", encoding="utf-8")
    result = json.loads(run("backup", "--data", tmp_path, "--keep", "2", "--json").stdout)
    assert result["pruned"] == [str(folder / "sovereign-20200101-000000.db")]
    left = {each.name for each in folder.iterdir()}
    assert left >= {*others, "sovereign-20200102-000000.db", "sovereign-20200102-000000.discovery.yml"}
    assert "sovereign-20200101-000000.discovery.yml" not in left


KILLED = """
import os, sys
from sovereign.store.sqlite import driver
it = driver.connect(sys.argv[1], isolation_level=None)
it.execute("PRAGMA wal_autocheckpoint=0")
it.execute("INSERT INTO facts VALUES ('late', 'x')")
it.execute("UPDATE deliveries SET idempotency = 'changed'")
os._exit(0)
"""


def test_nothing_of_the_old_log_gets_into_a_restored_database(tmp_path: Path) -> None:
    """A process that was killed leaves a log beside its database, which fits that database alone."""
    path = tmp_path / NAME
    filled(path, 1)
    backup.copy(path, tmp_path / "b.db")
    subprocess.run([sys.executable, "-c", KILLED, str(path)], check=True)
    assert path.with_name(NAME + "-wal").stat().st_size > 0
    aside = restored(tmp_path / "b.db", path)
    assert kept(path) == ["d1"]
    assert backup.remembered(path, "late") is None
    assert contents(path, thoroughly=True).deliveries == 1
    assert aside is not None
    assert (kept(aside), backup.remembered(aside, "late")) == (["changed"], "x"), "the old one is whole"


def test_a_log_that_somebody_still_reads_goes_aside_with_its_database(tmp_path: Path) -> None:
    path = tmp_path / NAME
    filled(path, 1)
    backup.copy(path, tmp_path / "b.db")
    with connected(path) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM facts").fetchall()
        filled(path, 2)
        assert path.with_name(NAME + "-wal").stat().st_size > 0
        aside = restored(tmp_path / "b.db", path)
        assert aside is not None
        assert aside.with_name(aside.name + "-wal").stat().st_size > 0
    assert (kept(path), kept(aside)) == (["d1"], ["d1", "d2"])


def test_a_damaged_database_is_replaced_and_kept(tmp_path: Path) -> None:
    path = tmp_path / NAME
    filled(path, 1)
    backup.copy(path, tmp_path / "b.db")
    path.write_bytes(b"not a database at all" * 500)
    result = run("restore", tmp_path / "b.db", "--data", tmp_path, "--yes")
    assert "it cannot be read" in result.stdout
    (aside,) = tmp_path.glob("*.before-restore-??????????????[0-9]")
    assert aside.read_bytes() == b"not a database at all" * 500
    assert kept(path) == ["d1"]


def damaged(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(os.urandom(4096 * 4))


def newer(path: Path) -> None:
    with connected(path) as connection:
        connection.execute("PRAGMA user_version = 999")


def strange(path: Path) -> None:
    path.unlink()
    with connected(path) as connection:
        connection.execute("CREATE TABLE facts (name, value)")


def cut_short(path: Path) -> None:
    os.truncate(path, 4096 * 5)


@pytest.mark.parametrize(
    "fault", [damaged, newer, strange, cut_short, Path.unlink, lambda it: it.write_text("x" * 99)]
)
def test_a_file_that_is_no_sound_backup_is_refused_and_changes_nothing(fault: Any, tmp_path: Path) -> None:
    path, copy = tmp_path / NAME, tmp_path / "b.db"
    filled(path, *range(20))
    backup.copy(path, copy)
    fault(copy)
    before = sorted(tmp_path.iterdir())
    refused = run("restore", copy, "--data", tmp_path, "--yes").exception
    assert isinstance(refused, NoBackup)
    assert str(copy) in refused.public
    assert sorted(each for each in tmp_path.iterdir() if each.name != "sovereign.lock") == before
    assert len(kept(path)) == 20


def test_restoring_is_refused_while_a_process_runs_and_where_nobody_can_be_asked(
    tmp_path: Path,
) -> None:
    filled(tmp_path / NAME, 1)
    backup.copy(tmp_path / NAME, tmp_path / "b.db")
    filled(tmp_path / NAME, 2)
    with locked(tmp_path / "sovereign.lock", {"gateway": "http://127.0.0.1:1"}):
        assert isinstance(
            run("restore", tmp_path / "b.db", "--data", tmp_path, "--yes").exception, AlreadyLocked
        )
    unasked = run("restore", tmp_path / "b.db", "--data", tmp_path)
    assert isinstance(unasked.exception, UserError)
    assert "--yes" in unasked.exception.public
    itself = run("restore", tmp_path / NAME, "--data", tmp_path, "--yes").exception
    assert isinstance(itself, UserError)
    assert kept(tmp_path / NAME) == ["d1", "d2"]
    done = run("restore", tmp_path / "b.db", "--data", tmp_path, "--yes")
    assert done.exit_code == 0
    assert "1 delivery," in done.stdout
    assert "2 deliveries," in done.stdout
    assert "gone" in done.stdout
    assert kept(tmp_path / NAME) == ["d1"]


def test_a_backup_is_restored_into_an_empty_folder_too(tmp_path: Path) -> None:
    filled(tmp_path / NAME, 1)
    backup.copy(tmp_path / NAME, tmp_path / "b.db")
    assert run("restore", tmp_path / "b.db", "--data", tmp_path / "new", "--yes").exit_code == 0
    assert kept(tmp_path / "new" / NAME) == ["d1"]


def test_a_backup_of_an_older_build_is_brought_to_this_one(tmp_path: Path) -> None:
    scripts = sorted((Path(backup.__file__).parent / "migrations").glob("0001_*.sql"))
    with connected(tmp_path / "old.db") as connection:
        connection.executescript(scripts[0].read_text(encoding="utf-8"))
        connection.execute("PRAGMA user_version = 1")
    restored(tmp_path / "old.db", tmp_path / NAME)
    filled(tmp_path / NAME, 1)
    assert contents(tmp_path / NAME).version == newest_version()


def test_a_restore_that_fails_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path / NAME, 1)
    backup.copy(tmp_path / NAME, tmp_path / "b.db")
    filled(tmp_path / NAME, 2)
    before = sorted(tmp_path.iterdir())

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match="no space left"):
        restored(tmp_path / "b.db", tmp_path / NAME)
    assert sorted(tmp_path.iterdir()) == before
    assert kept(tmp_path / NAME) == ["d1", "d2"]


async def test_what_waits_is_in_doubt_since_the_backup_and_what_was_tried_before_since_then(
    store: Database, tmp_path: Path
) -> None:
    def fill(tx: Connection) -> None:
        for number, op in enumerate(("post", "post", "line", "edit", "post")):
            intent = Intent(
                key=f"k{number}", ref="r", op=op, channel="c", conversation_id=None, priority=0, payload={}
            )
            add(tx, intent, clock.EPOCH)
        tx.execute("UPDATE outbox SET attempted_at = 7, attempts = 3 WHERE key = 'k1'")
        tx.execute("UPDATE outbox SET state = 'done' WHERE key = 'k4'")
        backup.settle(tx, clock.from_micros(500))

    await store.write(fill)
    rows = await store.read(
        lambda tx: tx.execute("SELECT attempted_at, attempts, batch FROM outbox ORDER BY id").fetchall()
    )
    assert [tuple(row) for row in rows] == [
        (500, 1, None),
        (7, 3, None),
        (500, 1, 3),
        (None, 0, None),
        (None, 0, None),
    ]


def test_what_was_accepted_and_not_worked_off_is_worked_off_and_then_in_doubt_too(tmp_path: Path) -> None:
    """Its message may stand already; made by a later start, it would not be looked for."""
    with connected(tmp_path / NAME) as tx:
        migrate(tx)
        new = replace(delivery(1), body=b'{"title": "disk full"}')
        deliveries.add(tx, new)
    backup.copy(tmp_path / NAME, tmp_path / "b.db")
    backup.stamp(tmp_path / "b.db", clock.from_micros(500))
    assert run("restore", tmp_path / "b.db", "--data", tmp_path / "new", "--yes").exit_code == 0
    found = contents(tmp_path / "new" / NAME)
    assert (found.unread, found.waiting, found.taken_at) == (0, 1, None)
    with connected(tmp_path / "new" / NAME) as tx:
        assert tx.execute("SELECT attempted_at FROM outbox").fetchone()["attempted_at"] == 500


def test_the_copy_of_a_running_database_by_hand_is_what_a_backup_is_for(tmp_path: Path) -> None:
    """A bare copy of the file misses what is in the log; the backup does not."""
    with connected(tmp_path / NAME) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(
            sorted((Path(backup.__file__).parent / "migrations").glob("0001_*.sql"))[0].read_text(
                encoding="utf-8"
            )
        )
        shutil.copy(tmp_path / NAME, tmp_path / "bare.db")
        backup.copy(tmp_path / NAME, tmp_path / "b.db")
        connection.execute("PRAGMA wal_checkpoint")
    with pytest.raises(NoBackup):
        contents(tmp_path / "bare.db")
    assert contents(tmp_path / "b.db").deliveries == 0
