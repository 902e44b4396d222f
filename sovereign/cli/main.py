"""The command line: every command of `sovereign`, one module for each group."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from sovereign.cli import (
    backup,
    check,
    config,
    deliveries,
    dev,
    doctor,
    forwards,
    manifest,
    parse,
    restore,
    route,
    run,
    sandbox,
    send,
)
from sovereign.cli.audit.group import audit
from sovereign.core.errors import SovereignError

app = typer.Typer(
    help="Sovereign: a Discord-native DevOps control plane.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(run.run)
app.command()(sandbox.sandbox)
app.command()(check.check)
app.command()(doctor.doctor)
app.command()(send.send)
app.command()(parse.parse)
app.command()(route.route)
app.command("replay")(deliveries.replay)
app.add_typer(deliveries.deliveries, name="deliveries")
app.add_typer(forwards.forwards, name="forwards")
app.command()(backup.backup)
app.command()(restore.restore)
app.add_typer(config.config, name="config")
app.add_typer(audit, name="audit")
app.add_typer(manifest.manifest, name="manifest")
app.add_typer(dev.dev, name="dev")


def _version(asked: bool) -> None:
    if asked:
        typer.echo(version("sovereign"))
        raise typer.Exit


@app.callback()
def options(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options that belong to no command."""


def main() -> None:
    """Run a command; what went wrong on purpose is one sentence and a status of 1."""
    try:
        app()
    except SovereignError as problem:
        _complain(problem)
    except BaseExceptionGroup as group:
        ours, others = group.split(SovereignError)
        if others is not None or ours is None:
            raise
        _complain(ours)


def _complain(problem: BaseException) -> None:
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    words = str(problem) if not isinstance(problem, SovereignError) else problem.public
    typer.echo(words if words != SovereignError.public else str(problem), err=True)
    sys.exit(1)
