"""How commands print text from outside: without what looks like a credential, as Discord has it too."""

from __future__ import annotations

import json

import typer

from sovereign.core.redaction import redact, redact_within


def say(text: str, *, err: bool = False) -> None:
    typer.echo(redact(text), err=err)


def say_json(value: object, *, indent: int | None = None) -> None:
    """For programs on one line; with an indent for people."""
    typer.echo(json.dumps(redact_within(value), indent=indent, ensure_ascii=False))
