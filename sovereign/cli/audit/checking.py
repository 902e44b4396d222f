"""`sovereign audit verify | export | prove`: is it whole, and how others can tell."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from sovereign.app.folder import DATABASE
from sovereign.cli._telling import count, progress
from sovereign.cli.audit._shared import AsJson, Data, Keys, key_at_hand, trusted, visiting, writing
from sovereign.cli.audit._verdicts import note_in, tell, text_of
from sovereign.core.errors import UserError
from sovereign.core.settings import Settings, read_settings
from sovereign.services import checkpoints, evidence
from sovereign.services.evidence import Verdict
from sovereign.services.seeking import LARGEST
from sovereign.store.database import Database


def verify(
    export: Annotated[Path | None, typer.Option(help="Check this export instead of the database.")] = None,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(help="File with a checkpoint from elsewhere that must fit; repeatable."),
    ] = None,
    key: Keys = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Check every record and every checkpoint. Exits with 1 where something is wrong, and says what."""
    settings = read_settings(data=data)
    keys, given = trusted(settings, key), [note_in(path) for path in checkpoint or ()]
    if export is not None and given:
        raise UserError("An export has its own checkpoints: give --checkpoint or --export, and not both.")
    if export is not None:
        verdict = _exported(export, keys)
    else:
        with progress("Checking") as looked:
            verdict = asyncio.run(
                visiting(settings, partial(evidence.verify, keys=keys, given=given, progress=looked))
            )
    if as_json:
        typer.echo(json.dumps(asdict(verdict) | {"whole": not verdict.faults}, default=str))
    else:
        tell(verdict, str(export or settings.data / DATABASE))
    raise typer.Exit(1 if verdict.faults else 0)


def export(
    to: Annotated[Path | None, typer.Argument(help="File to make; standard output unless given.")] = None,
    data: Data = None,
) -> None:
    """Write every signed record in the form of docs/audit.md, which tools/verify_audit.py checks.

    Where the signing key is at hand, a checkpoint is made first, so that none is left out.
    """
    settings = read_settings(data=data)

    async def written(database: Database) -> tuple[int, int]:
        await _sign(database, settings)
        with writing(to) as write, progress("Exporting") as looked:
            return await evidence.export(database, write, looked)

    done, left = asyncio.run(visiting(settings, written))
    rest = (
        f" {count(left, 'newer one is', 'newer ones are')} signed by nobody yet, and left out."
        if left
        else ""
    )
    typer.echo(f"Exported {count(done, 'record', 'records')}.{rest}", err=True)


def prove(
    record: Annotated[int | None, typer.Argument(min=1, max=LARGEST, help="Number of the record.")] = None,
    earlier: Annotated[
        Path | None,
        typer.Option("--from", help="File with an earlier checkpoint: that the log goes on from it."),
    ] = None,
    to: Annotated[Path | None, typer.Option(help="File to make; standard output unless given.")] = None,
    data: Data = None,
) -> None:
    """Write a proof that others can check: of one record, or that the log goes on from a checkpoint."""
    if (record is None) == (earlier is None):
        raise typer.BadParameter("Name a record, or an earlier checkpoint with --from, and not both.")
    settings = read_settings(data=data)

    async def proved(database: Database) -> str:
        await _sign(database, settings)
        if record is not None:
            return await evidence.prove(database, record)
        return await evidence.prove_consistency(database, text_of(earlier) if earlier else "")

    proof = asyncio.run(visiting(settings, proved))
    with writing(to) as write:
        write(proof + "\n")


async def _sign(database: Database, settings: Settings) -> None:
    key = key_at_hand(settings)
    if key is not None:
        await checkpoints.make(database, key)


def _exported(path: Path, keys: Sequence[bytes]) -> Verdict:
    try:
        with path.open("rb") as file, progress("Checking") as looked:
            return evidence.verify_export(file, keys, looked)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from error
