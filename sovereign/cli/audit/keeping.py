"""`sovereign audit checkpoint | settle | key`: sign now, say what came of an intent, look at the key."""

from __future__ import annotations

import asyncio
import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sovereign.cli._process import operator
from sovereign.cli.audit._shared import AsJson, Data, key_at_hand, visiting
from sovereign.core import signing
from sovereign.core.errors import UserError
from sovereign.core.settings import read_settings
from sovereign.domain.audit import Result
from sovereign.domain.permission import Actor
from sovereign.services import auditing, checkpoints
from sovereign.services.checkpoints import usual_key
from sovereign.services.seeking import LARGEST
from sovereign.store import checkpoints as store
from sovereign.store.database import Database


class Outcome(StrEnum):
    """What may have come of an intent."""

    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


def checkpoint(data: Data = None) -> None:
    """Sign now what there is, and print the newest checkpoint, to be kept elsewhere."""
    settings = read_settings(data=data)

    async def signed(database: Database) -> str | None:
        key = key_at_hand(settings)
        if key is None:
            raise UserError(
                f"There is no signing key in {settings.data}, and SOVEREIGN_AUDIT_KEY names none."
            )
        await checkpoints.make(database, key)
        kept = await database.read(store.newest)
        return kept.note if kept else None

    note = asyncio.run(visiting(settings, signed))
    if note is None:
        raise UserError("There is no record to be signed yet.")
    typer.echo(note, nl=False)


def settle(
    record: Annotated[int, typer.Argument(min=1, max=LARGEST, help="Number of the intent.")],
    outcome: Annotated[Outcome, typer.Argument(help="What came of it.")],
    details: Annotated[str, typer.Argument(help="How you know.")],
    data: Data = None,
) -> None:
    """Say what came of an effect outside that was begun and of which nobody knows how it ended."""
    by = Actor(id=0, name=operator(), roles=())
    result = Result(outcome.value)

    async def settled(database: Database) -> int:
        return await database.write(lambda tx: auditing.settle(tx, record, result, details, by))

    seq = asyncio.run(visiting(read_settings(data=data), settled))
    typer.echo(f"Record {seq} says that intent {record} is {outcome}.")


def key(
    create: Annotated[
        Path | None, typer.Option(help="Make a new key in this file, and print that one.")
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Print the public key that others check the audit with."""
    settings = read_settings(data=data)
    path = create or settings.audit_key or usual_key(settings.data)
    if create is None and settings.audit_key is None and not path.exists():
        raise UserError(f"There is no signing key {path} yet; the first start makes it.")
    made = signing.create(path) if create else signing.load(path)
    if as_json:
        typer.echo(json.dumps({"public": made.public.hex(), "path": str(path)}))
        return
    typer.echo(made.public.hex())
    typer.echo(f"The private key is {path}. To sign with it: SOVEREIGN_AUDIT_KEY={path}", err=True)
