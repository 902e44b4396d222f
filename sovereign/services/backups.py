"""Backing the database up while it is in use, and putting a backup into its place."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from sovereign.core import clock
from sovereign.core.errors import UserError
from sovereign.domain.audit import Entry
from sovereign.domain.permission import Actor
from sovereign.services import auditing
from sovereign.services.pipeline import Pipeline
from sovereign.services.setup import Setup
from sovereign.store import audit, backup
from sovereign.store.audit import Head
from sovereign.store.backup import Contents, Progress
from sovereign.store.database import opened
from sovereign.store.sqlite import Connection

BESIDE = ("-wal", "-shm")
"""What SQLite keeps beside a database: its log and the index of that. A log belongs to one file only."""

RESTORE = "store.restore"
"""What the audit calls it."""

_OURS = re.compile(r"sovereign-\d{8}-\d{6}\.db")


def place(to: Path | None, data: Path, at: datetime) -> Path:
    """The file that a backup goes to: `to`, or one named by the time in that folder or the usual one."""
    folder = data / "backups" if to is None else to
    return folder / f"sovereign-{at:%Y%m%d-%H%M%S}.db" if to is None or to.is_dir() else to


def back_up(database: Path, target: Path, configuration: Path | None, progress: Progress) -> Contents:
    """Make the backup, whole or not at all, readable for its owner alone; what is in it.

    The configuration's text goes beside it. Raises NoBackup and UserError.
    """
    if target.exists():
        raise UserError(f"{target} exists already; choose another name, or move it away.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return _back_up(database, target, configuration, progress)
    except OSError as error:
        raise UserError(f"{target} cannot be written: {(error.strerror or str(error)).lower()}.") from error


def _back_up(database: Path, target: Path, configuration: Path | None, progress: Progress) -> Contents:
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        _create(part)
        taken_at = backup.copy(database, part, progress)
        backup.stamp(part, taken_at)
        found = backup.contents(part)
        _flush(part)
        if configuration and configuration.is_file():
            beside = beside_of(target)
            _create(beside)
            beside.write_bytes(configuration.read_bytes())
            _flush(beside)
        part.rename(target)
        _flush(target.parent)
        return found
    finally:
        _forget(part)


def beside_of(target: Path) -> Path:
    """Where the configuration goes that belongs to a backup."""
    return target.with_suffix(".discovery.yml")


def prune(folder: Path, keep: int) -> Sequence[Path]:
    """Delete all but the newest `keep` backups that have the usual name; the deleted ones."""
    ours = sorted(path for path in folder.iterdir() if _OURS.fullmatch(path.name))
    for path in ours[:-keep]:
        path.unlink()
        beside_of(path).unlink(missing_ok=True)
    return ours[:-keep]


async def restore(source: Path, database: Path, setup: Callable[[], Setup], by: str = "") -> Path | None:
    """Put the backup into the place of `database`, which no process may have open; where the old one is now.

    The copy is made ready before anything is moved: brought to this build's schema, what it had accepted and
    not worked off is worked off by `setup()`, and what waits is marked as in doubt, for it may stand in
    Discord since. The audit goes on where the backup's ends; its next record says so, and who did it (`by`).
    Raises NoBackup and UserError.
    """
    found, before = backup.contents(source), backup.audit_head(database)
    part = database.with_name(f".{database.name}.restoring")
    try:
        _forget(part)
        _create(part)
        backup.copy(source, part)
        async with opened(part) as made:
            if found.unread:
                await Pipeline(made, setup(), lambda: None).drain()
            await made.write(lambda tx: backup.settle(tx, found.taken_at))
            await made.write(lambda tx: auditing.record(tx, _restored(tx, source, found, before, by)))
        return _replace(database, part)
    except OSError as error:
        raise UserError(
            f"{database} cannot be replaced: {(error.strerror or str(error)).lower()}."
        ) from error
    finally:
        _forget(part)


def _restored(tx: Connection, source: Path, found: Contents, before: Head | None, by: str) -> Entry:
    """What the audit says of a restore: where it goes on, and what it had before."""
    head = audit.head(tx)
    lost = f"; the database before had {before.seq} records" if before else ""
    return Entry(
        at=clock.now(),
        actor=Actor(id=0, name=by, roles=()) if by else None,
        action=RESTORE,
        subject=source.name,
        parameters={
            "taken_at": found.taken_at.isoformat() if found.taken_at else None,
            "records_before": before.seq if before else None,
            "last_hash_before": before.hash if before else None,
        },
        details=f"The audit goes on after record {head.seq} of the backup{lost}.",
    )


def _replace(database: Path, made: Path) -> Path | None:
    """Old log and index go with the old file: applied to the new one they would ruin it."""
    aside = database.with_name(f"{database.name}.before-restore-{clock.now():%Y%m%d-%H%M%S}")
    backup.fold(made)
    if existed := database.exists():
        backup.fold(database)
        _own(made, database)
    _flush(made)
    for end in BESIDE:
        if (log := _with(database, end)).exists():
            log.rename(_with(aside, end))
    if existed:
        try:
            aside.hardlink_to(database)  # so that at no moment there is none
        except OSError:
            database.rename(aside)
    made.replace(database)
    _flush(database.parent)
    return aside if existed else None


def _create(path: Path) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _own(path: Path, like: Path) -> None:
    """A restore by root must leave the file to whom it belonged."""
    shutil.copymode(like, path)
    with suppress(PermissionError):
        shutil.chown(path, like.stat().st_uid, like.stat().st_gid)


def _flush(path: Path) -> None:
    """Onto the disk; a folder too, whose names would otherwise be lost with the power."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _forget(path: Path) -> None:
    for end in ("", "-journal", *BESIDE):
        _with(path, end).unlink(missing_ok=True)


def _with(path: Path, end: str) -> Path:
    return path.with_name(path.name + end)
