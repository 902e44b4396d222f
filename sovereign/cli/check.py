"""`sovereign check`: is the configuration right? Every mistake at once, each with its place and a hint."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sovereign.cli._process import secret_source
from sovereign.cli._telling import count
from sovereign.config.check import problems
from sovereign.config.loader import NONE, USUAL
from sovereign.core.settings import read_settings
from sovereign.domain.permission import Capability
from sovereign.services.setup import declared_kinds, default_secrets


def check(
    config: Annotated[Path | None, typer.Argument(help="discovery.yml to check.")] = None,
    named: Annotated[Path | None, typer.Option("--config", help="The same, named as elsewhere.")] = None,
    sandbox: Annotated[bool, typer.Option(help="As in the sandbox: no secret is missing there.")] = False,
) -> None:
    """Check discovery.yml and its secrets. Warnings leave the exit status at 0, errors make it 1."""
    settings = read_settings(config=config or named, sandbox=sandbox or None)
    found = problems(
        settings.config,
        default_secrets(),
        secret_source(settings),
        {c.value for c in Capability},
        declared_kinds(),
    )
    if settings.config is None and not USUAL.exists():
        typer.echo(NONE)
    for problem in found:
        typer.echo(f"{problem.severity}: {problem}")
    errors = sum(1 for problem in found if problem.severity == "error")
    name = settings.config or USUAL
    counted = f"{count(errors, 'error', 'errors')}, {count(len(found) - errors, 'warning', 'warnings')}"
    typer.echo(f"{name}: {counted if found else 'all is well'}")
    raise typer.Exit(1 if errors else 0)
