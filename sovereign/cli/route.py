"""`sovereign route`: where the events of bodies would go, by which rule, and into which conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from sovereign.app.folder import DATABASE
from sovereign.cli import _bodies
from sovereign.cli._bodies import Bodies, Headers, Json, SourceName
from sovereign.cli._process import secret_source
from sovereign.cli._saying import say, say_json
from sovereign.core import clock
from sovereign.core.errors import UserError
from sovereign.core.settings import read_settings
from sovereign.services import parsing
from sovereign.services.configuration import read
from sovereign.services.endpoints import Endpoint
from sovereign.services.parsing import Parsed, Routed
from sovereign.services.setup import Setup, setup
from sovereign.store.database import opened, visited


def route(
    source: SourceName,
    bodies: Bodies = None,
    headers: Headers = None,
    config: Annotated[Path | None, typer.Option(help="Path of discovery.yml.")] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="Folder of the database whose conversations they would find; unset, an empty one."),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say of each route why it took the event or did not.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say where the events of bodies would go, and by which rule. Nothing is kept or posted."""
    settings = read_settings(config=config)
    made = setup(read(settings.config).discovery, secret_source(settings, sandbox=True))
    reader, files = _bodies.told_apart(source, bodies)
    endpoint = next(
        (one for one in made.endpoints.values() if reader.slug in (one.name, one.source.slug)), None
    )
    if endpoint is None:
        raise UserError(f"No endpoint of discovery.yml reads {reader.slug}.")
    parsed = _bodies.parsed(endpoint.source, files, headers)
    found = list(zip(parsed, asyncio.run(_routed_all(made, endpoint, parsed, data)), strict=True))
    if as_json:
        shown = [
            _bodies.as_json(one) | {"routes": [_routed(each) for each in routed]} for one, routed in found
        ]
        say_json(shown)
    for one, routed in found if not as_json else ():
        say(f"{one.file}: {one.problem}" if one.problem else one.file)
        for each in routed:
            _explain(each, whole=explain)
    raise typer.Exit(1 if any(one.problem for one in parsed) else 0)


async def _routed_all(
    setup: Setup, endpoint: Endpoint, parsed: Sequence[Parsed], data: Path | None
) -> Sequence[Sequence[Routed]]:
    """By what a database holds now, which stays as it is, or by an empty one."""
    bodies, at = [one.events for one in parsed], clock.now()
    if data is not None:
        async with visited(data / DATABASE) as database:
            return await database.write(lambda tx: parsing.try_out(tx, setup, endpoint, bodies, at))
    with TemporaryDirectory() as folder:
        async with opened(Path(folder) / DATABASE) as database:
            return await database.write(lambda tx: parsing.try_out(tx, setup, endpoint, bodies, at))


def _explain(one: Routed, *, whole: bool) -> None:
    where = f"#{one.decision.channel}" if one.decision.channel else "nowhere"
    called = f", calling {', '.join(call.role for call in one.calls)}" if one.calls else ""
    quietly = "" if one.decision.thread else ", without its thread"
    say(f"  {one.event.title}\n    → {where}{called}{quietly}: {one.decision.rule}")
    if hold := one.decision.hold:
        say(f"      held back now by {hold.reason} {hold.name}")
    for step in one.steps if whole else ():
        say(f"      {'took it' if step.took else 'passed'}  {step.route}: {step.why}")
    if one.channel != one.decision.channel:
        say(f"      told in #{one.channel}, where its conversation is")
    for call in one.calls if whole else ():
        say(f"      calls    {call.role}: {call.why}")
    if whole and one.place:
        for asked in one.place.asked:
            joins = asked.conversation_id is not None
            say(f"      {'joins by' if joins else 'passed'}  {asked.rule}: {asked.why}")
        say(f"      in its conversation because: {one.place.why}")


def _routed(one: Routed) -> dict[str, object]:
    return {
        "decision": asdict(one.decision),
        "steps": [asdict(step) for step in one.steps],
        "place": asdict(one.place) if one.place else None,
        "channel": one.channel,
        "calls": [asdict(call) for call in one.calls],
    }
