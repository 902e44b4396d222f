"""`sovereign config schema | show | diff`: what discovery.yml may hold, what it means, what would change."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from ruamel.yaml import YAML

from sovereign.app.folder import DATABASE
from sovereign.config.differences import Difference, differences
from sovereign.config.effective import safe, tree
from sovereign.config.loader import NONE, Loaded, parse
from sovereign.config.models import Discovery
from sovereign.config.shape import published
from sovereign.core.errors import ConfigError, SovereignError, UserError
from sovereign.core.settings import Settings, read_settings
from sovereign.services.configuration import ACCEPTED, read
from sovereign.services.setup import default_secrets
from sovereign.store.backup import remembered

config = typer.Typer(help="What discovery.yml may hold, what it means, what would change.")

Named = Annotated[Path | None, typer.Option("--config", help="Path of discovery.yml.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


@config.command()
def schema() -> None:
    """Print the JSON Schema of discovery.yml.

    An editor that knows the YAML language server checks and completes the file with it: write the schema to
    a file, and `# yaml-language-server: $schema=` with the path of that as the first line of discovery.yml.
    """
    typer.echo(json.dumps(published(), indent=2))


@config.command()
def show(named: Named = None, as_json: AsJson = False) -> None:
    """Print the configuration as it works, with every default; of secrets, their references alone."""
    loaded = read(read_settings(config=named).config)
    if loaded.missing:
        typer.echo(NONE, err=True)
    effective = safe(tree(loaded.discovery, default_secrets()))
    if as_json:
        typer.echo(json.dumps(effective, indent=2, ensure_ascii=False))
        return
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style, yaml.allow_unicode, yaml.width = False, True, 100
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.dump(effective, sys.stdout)


@config.command()
def diff(
    old: Annotated[Path | None, typer.Argument(help="Unset: what the running process took last.")] = None,
    new: Annotated[Path | None, typer.Argument(help="Unset: discovery.yml as it is now.")] = None,
    data: Annotated[Path | None, typer.Option(help="Data folder of the running process.")] = None,
    named: Named = None,
    as_json: AsJson = False,
) -> None:
    """Say what would change, key by key. Exits with 0 for nothing, 1 for something, 2 for errors."""
    try:
        settings = read_settings(data=data, config=named)
        after = read(new or settings.config)
        before = read(old).discovery if old else _accepted(settings, after)
        found = differences(before, after.discovery)
    except SovereignError as problem:
        typer.echo(str(problem) if isinstance(problem, ConfigError) else problem.public, err=True)
        raise typer.Exit(2) from None
    if after.missing:
        typer.echo(NONE, err=True)
    _tell(found, as_json=as_json)
    raise typer.Exit(1 if found else 0)


def _tell(found: Sequence[Difference], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in found], indent=2, ensure_ascii=False))
        return
    for each in found:
        typer.echo(str(each))


def _accepted(settings: Settings, after: Loaded) -> Discovery:
    text = remembered(settings.data / DATABASE, ACCEPTED)
    if text is None:
        raise UserError(f"Nothing has run over {settings.data} yet; name two files to compare.")
    after.require_kept(text)
    return parse(text, "the configuration that runs", sources=default_secrets()).discovery
