"""`sovereign deliveries list | show | replay`: what came in, and what became of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from sovereign.app import DATABASE, gateway_of
from sovereign.cli._process import operator
from sovereign.core.settings import Settings, read_settings
from sovereign.services import deliveries as service
from sovereign.services.deliveries import Details
from sovereign.services.seeking import LARGEST
from sovereign.store import deliveries as store
from sovereign.store.database import visited
from sovereign.store.deliveries import Sought, Summary
from sovereign.store.sqlite import Connection

T = TypeVar("T")

Data = Annotated[Path | None, typer.Option(help="Folder of the database.")]


class Kept(StrEnum):
    """States of a delivery."""

    RECEIVED = "received"
    INGESTED = "ingested"
    UNPARSED = "unparsed"
    QUARANTINED = "quarantined"


class Failed(StrEnum):
    """States of those that could not be worked off."""

    UNPARSED = "unparsed"
    QUARANTINED = "quarantined"


Number = Annotated[int, typer.Argument(min=1, max=LARGEST)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead.")]

deliveries = typer.Typer(help="What senders sent, and what became of it.", no_args_is_help=True)


@deliveries.command("list")
def list_deliveries(
    state: Annotated[Kept | None, typer.Option(help="Only those in this state.")] = None,
    endpoint: Annotated[str | None, typer.Option(help="Name of the endpoint.")] = None,
    before: Annotated[
        int | None, typer.Option(min=1, max=LARGEST, help="Only those older than this number.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """List deliveries, newest first."""
    sought = Sought(state=state, endpoint=endpoint, before=before)
    found = _read(read_settings(data=data), lambda tx: store.recent(tx, sought, limit))
    if as_json:
        typer.echo(json.dumps([_row(one) for one in found]))
        return
    table = Table(*("Id", "Received", "Endpoint", "State", "Bytes", "Events", "First event"), box=None)
    for one in found:
        cells = (one.id, _when(one), one.endpoint, one.state, one.size, one.events, one.title or one.problem)
        table.add_row(*("" if cell is None else str(cell).strip().rpartition("\n")[2] for cell in cells))
    Console().print(table) if found else typer.echo("No such deliveries.")


@deliveries.command("show")
def show(delivery: Number, data: Data = None, as_json: Json = False) -> None:
    """Print one delivery as it came, the events that it made, and where they went."""
    found = _read(read_settings(data=data), lambda tx: service.details(tx, delivery))
    typer.echo(json.dumps(_facts(found), indent=None if as_json else 2, ensure_ascii=False))


@deliveries.command("replay")
def replay(
    numbers: Annotated[list[int] | None, typer.Argument(metavar="[ID]...", min=1, max=LARGEST)] = None,
    state: Annotated[Failed | None, typer.Option(help="All in this state.")] = None,
    data: Data = None,
) -> None:
    """Work deliveries off again: those with these numbers, or all in a state. Nothing is told twice."""
    settings = read_settings(data=data)
    if bool(numbers) == bool(state):
        raise typer.BadParameter("Name deliveries by their numbers, or a --state, and not both.")

    def queue(tx: Connection) -> list[int]:
        wanted = numbers or [one.id for one in store.recent(tx, Sought(state=state), 100_000)]
        return [one.id for one in service.replay_from_shell(tx, sorted(wanted), operator())]

    queued = asyncio.run(_write(settings, queue))
    if not queued:
        typer.echo("There are none.")
        return
    count = "1 delivery is" if len(queued) == 1 else f"{len(queued)} deliveries are"
    taker = "running process" if gateway_of(settings.data) else "next start"
    typer.echo(
        f"{count} to be worked off again. The {taker} takes {'it' if len(queued) == 1 else 'them'} up."
    )


def _read(settings: Settings, function: Callable[[Connection], T]) -> T:
    async def read() -> T:
        async with visited(settings.data / DATABASE) as database:
            return await database.read(function)

    return asyncio.run(read())


async def _write(settings: Settings, function: Callable[[Connection], T]) -> T:
    async with visited(settings.data / DATABASE) as database:
        return await database.write(function)


def _row(one: Summary) -> dict[str, object]:
    return {name: getattr(one, name) for name in one.__slots__} | {"received_at": one.received_at.isoformat()}


def _when(one: Summary) -> str:
    return one.received_at.astimezone().isoformat(sep=" ", timespec="seconds")


def _facts(found: Details) -> dict[str, object]:
    one = found.delivery
    facts: dict[str, object] = {name: getattr(one, name) for name in one.__slots__}
    return facts | {
        "headers": dict(one.headers),
        "body": one.body.decode(errors="replace"),
        "received_at": one.received_at.isoformat(),
        "replayed_at": one.replayed_at.isoformat() if one.replayed_at else None,
        "events": [{name: getattr(told, name) for name in told.__slots__} for told in found.told],
    }
