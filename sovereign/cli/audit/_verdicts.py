"""Checkpoints as people bring them, and verdicts in words."""

from __future__ import annotations

from pathlib import Path

import typer

from sovereign.cli._telling import count
from sovereign.core.errors import UserError
from sovereign.domain import checkpoint as notes
from sovereign.domain.checkpoint import Signed
from sovereign.services.evidence import Verdict

TODO = (
    "Keep the file as it is, find out who could write it, and compare it with a backup, an export or a sink."
    " What stands before the first fault and under a checkpoint is as it was signed."
)


def text_of(path: Path) -> str:
    """A checkpoint as it was copied: white space around it does not count."""
    try:
        return path.read_text(encoding="utf-8").strip().strip("`").strip() + "\n"
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read ({error}).") from error


def note_in(path: Path) -> Signed:
    try:
        return notes.read(text_of(path))
    except ValueError as wrong:
        raise UserError(f"{path} is no checkpoint: {wrong}.") from wrong


def tell(verdict: Verdict, what: str) -> None:
    for fault in verdict.faults:
        typer.echo(f"{fault.kind}: {fault.said}")
    for remark in verdict.remarks:
        typer.echo(f"note: {remark}")
    records = count(verdict.records, "record", "records")
    signed = count(len(verdict.matched), "checkpoint", "checkpoints")
    said = f"{what}: {records}, {signed} that fit"
    if verdict.faults:
        typer.echo(f"{said}; {count(len(verdict.faults), 'fault', 'faults')}. {TODO}")
        return
    when = f"; last signed at {verdict.signed_at:%Y-%m-%d %H:%M:%S} UTC" if verdict.signed_at else ""
    rest = f"; {verdict.unsigned:,} at the end are chained and not signed yet" if verdict.unsigned else ""
    typer.echo(f"{said}{when}{rest}. All is as it was written.")
