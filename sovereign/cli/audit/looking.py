"""`sovereign audit show`: records, looked up by who, what, which and when."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sovereign.cli.audit._shared import AsJson, Data, visiting
from sovereign.core import clock
from sovereign.core.errors import NotFound
from sovereign.core.settings import read_settings
from sovereign.domain.audit import Record, Result
from sovereign.services.seeking import LARGEST, moment_in
from sovereign.store import audit as store
from sovereign.store.audit import Sought
from sovereign.store.sqlite import Connection


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
        Console().print(_table(records))
    else:
        typer.echo("No such records.")


def _table(records: Sequence[Record]) -> Table:
    table = Table(*("Seq", "At", "Who", "Action", "Subject", "Result", "ms", "Details"), box=None)
    for one in records:
        entry = one.entry
        table.add_row(
            str(one.seq),
            entry.at.astimezone().isoformat(sep=" ", timespec="seconds"),
            Text(entry.actor.name if entry.actor else "Sovereign"),
            Text(entry.action),
            Text(entry.subject),
            entry.result,
            "" if entry.duration_ms is None else str(entry.duration_ms),
            Text(entry.details.partition("\n")[0][:80]),
        )
    return table
