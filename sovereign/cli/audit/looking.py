"""`sovereign audit show`: records, looked up by who, what, which and when."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated

import typer

from sovereign.cli._listing import Column, listing
from sovereign.cli.audit._shared import AsJson, Data, visiting
from sovereign.core import clock
from sovereign.core.errors import NotFound
from sovereign.core.settings import read_settings
from sovereign.domain.audit import Record, Result
from sovereign.services.seeking import LARGEST, moment_in
from sovereign.store import audit as store
from sovereign.store.audit import Sought
from sovereign.store.sqlite import Connection

COLUMNS: Sequence[Column[Record]] = (
    Column("Seq", lambda one: one.seq),
    Column(
        "At",
        lambda one: one.entry.at.astimezone().isoformat(sep=" ", timespec="seconds"),
        lambda one: f"{one.entry.at.astimezone():%d %b %H:%M}",
    ),
    Column("Who", lambda one: one.entry.actor.name if one.entry.actor else "Sovereign"),
    Column("Action", lambda one: one.entry.action),
    Column("Subject", lambda one: one.entry.subject, lambda one: one.entry.subject[:SHORT]),
    Column("Result", lambda one: one.entry.result),
    Column("ms", lambda one: one.entry.duration_ms, wide=True),
    Column("Details", lambda one: one.entry.details.partition("\n")[0]),
)
SHORT = 24
"""Characters of a subject in a narrow terminal."""


def show(
    record: Annotated[int | None, typer.Argument(min=1, max=LARGEST, help="All of one record.")] = None,
    who: Annotated[str | None, typer.Option(help="Name or id of who did it.")] = None,
    action: Annotated[
        str | None, typer.Option(help="How the action begins, such as deploy or command.")
    ] = None,
    subject: Annotated[str | None, typer.Option(help="How the subject begins.")] = None,
    result: Annotated[Result | None, typer.Option(help="Only those with this result.")] = None,
    trace: Annotated[str | None, typer.Option(help="Everything of one trace.")] = None,
    since: Annotated[str | None, typer.Option(help="90m, 24h, 7d, or a date.")] = None,
    pending: Annotated[bool, typer.Option(help="Intents of which nobody said what came of them.")] = False,
    before: Annotated[int | None, typer.Option(min=1, max=LARGEST, help="Only smaller numbers.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 20,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """List records, newest first, or print one as it stands."""
    settings = read_settings(data=data)
    number = who is not None and who.isdecimal()
    sought = Sought(
        actor_id=int(who) if who and number else None,
        actor_name=None if number else who,
        action=action,
        subject=subject,
        result=result,
        trace=trace,
        since=moment_in(since, clock.now()) if since else None,
        before=record + 1 if record else before,
    )

    def found(tx: Connection) -> Sequence[Record]:
        return store.pending(tx, limit) if pending else store.search(tx, sought, 1 if record else limit)

    records = asyncio.run(visiting(settings, lambda database: database.read(found)))
    if record and [one.seq for one in records] != [record]:
        raise NotFound(f"There is no record {record}. `sovereign audit show` lists the newest.")
    if as_json:
        typer.echo(
            json.dumps([json.loads(one.text) | {"hash": one.hash} for one in records], ensure_ascii=False)
        )
    elif record:
        shown = json.loads(records[0].text) | {"hash": records[0].hash}
        typer.echo(json.dumps(shown, indent=2, ensure_ascii=False))
    elif records:
        listing(records, COLUMNS)
    else:
        typer.echo("No such records.")
