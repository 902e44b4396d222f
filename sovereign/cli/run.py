"""`sovereign run`: the product against Discord itself."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from sovereign.cli._serving import serve
from sovereign.core.settings import read_settings


def run(
    data: Annotated[Path | None, typer.Option(help="Folder of the database.")] = None,
    config: Annotated[Path | None, typer.Option(help="Path of discovery.yml.")] = None,
    host: Annotated[str | None, typer.Option(help="Address that the gateway listens on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port of the gateway.")] = None,
) -> None:
    """Run the bot and the gateway. Options go before SOVEREIGN_… variables, these before the defaults."""
    settings = read_settings(data=data, config=config, host=host, port=port)
    asyncio.run(serve(settings, lambda it: typer.echo(f"The gateway listens on port {it.port}.")))
