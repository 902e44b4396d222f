"""Puts the routes together into the one web application of the gateway's port."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from pydantic import SecretStr

from sovereign.core.errors import PortTaken
from sovereign.services.container import Services
from sovereign.web import events, health, hooks, metrics, openapi
from sovereign.web.bodies import Budget
from sovereign.web.edge import SERVICES, errors_as_answers

LAST_WORDS = 3.0
"""Seconds that requests under way have to end when the server stops."""


def build(services: Services, *, public_url: str, metrics_token: SecretStr | None = None) -> web.Application:
    app = web.Application(middlewares=[errors_as_answers])
    app[SERVICES], app[hooks.PUBLIC_URL] = services, public_url
    app[hooks.BUDGET] = Budget(hooks.IN_FLIGHT)
    if metrics_token is not None:
        app[metrics.TOKEN] = metrics_token
    app.add_routes(
        [*hooks.routes(), *health.routes(), *metrics.routes(), *events.routes(), *openapi.routes()]
    )
    app.on_shutdown.append(events.leave)
    return app


@asynccontextmanager
async def listening(app: web.Application, host: str, port: int) -> AsyncIterator[int]:
    """Serve until left; gives the port that is listened on, which matters where 0 was asked for."""
    runner = web.AppRunner(app, access_log=None, auto_decompress=False, shutdown_timeout=LAST_WORDS)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as taken:
            raise PortTaken("The gateway", host, port, taken) from taken
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()
