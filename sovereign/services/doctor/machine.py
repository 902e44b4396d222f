"""Checks of the machine: the data folder, the database in it, SQLite, Python and the process's limits."""

from __future__ import annotations

import os
import platform
import resource
import shutil
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sovereign.services.doctor.findings import Check, Finding, Group
from sovereign.store import inspection, sqlite
from sovereign.store.inspection import Unreadable, Unsound

FOLDER = Check(Group.MACHINE, "Data folder")
DISK = Check(Group.MACHINE, "Disk")
DATABASE = Check(Group.MACHINE, "Database")
SQLITE = Check(Group.MACHINE, "SQLite")
PYTHON = Check(Group.MACHINE, "Python")
PARTS = Check(Group.MACHINE, "Optional parts")
FILES = Check(Group.MACHINE, "Open files")
USER = Check(Group.MACHINE, "User")

MIB = 2**20
LITTLE, TOO_LITTLE = 1024 * MIB, 100 * MIB
FEW_FILES = 1024
"""Every sender's connection is an open file, and a busy hour has hundreds."""
OPTIONAL = (
    ("pysqlite3-binary", "SQLite with extensions, where Python's own has none"),
    ("boto3", "CloudWatch as a sink of the audit"),
)
"""Packages that the product can do without, and what each is for."""


def folder(data: Path) -> Finding:
    """A file is really written: permissions alone say nothing of a read-only mount or of root."""
    try:
        there = _nearest(data)
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b"\0")
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        return FOLDER.error(
            f"{data} cannot be written ({why}).",
            "Give the user that runs Sovereign the right to write there, or name another folder with --data.",
        )
    return FOLDER.ok(f"{data} can be written." if there == data else f"{data} can be made in {there}.")


def disk(data: Path) -> Finding:
    try:
        free = shutil.disk_usage(_nearest(data)).free
    except OSError as error:
        return DISK.error(f"The free space cannot be told ({error.strerror}).", "Look at the mount.")
    said = f"{free / MIB / 1024:.1f} GiB are free."
    if free < TOO_LITTLE:
        return DISK.error(said, "Make room now: what cannot be stored is refused, and senders give up.")
    if free < LITTLE:
        return DISK.warning(said, "Make room: under 1 GiB a storm of alerts can fill it.")
    return DISK.ok(said)


async def database(path: Path) -> Finding:
    """It is only read; a newer build migrates it when it starts."""
    try:
        found = await inspection.inspect(path)
    except FileNotFoundError:
        return DATABASE.skipped(f"{path} is made at the first start.")
    except Unreadable as shut:
        return DATABASE.error(f"{path}: {shut}.", "Look at who may read and write that file and its folder.")
    except Unsound as unsound:
        return DATABASE.error(f"{path}: {unsound}.", "Stop Sovereign, and restore a backup.")
    size = f"{path}: {found.size / MIB:.1f} MiB" if found.size >= MIB else f"{path}: {found.size // 1024} KiB"
    if found.version > found.newest:
        return DATABASE.error(
            f"{size}, of a newer build (version {found.version}; this one knows {found.newest}).",
            "Run the newer build, or restore a backup.",
        )
    behind = f"; the next start brings it to {found.newest}" if found.version < found.newest else ""
    if not found.checked:
        return DATABASE.skipped(f"{size}, version {found.version}{behind}; too large to check now.")
    return DATABASE.ok(f"{size}, sound, version {found.version}{behind}.")


def surroundings() -> Iterator[Finding]:
    """SQLite, Python, optional parts, limits and the user."""
    yield _sqlite()
    yield PYTHON.ok(f"{platform.python_implementation()} {platform.python_version()}, {platform.platform()}.")
    yield _parts()
    yield _files()
    if os.geteuid() == 0:
        yield USER.warning("This runs as root, which Sovereign never needs.", "Make a user for it.")
    else:
        yield USER.ok("Not root.")


def _sqlite() -> Finding:
    said = f"{sqlite.VERSION} by {sqlite.DRIVER_NAME}"
    if sqlite.driver.sqlite_version_info < sqlite.MINIMUM:
        oldest = ".".join(map(str, sqlite.MINIMUM))
        return SQLITE.error(f"{said} is older than {oldest}.", "Install a newer Python, or pysqlite3-binary.")
    if not inspection.extensions_load():
        return SQLITE.warning(
            f"{said} cannot load extensions, which search will need.", "Install pysqlite3-binary."
        )
    return SQLITE.ok(f"{said}; extensions load.")


def _parts() -> Finding:
    there, missing = [], []
    for package, purpose in OPTIONAL:
        try:
            there.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            missing.append(f"{package} ({purpose})")
    said = f"Installed: {', '.join(there) or 'none'}; not installed: {', '.join(missing) or 'none'}."
    return PARTS.ok(said)


def _files() -> Finding:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= FEW_FILES:
        return FILES.ok(f"Up to {'any number' if soft == resource.RLIM_INFINITY else soft} at once.")
    return FILES.warning(f"Only {soft} at once.", f"Raise it: ulimit -n {min(hard, 4 * FEW_FILES)}")


def _nearest(data: Path) -> Path:
    """The folder itself, or the nearest one above it that exists."""
    return next((one for one in (data, *data.absolute().parents) if one.exists()), data)
