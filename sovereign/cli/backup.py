"""`sovereign backup`: a consistent copy of the database, taken while the product runs."""

from __future__ import annotations

import json
import shlex
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from sovereign.app.folder import DATABASE
from sovereign.cli._telling import count, described, progress
from sovereign.config.loader import USUAL
from sovereign.core import clock
from sovereign.core.settings import read_settings
from sovereign.services import backups


def backup(
    to: Annotated[
        Path | None, typer.Argument(help="File or folder; usually the folder `backups` of the data folder.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of the database.")] = None,
    config: Annotated[Path | None, typer.Option(help="discovery.yml, copied beside the backup.")] = None,
    keep: Annotated[
        int | None, typer.Option(min=1, help="Delete older backups of that folder, beyond so many.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")] = False,
) -> None:
    """Copy the database while it is in use, check the copy, and say what is in it."""
    settings = read_settings(data=data, config=config)
    began = clock.monotonic()
    target = backups.place(to, settings.data, clock.now())
    with progress() as copied:
        found = backups.back_up(settings.data / DATABASE, target, settings.config or USUAL, copied)
    pruned = backups.prune(target.parent, keep) if keep else ()
    seconds = round(clock.monotonic() - began, 2)
    if as_json:
        facts = {"path": target, "seconds": seconds, **asdict(found), "pruned": pruned}
        typer.echo(json.dumps(facts, default=_plain))
        return
    typer.echo(f"{target}: {described(found)}; {seconds} s")
    if pruned:
        typer.echo(f"Deleted {count(len(pruned), 'older backup', 'older backups')}.")
    typer.echo(f"Restore it with: sovereign restore {shlex.quote(str(target))} --data {settings.data}")


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
