"""`sovereign parse` and `sovereign route`: what bodies become, and which rule takes the events where."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from sovereign.cli._process import secret_source
from sovereign.core.errors import UserError
from sovereign.core.settings import read_settings
from sovereign.domain.events import Event
from sovereign.integrations._source import Source
from sovereign.integrations._source import source as source_of
from sovereign.services import parsing
from sovereign.services.configuration import read
from sovereign.services.parsing import Parsed, Routed
from sovereign.services.setup import setup

SourceName = Annotated[str, typer.Argument(help="Source, such as github.")]
Bodies = Annotated[list[Path], typer.Argument(metavar="BODY…", help="Files of bodies, or folders of them.")]
Headers = Annotated[
    Path | None, typer.Option(help="JSON file of headers; unset, NAME.headers.json beside each body.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead.")]


def parse(source: SourceName, bodies: Bodies, headers: Headers = None, as_json: Json = False) -> None:
    """Print the events that bodies make, or why not. A folder gives a table. Nothing is kept or posted."""
    found = _parsed(source_of(source), bodies, headers)
    if as_json:
        typer.echo(json.dumps([_as_json(one) for one in found], ensure_ascii=False))
    elif len(bodies) == 1 and not bodies[0].is_dir():
        _tell(found[0])
    else:
        _table(found)
    raise typer.Exit(1 if any(one.problem for one in found) else 0)


def route(
    source: SourceName,
    bodies: Bodies,
    headers: Headers = None,
    config: Annotated[Path | None, typer.Option(help="Path of discovery.yml.")] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say of each route why it took the event or did not.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say where the events of bodies would go, and by which rule. Nothing is kept or posted."""
    settings = read_settings(config=config)
    made = setup(read(settings.config).discovery, secret_source(settings, sandbox=True))
    slug = source_of(source).slug
    endpoint = next((one for one in made.endpoints.values() if slug in (one.name, one.source.slug)), None)
    if endpoint is None:
        raise UserError(f"No endpoint of discovery.yml reads {source}.")
    found = [
        (one, parsing.route(made, endpoint, one.events)) for one in _parsed(endpoint.source, bodies, headers)
    ]
    if as_json:
        shown = [_as_json(one) | {"routes": [_routed(each) for each in routed]} for one, routed in found]
        typer.echo(json.dumps(shown, ensure_ascii=False))
        return
    for one, routed in found:
        typer.echo(f"{one.file}: {one.problem}" if one.problem else one.file)
        for each in routed:
            _explain(each, whole=explain)


def _parsed(source: Source, bodies: Sequence[Path], headers: Path | None) -> list[Parsed]:
    given: Mapping[str, str] | None = None
    if headers is not None:
        try:
            given = json.loads(headers.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UserError(f"{headers} cannot be read as JSON: {error}") from None
    files = parsing.bodies(bodies)
    return [parsing.parse(source, file, parsing.headers_of(file, given)) for file in files]


def _tell(one: Parsed) -> None:
    if one.problem:
        typer.echo(f"{one.file} cannot be read: {one.problem}", err=True)
    for event in one.events:
        typer.echo(json.dumps(_event(event), indent=2, ensure_ascii=False))
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


def _explain(one: Routed, *, whole: bool) -> None:
    where = f"#{one.decision.channel}" if one.decision.channel else "nowhere"
    called = f", calling {', '.join(one.decision.mention)}" if one.decision.mention else ""
    quietly = "" if one.decision.thread else ", without its thread"
    typer.echo(f"  {one.event.title}\n    → {where}{called}{quietly}: {one.decision.rule}")
    if hold := one.decision.hold:
        typer.echo(f"      held back now by {hold.reason} {hold.name}")
    for step in one.steps if whole else ():
        typer.echo(f"      {'took it' if step.took else 'passed'}  {step.route}: {step.why}")


def _as_json(one: Parsed) -> dict[str, object]:
    return {"file": one.file, "events": [_event(event) for event in one.events], "problem": one.problem}


def _event(event: Event) -> dict[str, object]:
    """What the event says; what it leaves open is left out."""
    facts = asdict(event)
    facts["occurred_at"] = event.occurred_at.isoformat() if event.occurred_at else None
    return {name: value for name, value in facts.items() if value not in (None, "", (), {})}


def _routed(one: Routed) -> dict[str, object]:
    return {"decision": asdict(one.decision), "steps": [asdict(step) for step in one.steps]}
