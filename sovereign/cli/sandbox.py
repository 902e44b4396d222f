"""`sovereign sandbox`: the product against an embedded Discord, for trying it and for building on it."""

from __future__ import annotations

import asyncio
import signal
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sovereign.app.folder import LOCK as PROCESS
from sovereign.app.process import Running
from sovereign.cli._drawer import Drawer
from sovereign.cli._process import configured
from sovereign.cli._serving import serve
from sovereign.clients.sandbox_process import FOLDER, LOCK, Place
from sovereign.clients.sandbox_process import sandbox as embedded
from sovereign.core.lockfile import locked, rewrite
from sovereign.core.settings import Settings, read_settings
from sovereign.core.tasks import supervise

CONFIG = "kubeconfig"
"""For kubectl, in the sandbox's folder."""
ABANDONED = 900.0
"""Seconds that a server whose bot was killed waits for another before it ends."""


class Half(StrEnum):
    ALL = "all"
    DISCORD = "discord"


def sandbox(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the page and its Discord.")] = 8100,
    gateway_port: Annotated[int | None, typer.Option(help="Port of the webhook gateway.")] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of all state.")] = None,
    config: Annotated[Path | None, typer.Option(help="Path of discovery.yml.")] = None,
    only: Annotated[
        Half, typer.Option(help="Only the embedded Discord, for a bot that runs apart.")
    ] = Half.ALL,
    managed: Annotated[bool, typer.Option(hidden=True)] = False,
) -> None:
    """Try everything without an account: an embedded Discord with its page, the bot and the gateway."""
    settings = read_settings(data=data, config=config, port=gateway_port, sandbox=True)
    if only is Half.DISCORD:
        asyncio.run(_discord(settings, port, managed=managed))
    else:
        asyncio.run(_everything(settings, port))


async def _everything(settings: Settings, port: int) -> None:
    configured(settings)  # what is wrong with it is said before anything starts
    with locked(settings.data / PROCESS):  # a bot that runs here keeps its sandbox
        pass
    async with (
        embedded(settings.data / FOLDER, port, settings.config) as (place, child),
        asyncio.TaskGroup() as group,
    ):
        redirected = settings.model_copy(update={"discord_api": place.api, "discord_gateway": place.gateway})
        keeping = group.create_task(supervise("sandbox", child.keep)) if child else None
        try:
            await serve(redirected, lambda it: _welcome(place, settings, it))
        finally:
            if keeping:
                keeping.cancel()


def _welcome(place: Place, settings: Settings, it: Running) -> None:
    gateway = f"http://{settings.host}:{it.port}"
    typer.echo(
        f"\nSovereign is running.\n\n"
        f"  Sandbox page      {place.url}/\n"
        f"  Webhook gateway   {gateway}\n"
        f"  Cluster           kubectl --kubeconfig {settings.data / FOLDER / CONFIG} get deployments -A\n\n"
        "Three things to try, in another terminal:\n\n"
        f"  1. {_send(settings)} github pull_request.opened\n"
        "     A pull request stands in #prs. Then: pull_request_review.approved, check_run.completed,\n"
        "     pull_request.merged: one thread, and the first message follows.\n"
        f"  2. {_send(settings)} alertmanager firing\n"
        "     An incident in #alerts calls On-Call; `resolved` closes it with its duration.\n"
        "  3. Kill this process with kill -9 while you send, and start it again: nothing is missing,\n"
        "     nothing stands twice.\n\n"
        "Ctrl+C stops everything; what you see is kept in the data folder."
    )


def _send(settings: Settings) -> str:
    """How the reader can send a sample to this very gateway."""
    script = Path(sys.executable).parent / "sovereign"
    name = script.relative_to(Path.cwd()) if script.is_relative_to(Path.cwd()) else "sovereign"
    usual = Settings.model_fields["data"].default
    return f"{name} send" + ("" if settings.data == usual else f" --data {settings.data}")


async def _discord(settings: Settings, port: int, *, managed: bool) -> None:
    """The server alone. A managed one ends some time after its bot is gone."""
    from sovereign.sandbox.cluster import kubeconfig  # the bot's process never needs these
    from sovereign.sandbox.cluster.server import running as simulated
    from sovereign.sandbox.server import running

    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    if managed:
        loop.add_reader(sys.stdin, lambda: _orphaned(loop, stopping))
    data = settings.data / FOLDER
    with locked(data / LOCK) as lock:
        async with (
            simulated(data / "cluster") as cluster,
            running(data, port=port, drawer=Drawer(settings)) as server,
        ):
            kubeconfig.write(data / CONFIG, kubeconfig.for_people(cluster.url))
            about = {"cluster": cluster.url, "kubeconfig": cluster.kubeconfig}
            rewrite(lock, {"url": server.url, "managed": managed, **about})
            if not managed:
                typer.echo(
                    f"The sandbox is at {server.url}/; `sovereign sandbox` brings the bot.\n"
                    f"Its cluster: kubectl --kubeconfig {data / CONFIG} get deployments -A"
                )
            await stopping.wait()


def _orphaned(loop: asyncio.AbstractEventLoop, stopping: asyncio.Event) -> None:
    loop.remove_reader(sys.stdin)
    loop.call_later(ABANDONED, stopping.set)
