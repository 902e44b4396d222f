"""The command line: every command of `sovereign`, one module for each group."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from sovereign.cli._lazily import Places, group_of
from sovereign.core.errors import SovereignError

COMMANDS: Places = {
    "run": "run:run",
    "sandbox": "sandbox:sandbox",
    "check": "check:check",
    "doctor": "doctor:doctor",
    "send": "send:send",
    "parse": "parse:parse",
    "route": "route:route",
    "replay": "deliveries:replay",
    "backup": "backup:backup",
    "restore": "restore:restore",
    "deliveries": "deliveries:deliveries",
    "forwards": "forwards:forwards",
    "config": "config:config",
    "audit": "audit.group:audit",
    "manifest": "manifest:manifest",
    "dev": "dev:dev",
}
"""Module and name of each command, or group of commands."""

app = typer.Typer(
    cls=group_of(COMMANDS),
    help="Sovereign: a Discord-native DevOps control plane.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


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
