"""`sovereign forwards list | show | retry`: what outgoing webhooks could not deliver."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
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
from sovereign.services import letters as service
from sovereign.services.configuration import in_force
from sovereign.services.seeking import LARGEST
from sovereign.store import letters as store
from sovereign.store.letters import Sought, Undelivered
from sovereign.store.sqlite import Connection


class State(StrEnum):
    """States of a letter."""

    WAITING = "waiting"
    DEAD = "dead"


Data = Annotated[Path | None, typer.Option(help="Folder of the database.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead.")]
Target = Annotated[str | None, typer.Option(help="Name of the target.")]


def _said(at: datetime) -> str:
    return at.astimezone().isoformat(sep=" ", timespec="seconds")


def _next(one: Undelivered) -> str:
    """When it is tried again; whoever has not had a turn yet waits behind others."""
    return _said(one.due) if one.attempts and one.state == State.WAITING else ""


def _shortly(one: Undelivered) -> str:
    return " · ".join(filter(None, (one.problem, one.title)))


COLUMNS: Sequence[Column[Undelivered]] = (
    Column("Event", lambda one: one.number),
    Column("Target", lambda one: one.target),
    Column("State", lambda one: one.state),
    Column("Attempts", lambda one: one.attempts, wide=True),
    Column("Since", lambda one: _said(one.since), wide=True),
    Column("Next try", _next, wide=True),
    Column("Problem", lambda one: one.problem, wide=True),
    Column("Title", lambda one: one.title, _shortly),
)

forwards = typer.Typer(help="What outgoing webhooks could not deliver.", no_args_is_help=True)


@forwards.command("list")
def list_forwards(
    state: Annotated[State | None, typer.Option(help="Only those in this state.")] = None,
    target: Target = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many.")] = 20,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """List the events that a target has not taken, newest first."""
    sought = Sought(state=state, target=target)

    def listed(tx: Connection) -> Sequence[Undelivered]:
        service.require_target(tx, target, _configured(tx))
        return store.listed(tx, sought, limit)

    found = read(read_settings(data=data), listed)
    if as_json:
        say_json([_facts(one) for one in found])
    elif found:
        listing(found, COLUMNS)
    else:
        typer.echo("No target lacks anything." if sought == Sought() else "No such events.")


@forwards.command("show")
def show(
    event: Annotated[int, typer.Argument(min=1, max=LARGEST)], data: Data = None, as_json: Json = False
) -> None:
    """Print one event as it is sent, who lacks it, and why."""
    found = read(read_settings(data=data), lambda tx: service.opened(tx, event))
    facts = {"letters": [_facts(one) for one in found.letters], "event": found.event}
    say_json(facts, indent=None if as_json else 2)


@forwards.command("retry")
def retry(
    events: Annotated[list[int] | None, typer.Argument(metavar="[EVENT]...", min=1, max=LARGEST)] = None,
    target: Target = None,
    everything: Annotated[bool, typer.Option("--all", help="All dead letters of every target.")] = False,
    data: Data = None,
) -> None:
    """Send again: events by their numbers, or all dead letters of a target. Each keeps its webhook-id."""
    settings = read_settings(data=data)
    if (everything and (events or target)) or not (everything or events or target):
        raise typer.BadParameter("Name events by their numbers, or a --target, or say --all.")

    def queue(tx: Connection) -> tuple[Sequence[Undelivered], frozenset[str]]:
        known = _configured(tx)
        found = service.retry_from_shell(tx, events or [], target, operator(), known)
        return found, frozenset(one.target for one in found) - (known or frozenset())

    found, unknown = write(settings, queue)
    if not found:
        typer.echo("There are none.")
        return
    count = "1 letter is" if len(found) == 1 else f"{len(found)} letters are"
    taker = "running process" if gateway_of(settings.data) else "next start"
    typer.echo(f"{count} to be sent again. The {taker} takes {'it' if len(found) == 1 else 'them'} up.")
    for name in sorted(unknown):
        typer.echo(f"No target {name} is configured: what is for it waits until one is.")


def _configured(tx: Connection) -> frozenset[str] | None:
    """Names of the targets that the process over the database serves; None where that is not known."""
    found = in_force(tx)
    return frozenset(one.name for one in found.outwards.webhooks) if found else None


def _facts(one: Undelivered) -> dict[str, object]:
    facts: dict[str, object] = {name: getattr(one, name) for name in one.__slots__}
    return facts | {"since": one.since.isoformat(), "due": one.due.isoformat() if one.attempts else None}
