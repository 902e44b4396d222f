"""`sovereign parse`: the events that bodies become."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from sovereign.cli import _bodies
from sovereign.cli._bodies import Bodies, Headers, Json, SourceName, event_as_json
from sovereign.integrations._source import source as source_of
from sovereign.services.parsing import Parsed


def parse(source: SourceName, bodies: Bodies, headers: Headers = None, as_json: Json = False) -> None:
    """Print the events that bodies make, or why not. A folder gives a table. Nothing is kept or posted."""
    found = _bodies.parsed(source_of(source), bodies, headers)
    if as_json:
        typer.echo(json.dumps([_bodies.as_json(one) for one in found], ensure_ascii=False))
    elif len(bodies) == 1 and not bodies[0].is_dir():
        _tell(found[0])
    else:
        _table(found)
    raise typer.Exit(1 if any(one.problem for one in found) else 0)


def _tell(one: Parsed) -> None:
    if one.problem:
        typer.echo(f"{one.file} cannot be read: {one.problem}", err=True)
    for event in one.events:
        typer.echo(json.dumps(event_as_json(event), indent=2, ensure_ascii=False))
    for kind in one.undeclared:
        typer.echo(f"{kind} is not declared: it is kept, and posted only if a route names it.", err=True)


def _table(found: Sequence[Parsed]) -> None:
    table = Table("File", "Kind", "Status", "Severity", "Title", box=None)
    for one in found:
        name = Path(one.file).name
        if not one.events:
            table.add_row(name, "", "", "", one.problem or "no event")
        for event in one.events:
            kind = f"{event.kind} (undeclared)" if event.kind in one.undeclared else event.kind
            table.add_row(name, kind, event.status, event.severity, event.title)
    Console(markup=False).print(table)
    unread = sum(1 for one in found if one.problem)
    typer.echo(f"{len(found)} bodies, {sum(len(one.events) for one in found)} events, {unread} unreadable")
