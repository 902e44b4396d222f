"""The driver under `/sandbox/`: how the page and the tests play people and bad weather. Loopback only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from urllib.parse import urlsplit

from aiohttp import web

from sovereign.sandbox.driver import acts, find, people, view, weather
from sovereign.sandbox.driver.body import read
from sovereign.sandbox.driver.find import Wrong
from sovereign.sandbox.driver.samples import Drawer, Samples
from sovereign.sandbox.driver.stream import serve_stream
from sovereign.sandbox.errors import Refused
from sovereign.sandbox.platform import Platform
from sovereign.sandbox.wire import text

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_Serve = Callable[[Platform, web.Request], Awaitable[web.StreamResponse]]


def routes(platform: Platform, drawer: Drawer | None) -> list[web.RouteDef]:
    """`drawer` sends sample webhooks for the page; without one there are none to send."""
    samples = Samples(drawer)
    return [
        web.get("/sandbox/state", _guarded(platform, _state)),
        web.get("/sandbox/messages", _guarded(platform, _messages)),
        web.get("/sandbox/traffic", _guarded(platform, _traffic)),
        web.get("/sandbox/stream", _guarded(platform, serve_stream)),
        web.post("/sandbox/act", _guarded(platform, _act)),
        web.post("/sandbox/members", _guarded(platform, _members)),
        web.post("/sandbox/roles", _guarded(platform, _roles)),
        web.post("/sandbox/fault", _guarded(platform, _fault)),
        web.get("/sandbox/fault", _guarded(platform, _faults)),
        web.get("/sandbox/samples", _guarded(platform, samples.read)),
        web.post("/sandbox/samples", _guarded(platform, samples.send)),
    ]


def _guarded(platform: Platform, serve: _Serve) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def guarded(request: web.Request) -> web.StreamResponse:
        try:
            _same_origin(request)
            return await serve(platform, request)
        except Wrong as problem:
            return web.json_response({"error": problem.sentence}, status=problem.status)
        except Refused as refused:
            return web.json_response({"error": _sentence(refused), **refused.body}, status=refused.status)

    return guarded


def _same_origin(request: web.Request) -> None:
    """Refuse pages from elsewhere, and names that only pretend to be this machine (DNS rebinding)."""
    host = urlsplit(f"//{request.host}")
    if host.hostname not in _LOOPBACK:
        raise find.forbidden("The sandbox answers under 127.0.0.1 or localhost alone.")
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise find.forbidden("The sandbox answers its own page alone.")


async def _state(platform: Platform, request: web.Request) -> web.StreamResponse:
    asked = request.query.get("as")
    viewer = find.person(platform, asked).user_id if asked else None
    return web.json_response(view.guild_state(platform, viewer))


async def _messages(platform: Platform, request: web.Request) -> web.StreamResponse:
    asked = request.query.get("as")
    viewer = find.person(platform, asked).user_id if asked else platform.state.guild.owner_id
    where = find.channel(platform, request.query.get("channel", ""), viewer)
    limit = _number(request, "limit", 100)
    if limit is None or not 1 <= limit <= view.MOST:
        raise find.wrong(f"limit is a number from 1 to {view.MOST}.")
    before = _number(request, "before", None)
    pinned = request.query.get("pinned") == "1"
    return web.json_response(view.messages(platform, where, viewer, limit, before, pinned=pinned))


async def _traffic(platform: Platform, request: web.Request) -> web.StreamResponse:
    since = _number(request, "since", 0) or 0
    return web.Response(
        text="".join(platform.traffic.lines(since)), content_type="application/x-ndjson", charset="utf-8"
    )


async def _act(platform: Platform, request: web.Request) -> web.StreamResponse:
    return web.json_response(await acts.act(platform, await read(request)))


async def _members(platform: Platform, request: web.Request) -> web.StreamResponse:
    return web.json_response(people.add_member(platform, await read(request)), status=HTTPStatus.CREATED)


async def _roles(platform: Platform, request: web.Request) -> web.StreamResponse:
    return web.json_response(people.change_roles(platform, await read(request)))


async def _fault(platform: Platform, request: web.Request) -> web.StreamResponse:
    body = await read(request)
    return web.json_response(weather.change(platform, body))


async def _faults(platform: Platform, request: web.Request) -> web.StreamResponse:
    del request
    return web.json_response(platform.faults.shown())


def _number(request: web.Request, name: str, default: int | None) -> int | None:
    asked = request.query.get(name)
    if asked is None:
        return default
    if not asked.isdecimal():
        raise find.wrong(f"{name} is a whole number.")
    return int(asked)


def _sentence(refused: Refused) -> str:
    return text(refused.body.get("message"), "That was refused.")
