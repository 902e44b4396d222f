"""`sovereign send`: a sample event through the real gateway, signed as its sender would."""

from __future__ import annotations

import asyncio
import shlex
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from sovereign.app.folder import gateway_of
from sovereign.cli._process import configured, secret_source
from sovereign.clients.webhook_sender import post
from sovereign.core import samples
from sovereign.core.settings import read_settings
from sovereign.services import setup
from sovereign.services.samples import Request, request

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def send(
    source: Annotated[str, typer.Argument(help="Source, such as github.")] = "",
    case: Annotated[str, typer.Argument(help="Sample, such as pull_request.opened.")] = "",
    to: Annotated[str | None, typer.Option(help="Base URL of the gateway.")] = None,
    data: Annotated[Path | None, typer.Option(help="Data folder of the running gateway.")] = None,
    config: Annotated[Path | None, typer.Option(help="Path of discovery.yml.")] = None,
    curl: Annotated[
        bool, typer.Option("--curl", help="Print the request as a curl command instead.")
    ] = False,
) -> None:
    """Send a sample event. Without a sample, list those of the source; without a source, all."""
    if not source or not case:
        _list(source)
        return
    settings = read_settings(data=data, config=config)
    base = (to or gateway_of(settings.data) or f"http://127.0.0.1:{settings.port}").rstrip("/")
    discovery, _ = configured(settings)
    secrets = secret_source(settings, sandbox=settings.sandbox or urlsplit(base).hostname in LOOPBACK)
    made = request(setup.endpoints(discovery, secrets), source, case, settings.public_url or base)
    if curl:
        typer.echo(_as_curl(base, made))
        return
    status, text = asyncio.run(post(base + made.path, made.headers, made.body))
    typer.echo(f"POST {base}{made.path} {source} {case}: {status} {text}")
    if status == 401:
        typer.echo("The gateway has another secret: set it in the environment here too.", err=True)
    raise typer.Exit(0 if status < 300 else 1)


def _list(source: str) -> None:
    for slug in [source] if source else samples.cases():
        for case in samples.cases_of(slug):
            typer.echo(f"{slug} {case}")


def _as_curl(base: str, made: Request) -> str:
    given = " ".join(f"-H {shlex.quote(f'{name}: {value}')}" for name, value in made.headers.items())
    return f"curl -sS {base}{made.path} {given} --data-binary {shlex.quote(made.body.decode())}"
