"""Builds the server and runs it: REST, gateway, attachments, driver and page on one port of loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from aiohttp import web

from sovereign.core.errors import PortTaken
from sovereign.sandbox import static
from sovereign.sandbox.driver import routes as driver
from sovereign.sandbox.driver.samples import Drawer
from sovereign.sandbox.hub import Event
from sovereign.sandbox.options import SandboxOptions
from sovereign.sandbox.platform import Platform
from sovereign.sandbox.rest import (
    channels,
    commands,
    guilds,
    interactions,
    messages,
    threads,
    users,
    webhooks,
)
from sovereign.sandbox.rest.body import LARGEST
from sovereign.sandbox.rest.router import PREFIXES, endpoint, unknown

__all__ = ["Drawer", "Running", "SandboxOptions", "running", "serve"]

_ROUTES = (
    *users.ROUTES,
    *messages.ROUTES,
    *threads.ROUTES,
    *channels.ROUTES,
    *guilds.ROUTES,
    *commands.ROUTES,
    *interactions.ROUTES,
    *webhooks.ROUTES,
)
_STRAGGLERS = 0.5
"""Seconds that calls under way have to finish when the server stops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Where the server listens."""

    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def api(self) -> str:
        return f"{self.url}/api/v10"

    @property
    def gateway(self) -> str:
        return f"ws://{self.host}:{self.port}/gateway"


@asynccontextmanager
async def running(
    data: Path,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    options: SandboxOptions | None = None,
    drawer: Drawer | None = None,
) -> AsyncIterator[Running]:
    """The server, for as long as the block lasts. `port` 0 takes a free one; `drawer` sends sample webhooks.

    Raises PortTaken, and OSError when the folder cannot be written.
    """
    platform = Platform(data, options or SandboxOptions())
    runner = web.AppRunner(_application(platform, drawer), access_log=None, shutdown_timeout=_STRAGGLERS)
    try:
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as taken:
            raise PortTaken("The sandbox", host, port, taken) from taken
        address = Running(host=host, port=runner.addresses[0][1])
        platform.url, platform.gateway.url = address.url, address.gateway
        yield address
    finally:
        platform.closing = True
        platform.hub.publish(Event(name="CLOSING", body={}))
        await platform.gateway.close_all()
        await runner.cleanup()
        platform.close()


async def serve(
    data: Path, *, host: str, port: int, options: SandboxOptions, stopping: asyncio.Event
) -> None:
    """Run until `stopping` is set."""
    async with running(data, host=host, port=port, options=options):
        await stopping.wait()


def _application(platform: Platform, drawer: Drawer | None) -> web.Application:
    application = web.Application(client_max_size=LARGEST)
    for path in ("/gateway", "/gateway/"):
        application.router.add_get(path, _gateway(platform), allow_head=False)
    application.add_routes(driver.routes(platform, drawer))
    application.add_routes(static.routes(platform))
    application.add_routes(list(_api(platform)))
    return application


def _gateway(platform: Platform) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def connect(request: web.Request) -> web.StreamResponse:
        if platform.faults.down and request.transport is not None:
            request.transport.abort()
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
        return await platform.gateway.serve(request)

    return connect


def _api(platform: Platform) -> Iterator[web.RouteDef]:
    for prefix in PREFIXES:
        for route in _ROUTES:
            yield web.route(route.method, prefix + route.path, endpoint(platform, route))
    for prefix in PREFIXES:
        yield web.route("*", prefix + "/{rest:.*}", unknown(platform))
