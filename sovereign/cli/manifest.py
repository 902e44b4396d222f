"""`sovereign manifest hash | verify`: is the governance manifest the one that was agreed on?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from sovereign.core.errors import UserError
from sovereign.core.settings import read_settings
from sovereign.services.configuration import read
from sovereign.services.manifest import manifest as configured
from sovereign.services.manifest import sha256_of

manifest = typer.Typer(help="The file that must stay as it was agreed on.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")]


@manifest.command("hash")
def hash_(file: Annotated[Path, typer.Argument(help="The manifest.")], as_json: AsJson = False) -> None:
    """Print the SHA-256 of a file, as `governance.manifest.sha256` wants it."""
    found = sha256_of(file)
    typer.echo(json.dumps({"path": str(file), "sha256": found}) if as_json else found)


@manifest.command()
def verify(
    file: Annotated[Path | None, typer.Argument(help="Another file than the configuration names.")] = None,
    config: Annotated[Path | None, typer.Option(help="Path of discovery.yml.")] = None,
    as_json: AsJson = False,
) -> None:
    """Compare the manifest with the SHA-256 in discovery.yml. Exits with 1 where it deviates."""
    settings = read_settings(config=config)
    section = read(settings.config).discovery.governance.manifest
    folder = settings.config.parent if settings.config else Path()
    found = configured(section, folder)
    if found is None:
        raise UserError("discovery.yml names no manifest: set governance.manifest with its path and sha256.")
    if file is not None:
        found = type(found)(path=file, sha256=found.sha256)
    deviation = found.deviation()
    if as_json:
        facts = {
            "path": str(found.path),
            "sha256": found.sha256,
            "deviates": bool(deviation),
            "said": deviation,
        }
        typer.echo(json.dumps(facts))
    else:
        typer.echo(deviation or f"{found.path} is as it was agreed on ({found.sha256}).")
    raise typer.Exit(1 if deviation else 0)
