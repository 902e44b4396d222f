"""`sovereign send`: a sample event through the real gateway, signed as its sender would."""

from __future__ import annotations

import asyncio
import shlex
import uuid
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from sovereign.cli._process import configured, secret_source
from sovereign.clients.webhook_sender import post
from sovereign.core import clock, samples
from sovereign.core.errors import NotFound
from sovereign.core.lockfile import read_facts
from sovereign.core.settings import read_settings
from sovereign.integrations._source import Inbound, source
from sovereign.services import setup

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def send(
    name: Annotated[str, typer.Argument(metavar="SOURCE", help="Source, such as github.")] = "",
    case: Annotated[str, typer.Argument(help="Sample, such as pull_request.opened.")] = "",
    to: Annotated[str | None, typer.Option(help="Base URL of the gateway.")] = None,
    data: Annotated[Path | None, typer.Option(help="Data folder of the running gateway.")] = None,
    config: Annotated[Path | None, typer.Option(help="Path of discovery.yml.")] = None,
    curl: Annotated[bool, typer.Option(help="Print the request as a curl command instead.")] = False,
) -> None:
    """Send a sample event. Without a sample, list those of the source; without a source, all."""
    if not name or not case:
        _list(name)
        return
    settings = read_settings(data=data, config=config)
    base = to or str(
        read_facts(settings.data / "sovereign.lock").get("gateway", f"http://127.0.0.1:{settings.port}")
    )
    discovery, _ = configured(settings)
    sandbox = urlsplit(base).hostname in LOOPBACK
    secrets = secret_source(settings, sandbox=sandbox or settings.sandbox)
    endpoints = setup.endpoints(discovery, secrets).values()
    endpoint = next((one for one in endpoints if one.source.slug == name), None)
    sample = samples.sample(name, case, clock.now())
    if endpoint is None:
        raise NotFound(f"No endpoint of discovery.yml reads {name}; add one under event_gateway.endpoints.")
    url = base.rstrip("/") + endpoint.path
    headers = {**sample.headers, **_delivery_id(name)}
    if endpoint.authenticated:
        inbound = Inbound(headers=headers, body=sample.body, url=url, received_at=clock.now())
        headers |= source(name).scheme.sign(inbound, endpoint.secrets()[0])
    if curl:
        typer.echo(_as_curl(url, headers, sample.body))
        return
    status, text = asyncio.run(post(url, headers, sample.body))
    typer.echo(f"POST {url} {name} {case}: {status} {text}")
    if status == 401:
        typer.echo("The gateway has another secret: set it in the environment here too.", err=True)
    raise typer.Exit(0 if status < 300 else 1)


def _list(name: str) -> None:
    known = samples.cases()
    if name and name not in known:
        raise NotFound(f"There are no samples of {name!r}. There are: {', '.join(known)}.")
    for slug in [name] if name else known:
        for case in known[slug]:
            typer.echo(f"{slug} {case}")


def _delivery_id(name: str) -> dict[str, str]:
    """Each sending is a delivery of its own; GitHub numbers them, as senders of plain JSON may."""
    header = {"github": "x-github-delivery", "generic": "x-delivery-id"}.get(name)
    return {header: str(uuid.uuid4())} if header else {}


def _as_curl(url: str, headers: dict[str, str], body: bytes) -> str:
    given = " ".join(f"-H {shlex.quote(f'{name}: {value}')}" for name, value in headers.items())
    return f"curl -sS {shlex.quote(url)} {given} --data-binary {shlex.quote(body.decode())}"
