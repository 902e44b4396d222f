"""`sovereign doctor`: tries every connection and permission, and says what to mend."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sovereign.cli._listing import console
from sovereign.cli._outside import outside, sandbox_of
from sovereign.cli._process import secret_source
from sovereign.core.settings import SettingsProblems, read_settings
from sovereign.services.doctor.examination import count, examine, refused
from sovereign.services.doctor.findings import Check, Finding, Group, State

SANDBOX = Check(Group.CONFIGURATION, "Sandbox")
COLOURS = {State.OK: "green", State.WARNING: "yellow", State.ERROR: "bold red", State.SKIPPED: "bright_black"}


def doctor(
    data: Annotated[Path | None, typer.Option(help="Folder of the database.")] = None,
    config: Annotated[Path | None, typer.Option(help="Path of discovery.yml.")] = None,
    sandbox: Annotated[bool, typer.Option(help="Ask the sandbox that runs over the data folder.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")] = False,
) -> None:
    """Try every connection and permission, and say what to mend. Exits with 1 where there is an error."""
    logging.getLogger("discord").addHandler(logging.NullHandler())  # what goes wrong is told as a finding
    with Console(stderr=True).status("Looking at everything …"):
        found = asyncio.run(_found(data, config, sandbox=sandbox))
    errors, warnings = count(found, State.ERROR), count(found, State.WARNING)
    if as_json:
        facts = {"findings": [asdict(each) for each in found], "errors": errors, "warnings": warnings}
        typer.echo(json.dumps(facts))
    else:
        _show(found)
    raise typer.Exit(1 if errors else 0)


async def _found(data: Path | None, config: Path | None, *, sandbox: bool) -> Sequence[Finding]:
    try:
        settings = read_settings(data=data, config=config, sandbox=sandbox or None)
    except SettingsProblems as wrong:
        return refused(wrong.problems)
    found = await examine(settings, secret_source(settings), await outside(settings, sandbox=sandbox))
    if sandbox or sandbox_of(settings) is None:
        return found
    said = f"One runs over {settings.data}, and was not asked."
    return [SANDBOX.skipped(said, f"To ask it: sovereign doctor --sandbox --data {settings.data}"), *found]


def _show(found: Sequence[Finding]) -> None:
    screen = console(highlight=False)
    widest = max(len(each.check) for each in found)
    for group, findings in groupby(found, key=lambda each: each.group):
        screen.print(Text(group, style="bold"))
        screen.print(_table([*findings], widest))
        screen.print()
    screen.print(_summary(found))


def _table(findings: Sequence[Finding], widest: int) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=9, no_wrap=True)
    table.add_column(width=widest, no_wrap=True)
    table.add_column(overflow="fold")
    for each in findings:
        table.add_row(Text(f"  {each.state}", style=COLOURS[each.state]), each.check, Text(each.said))
        if each.todo:
            table.add_row("", "", Text(f"→ {each.todo}", style="italic"))
    return table


def _summary(found: Sequence[Finding]) -> Text:
    words = Text()
    for state in (State.ERROR, State.WARNING, State.SKIPPED, State.OK):
        number = count(found, state)
        plural = "s" if number != 1 and state in (State.ERROR, State.WARNING) else ""
        words.append(", " if words else "")
        words.append(f"{number} {state}{plural}", style=COLOURS[state] if number else "")
    return words.append(".")
