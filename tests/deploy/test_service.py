"""The systemd unit starts the product as its command line wants it, in an environment that is whole."""

from __future__ import annotations

import shlex
from pathlib import Path

import typer

from sovereign.app import process
from sovereign.cli import main
from sovereign.config.endpoints import DEFAULT_SOURCES
from sovereign.config.models import Discovery
from sovereign.core.settings import PREFIX, Settings
from sovereign.integrations._source import all_sources
from sovereign.web import server

DEPLOY = Path(__file__).parents[2] / "deploy"


def unit() -> dict[str, list[str]]:
    """Every key of the unit with its values; a key may stand more than once."""
    found: dict[str, list[str]] = {}
    for line in (DEPLOY / "sovereign.service").read_text().splitlines():
        if line and line[0] not in "#[":
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def example() -> dict[str, str]:
    lines = (DEPLOY / "sovereign.env.example").read_text().splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def test_the_unit_starts_the_product_with_options_that_it_has() -> None:
    (start,) = unit()["ExecStart"]
    program, name, *options = shlex.split(start)
    assert Path(program).name == "sovereign"
    group = typer.main.get_command(main.app)
    command = group.commands[name]  # type: ignore[attr-defined]
    given = command.make_context(name, options).params
    assert given["data"] == Path("/var/lib") / unit()["StateDirectory"][0]
    assert given["host"] == "127.0.0.1"
    assert given["config"].parent == Path(unit()["EnvironmentFile"][0]).parent


def test_the_unit_lets_the_product_finish_and_shuts_everything_else() -> None:
    assert float(unit()["TimeoutStopSec"][0]) > process.DRAIN + process.FLUSH + server.LAST_WORDS
    assert unit()["User"] not in (["root"], ["0"])
    assert unit()["ProtectSystem"] == ["strict"]
    assert unit()["NoNewPrivileges"] == ["yes"]
    assert unit()["CapabilityBoundingSet"] == [""]


def test_the_example_names_what_the_product_reads_and_holds_no_secret() -> None:
    sources = all_sources()
    references = {sources[slug].secret for slug in DEFAULT_SOURCES.values()}
    references.add(Discovery().discord.bot.token_secret_ref)
    settings = {name for name in example() if name.startswith(PREFIX)}
    assert {name.removeprefix(PREFIX).lower() for name in settings} <= Settings.model_fields.keys()
    assert {f"env://{name}" for name in example().keys() - settings} == references
    assert not any(example().values())
