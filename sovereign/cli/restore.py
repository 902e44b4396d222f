"""`sovereign restore`: puts a backup into the database's place, and keeps what was there."""

from __future__ import annotations

import asyncio
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from sovereign.app.folder import DATABASE, LOCK
from sovereign.cli._process import configured, operator
from sovereign.cli._telling import described
from sovereign.core import log
from sovereign.core.errors import UserError
from sovereign.core.lockfile import locked
from sovereign.core.settings import Settings, read_settings
from sovereign.services import backups
from sovereign.services.setup import Setup, setup
from sovereign.store.backup import Contents, NoBackup, audit_head, contents


def restore(
    source: Annotated[Path, typer.Argument(metavar="FROM", help="The backup to restore.")],
    data: Annotated[Path | None, typer.Option(help="Folder of the database.")] = None,
    config: Annotated[Path | None, typer.Option(help="Path of discovery.yml.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Replace the database by a backup. The product must not run; the old database is kept aside."""
    settings = read_settings(data=data, config=config)
    log.set_up("warning", settings.log_format)
    database = settings.data / DATABASE
    if database.exists() and source.exists() and source.samefile(database):
        raise UserError(f"{source} is the database itself.")
    found = contents(source, thoroughly=True)
    with locked(settings.data / LOCK):
        _show(source, found, database)
        if not yes:
            _ask()
        had, has = audit_head(database), audit_head(source)
        aside = asyncio.run(backups.restore(source, database, lambda: _setup(settings), operator()))
    typer.echo(f"Restored {database}.")
    if had and has and had.seq > has.seq:
        typer.echo(
            f"The audit goes on after record {has.seq}, and says so. Records up to {had.seq} are in"
            " the old database alone; checkpoints of them that stand outside do not fit any more."
        )
    if aside:
        typer.echo(f"The old database is kept as {aside}; delete it when you are sure.")
    typer.echo(f"Start it with: sovereign run --data {shlex.quote(str(settings.data))}")


def _show(source: Path, found: Contents, database: Path) -> None:
    typer.echo(f"From  {source}: {described(found)}")
    typer.echo(f"To    {database}: {_present(database)}")
    since = f"{found.taken_at:%Y-%m-%d %H:%M:%S} UTC" if found.taken_at else "the backup was taken"
    typer.echo(
        f"Deliveries that were accepted after {since} are gone from the database then; their messages stay in"
        " Discord and are no longer followed. Messages that waited are looked for before they are posted."
    )


def _present(database: Path) -> str:
    if not database.exists():
        return "there is none"
    try:
        return described(contents(database))
    except NoBackup as problem:
        return f"it cannot be read; {problem.public}"


def _ask() -> None:
    if not sys.stdin.isatty():
        raise UserError("Restoring replaces the database. Nobody can be asked here: say --yes.")
    if not typer.confirm("Replace the database?"):
        raise UserError("Nothing was changed.")


def _setup(settings: Settings) -> Setup:
    discovery, secrets = configured(settings)
    return setup(discovery, secrets)
