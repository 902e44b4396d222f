"""Builds the simulated cluster and runs it on a port of loopback: the API, the registry, and the driver."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from sovereign.core.errors import PortTaken
from sovereign.sandbox.cluster import driver, kubeconfig, registry_routes, seed, shown, statuses
from sovereign.sandbox.cluster.api import Api
from sovereign.sandbox.cluster.statuses import Refused
from sovereign.sandbox.cluster.surface import Surface

LARGEST = 3 * 1024 * 1024
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_STRAGGLERS = 0.5
_LEFT = 499


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Where the cluster listens; `kubeconfig` is the bot's, as one line of JSON."""

    host: str
    port: int
    surface: Surface

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def kubeconfig(self) -> str:
        return kubeconfig.for_bot(self.url)


@asynccontextmanager
async def running(
    data: Path, *, host: str = "127.0.0.1", port: int = 0, speed: float = 1.0, services: bool = True
) -> AsyncIterator[Running]:
    """The cluster, for as long as the block lasts. `port` 0 takes the one of last time, or a free one.

    Raises PortTaken, and OSError when the folder cannot be written.
    """
    surface = Surface(data, speed)
    runner = web.AppRunner(_application(surface), access_log=None, shutdown_timeout=_STRAGGLERS)
    try:
        await runner.setup()
        await _listen(runner, host, port, _last_port(data))
        address = Running(host=host, port=runner.addresses[0][1], surface=surface)
        _settle(surface, data, address.port, services=services)
        surface.controllers.start()
        yield address
    finally:
        surface.stop()
        await runner.cleanup()
        surface.close()


async def _listen(runner: web.AppRunner, host: str, port: int, last: int) -> None:
    if port == 0 and last:
        try:
            await web.TCPSite(runner, host, last).start()
        except OSError:
            pass  # somebody else has it now: any other will do
        else:
            return
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as taken:
        raise PortTaken("The simulated cluster", host, port, taken) from taken


def _settle(surface: Surface, data: Path, port: int, *, services: bool) -> None:
    """Fill a new cluster; in an old one, let images name the registry where it is now."""
    last = _last_port(data)
    surface.registry.host = f"localhost:{port}"
    if surface.store.is_new:
        seed.sow(surface, services=services)
    elif last and last != port:
        surface.store.replace_text(f"localhost:{last}/", f"localhost:{port}/")
    (data / "port").write_text(str(port), encoding="ascii")


def _last_port(data: Path) -> int:
    path = data / "port"
    text = path.read_text(encoding="ascii") if path.exists() else ""
    return int(text) if text.isdecimal() else 0


def _application(surface: Surface) -> web.Application:
    application = web.Application(client_max_size=LARGEST)
    drive, images, api = driver.serve(surface), registry_routes.serve(surface.registry), Api(surface)

    async def answer(request: web.Request) -> web.StreamResponse:
        if not _is_local(request):
            return web.json_response(
                {"error": "The cluster answers on this machine alone."}, status=HTTPStatus.FORBIDDEN
            )
        if request.path.startswith("/sandbox/"):
            return await drive(request)
        if await _weather(surface, request):
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
        if request.path.startswith("/v2/") or request.path == "/v2":
            return await images(request)
        return await _api(surface, api, request)

    application.router.add_route("*", "/{path:.*}", answer)
    return application


async def _weather(surface: Surface, request: web.Request) -> bool:
    """Wait as long as the faults say. Whether the call gets no answer at all."""
    faults = surface.faults
    if faults.down and request.transport is not None:
        request.transport.abort()
        return True
    await faults.thawed()
    if faults.latency:
        await asyncio.sleep(faults.latency)
    return False


async def _api(surface: Surface, api: Api, request: web.Request) -> web.StreamResponse:
    try:
        failure = surface.faults.failing(request.method, request.path_qs)
        if failure is not None:
            raise _failed(failure.status, failure.retry_after)
        return await api.answer(request)
    except ConnectionResetError:
        return web.Response(status=_LEFT)  # nobody reads it: whoever watched or followed has left
    except Refused as refusal:
        headers = {"Content-Type": "application/json", **refusal.headers}
        return web.Response(body=shown.dumped(refusal.body), status=refusal.code, headers=headers)


def _failed(status: int, retry_after: int | None) -> Refused:
    known = {
        429: ("TooManyRequests", "The apiserver is currently overloaded, please try again later."),
        500: ("InternalError", "Internal error occurred: etcdserver: request timed out"),
        503: ("ServiceUnavailable", "apiserver not ready"),
        504: ("Timeout", "Timeout: request did not complete within the allotted timeout"),
    }
    reason, message = known.get(status, ("", HTTPStatus(status).phrase))
    refusal = statuses.refused(
        status, reason, message, {"retryAfterSeconds": retry_after} if retry_after else {}
    )
    if retry_after:
        refusal.headers["Retry-After"] = str(retry_after)
    return refusal


def _is_local(request: web.Request) -> bool:
    """Refuse pages from elsewhere, and names that only pretend to be this machine (DNS rebinding)."""
    origin = request.headers.get("Origin")
    here = urlsplit(f"//{request.host}").hostname in _LOOPBACK
    return here and (origin is None or urlsplit(origin).netloc == request.host)
