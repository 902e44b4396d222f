"""Bodies in files, which `sovereign parse` and `sovereign route` look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from sovereign.core.errors import UserError
from sovereign.domain.events import Event
from sovereign.integrations._source import Source, all_sources
from sovereign.integrations._source import source as source_of
from sovereign.services import parsing
from sovereign.services.parsing import Parsed

SourceName = Annotated[
    str,
    typer.Argument(help="Source, such as github; it may be left out of one body in a folder of its name."),
]
Bodies = Annotated[
    list[Path] | None, typer.Argument(metavar="BODY…", help="Files of bodies, or folders of them.")
]
Headers = Annotated[
    Path | None, typer.Option(help="JSON file of headers; unset, NAME.headers.json beside each body.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead.")]


def told_apart(source: str, bodies: Sequence[Path] | None) -> tuple[Source, Sequence[Path]]:
    """The source and the bodies; where only one of them is given, that is a body, and its folder says whose.
    Raises NotFound for a source that there is not."""
    if bodies:
        return source_of(source), bodies
    body = Path(source)
    if not body.exists():
        raise typer.BadParameter("Name the source, and then files of bodies or folders of them.")
    folder = (body if body.is_dir() else body.parent).resolve().name
    found = all_sources().get(folder.replace("-", "_"))
    if found is None:
        raise typer.BadParameter(f"Say before {source} which source it is of: its folder {folder} is none.")
    return found, [body]


def parsed(source: Source, bodies: Sequence[Path], headers: Path | None) -> list[Parsed]:
    given: Mapping[str, str] | None = None
    if headers is not None:
        try:
            given = parsing.headers_in(headers)
        except UserError as wrong:
            raise typer.BadParameter(wrong.public, param_hint="--headers") from None
    files = parsing.bodies(bodies)
    return [parsing.parse(source, file, parsing.headers_of(file, given)) for file in files]


def as_json(one: Parsed) -> dict[str, object]:
    return {
        "file": one.file,
        "events": [event_as_json(event) for event in one.events],
        "problem": one.problem,
    }


def event_as_json(event: Event) -> dict[str, object]:
    """What the event says; what it leaves open is left out."""
    facts = asdict(event)
    for name in ("occurred_at", "began_at"):
        facts[name] = facts[name].isoformat() if facts[name] else None
    return {name: value for name, value in facts.items() if value not in (None, "", (), {})}
