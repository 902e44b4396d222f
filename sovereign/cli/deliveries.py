"""`sovereign deliveries list | show | replay`: what came in, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sovereign.app.folder import gateway_of
from sovereign.cli._listing import Column, listing
from sovereign.cli._process import operator
from sovereign.cli._saying import say_json
from sovereign.cli._store import read, write
from sovereign.core.settings import read_settings
from sovereign.services import deliveries as service
from sovereign.services.configuration import in_force, names_of
from sovereign.services.deliveries import Details
from sovereign.services.seeking import LARGEST
from sovereign.store import deliveries as store
from sovereign.store.deliveries import Sought, Summary
from sovereign.store.sqlite import Connection

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


def _when(one: Summary) -> str:
    return one.received_at.astimezone().isoformat(sep=" ", timespec="seconds")


def _first(one: Summary) -> str:
    more = f"+{one.events - 1} " if one.events > 1 else ""
    return more + (one.title or one.problem or "").strip().rpartition("\n")[2]


def _shortly(one: Summary) -> str:
    return f"{one.received_at.astimezone():%d %b %H:%M}"


COLUMNS: Sequence[Column[Summary]] = (
    Column("Id", lambda one: one.id),
    Column("Received", _when, _shortly),
    Column("Endpoint", lambda one: one.endpoint),
    Column("State", lambda one: one.state),
    Column("Bytes", lambda one: one.size, wide=True),
    Column("Events", lambda one: one.events, wide=True),
    Column("First event", lambda one: one.title or one.problem, _first),
)

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

    def listed(tx: Connection) -> Sequence[Summary]:
        if known := in_force(tx):
            service.require_endpoint(tx, endpoint, names_of(known))
        return store.recent(tx, sought, limit)

    found = read(read_settings(data=data), listed)
    if as_json:
        say_json([_row(one) for one in found])
        return
    listing(found, COLUMNS) if found else typer.echo("No such deliveries.")


@deliveries.command("show")
def show(
    delivery: Number,
    raw: Annotated[
        bool, typer.Option("--raw", help="Print the body alone, byte for byte: nothing is redacted.")
    ] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Print one delivery, the events that it made, and where they went, without what looks like a secret."""
    found = read(read_settings(data=data), lambda tx: service.details(tx, delivery))
    if raw:
        typer.echo(found.delivery.body, nl=False)
        return
    say_json(_facts(found), indent=None if as_json else 2)


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

    queued = write(settings, queue)
    if not queued:
        typer.echo("There are none.")
        return
    count = "1 delivery is" if len(queued) == 1 else f"{len(queued)} deliveries are"
    taker = "running process" if gateway_of(settings.data) else "next start"
    typer.echo(
        f"{count} to be worked off again. The {taker} takes {'it' if len(queued) == 1 else 'them'} up."
    )


def _row(one: Summary) -> dict[str, object]:
    return {name: getattr(one, name) for name in one.__slots__} | {"received_at": one.received_at.isoformat()}


def _facts(found: Details) -> dict[str, object]:
    one = found.delivery
    facts: dict[str, object] = {field.name: getattr(one, field.name) for field in fields(one)}
    return facts | {
        "headers": dict(one.headers),
        "body": one.body.decode(errors="replace"),
        "received_at": one.received_at.isoformat(),
        "replayed_at": one.replayed_at.isoformat() if one.replayed_at else None,
        "events": [{name: getattr(told, name) for name in told.__slots__} for told in found.told],
    }
