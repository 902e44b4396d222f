"""`sovereign parse`: the events that bodies become."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from sovereign.cli import _bodies
from sovereign.cli._bodies import Bodies, Headers, Json, SourceName, event_as_json
from sovereign.cli._listing import Column, listing
from sovereign.cli._saying import say, say_json
from sovereign.cli._telling import count
from sovereign.services.parsing import Parsed


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An event of a body, or why there is none."""

    file: str
    title: str
    kind: str = ""
    status: str = ""
    severity: str = ""


COLUMNS: Sequence[Column[Row]] = (
    Column("File", lambda one: one.file),
    Column("Kind", lambda one: one.kind),
    Column("Status", lambda one: one.status),
    Column("Severity", lambda one: one.severity),
    Column("Title", lambda one: one.title),
)


def parse(source: SourceName, bodies: Bodies = None, headers: Headers = None, as_json: Json = False) -> None:
    """Print the events that bodies make, or why not. A folder gives a table. Nothing is kept or posted."""
    reader, files = _bodies.told_apart(source, bodies)
    found = _bodies.parsed(reader, files, headers)
    if as_json:
        say_json([_bodies.as_json(one) for one in found])
    elif len(files) == 1 and not files[0].is_dir():
        _tell(found[0])
    else:
        _table(found)
    raise typer.Exit(1 if any(one.problem for one in found) else 0)


def _tell(one: Parsed) -> None:
    if one.problem:
        say(f"{one.file} cannot be read: {one.problem}", err=True)
    for event in one.events:
        say_json(event_as_json(event), indent=2)
    for kind in one.undeclared:
        typer.echo(f"{kind} is not declared: it is kept, and posted only if a route names it.", err=True)


def _table(found: Sequence[Parsed]) -> None:
    listing([row for one in found for row in _rows(one)], COLUMNS)
    unread = sum(1 for one in found if one.problem)
    bodies, events = len(found), sum(len(one.events) for one in found)
    counted = f"{count(bodies, 'body', 'bodies')}, {count(events, 'event', 'events')}"
    typer.echo(f"{counted}, {unread} unreadable")


def _rows(one: Parsed) -> list[Row]:
    if not one.events:
        return [Row(file=Path(one.file).name, title=one.problem or "no event")]
    return [
        Row(
            file=Path(one.file).name,
            kind=f"{event.kind} (undeclared)" if event.kind in one.undeclared else event.kind,
            status=event.status,
            severity=event.severity,
            title=event.title,
        )
        for event in one.events
    ]
