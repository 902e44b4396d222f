"""What every REST call goes through: faults, token, rate limits, body, route, and the traffic view."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from http import HTTPStatus

from aiohttp import web

from sovereign.core import clock
from sovereign.sandbox.buckets import Verdict
from sovereign.sandbox.errors import Refused, plain
from sovereign.sandbox.faults import LATENCY, RATE_LIMIT, REST, Fault
from sovereign.sandbox.platform import Platform
from sovereign.sandbox.rest.body import read
from sovereign.sandbox.rest.call import Call, Reply, Result, Route
from sovereign.sandbox.traffic import Exchange
from sovereign.sandbox.wire import Json

PREFIXES = ("/api/v10", "/api")
_MAJOR = ("channel", "guild", "webhook", "token")
"""The parts of a path that have a bucket of their own."""
_VIA = {"Via": "1.1 sandbox"}


class Cut(Exception):
    """The connection is to break without an answer."""


@dataclass(slots=True)
class _Progress:
    """What the traffic view will say of a call, as far as it is known."""

    body: object = None
    fault: str | None = None


def endpoint(platform: Platform, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def serve(request: web.Request) -> web.StreamResponse:
        began, started = clock.now(), clock.monotonic()
        progress = _Progress()
        try:
            reply, headers = await _answer(platform, route, request, progress)
        except Cut:
            reply, headers = Reply(status=HTTPStatus.SERVICE_UNAVAILABLE), {}
            if request.transport is not None:
                request.transport.abort()
        platform.traffic.add(
            Exchange(
                time=began,
                method=request.method,
                path=_path(request),
                query=request.query_string,
                body=progress.body,
                status=0 if progress.fault == "cut" else int(reply.status),
                response=reply.body,
                took=clock.monotonic() - started,
                fault=progress.fault,
            )
        )
        return _response(reply, headers)

    return serve


def unknown(platform: Platform) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """For every path that there is no route for."""

    def missing(call: Call) -> Result:
        del call
        raise plain(HTTPStatus.NOT_FOUND)

    return endpoint(platform, Route(method="*", path="*", act=missing, public=True, exempt=True))


async def _answer(
    platform: Platform, route: Route, request: web.Request, progress: _Progress
) -> tuple[Reply, dict[str, str]]:
    headers: dict[str, str] = {}
    try:
        if platform.faults.down:
            progress.fault = "cut"
            raise Cut
        fault = await _weather(platform, request, progress)
        _authorize(platform, route, request)
        progress.body, uploads = await read(request)
        headers = _count(platform, route, request)
        call = Call(
            platform=platform,
            path=dict(request.match_info),
            query=dict(request.query),
            content=progress.body,
            uploads=uploads,
        )
        reply = _reply(route.act(call))
        return (reply if fault is None else _lost(fault, progress)), headers
    except Refused as refused:
        return Reply(status=HTTPStatus(refused.status), body=refused.body), headers | refused.headers
    except OSError:
        return Reply(status=HTTPStatus.INTERNAL_SERVER_ERROR, body=_broken(500)), headers


async def _weather(platform: Platform, request: web.Request, progress: _Progress) -> Fault | None:
    """Do what faults demand before the call; give back the one that comes after it."""
    name = f"{request.method} {_path(request)}"
    if slow := platform.faults.take(LATENCY, name):
        progress.fault = LATENCY
        await asyncio.sleep(slow.seconds)
    if limited := platform.faults.take(RATE_LIMIT, name):
        progress.fault = RATE_LIMIT
        verdict = Verdict(bucket="fault", limit=1, remaining=0, reset_after=limited.retry_after)
        verdict = replace(verdict, wait=limited.retry_after)
        raise _too_many(verdict, everywhere=limited.everywhere)
    fault = platform.faults.take(REST, name)
    if fault is not None and not fault.after:
        failed = _lost(fault, progress)
        raise Refused(failed.status, _broken(fault.status))
    return fault


def _lost(fault: Fault, progress: _Progress) -> Reply:
    progress.fault = "cut" if fault.cut else REST
    if fault.cut:
        raise Cut
    return Reply(status=HTTPStatus(fault.status), body=_broken(fault.status))


def _broken(status: int) -> Json:
    return {"message": f"{status}: {HTTPStatus(status).phrase}", "code": 0}


def _authorize(platform: Platform, route: Route, request: web.Request) -> None:
    given = request.headers.get("Authorization", "")
    if not route.public and given != f"Bot {platform.options.token}":
        raise plain(HTTPStatus.UNAUTHORIZED)


def _count(platform: Platform, route: Route, request: web.Request) -> dict[str, str]:
    """Count the call against its bucket and the global limit. Raises 429."""
    if route.exempt:
        return {}
    about = "/".join(request.match_info.get(part, "") for part in _MAJOR)
    verdict = platform.buckets.take(route.bucket, about, route.window(platform.options))
    if verdict.wait:
        raise _too_many(verdict)
    if not route.public:
        all_calls = platform.buckets.take("global", "", (platform.options.global_per_second, 1.0))
        if all_calls.wait:
            raise _too_many(all_calls, everywhere=True)
    return verdict.headers()


def _too_many(verdict: Verdict, *, everywhere: bool = False) -> Refused:
    headers = {"X-RateLimit-Global": "true"} if everywhere else verdict.headers()
    headers |= {
        "Retry-After": str(max(1, round(verdict.wait + 0.499))),
        "X-RateLimit-Scope": "global" if everywhere else "user",
    }
    body: Json = {
        "message": "You are being rate limited.",
        "code": 0,
        "retry_after": verdict.wait,
        "global": everywhere,
    }
    return Refused(HTTPStatus.TOO_MANY_REQUESTS, body, headers)


def _reply(result: Result) -> Reply:
    if isinstance(result, Reply):
        return result
    if result is None:
        return Reply(status=HTTPStatus.NO_CONTENT)
    return Reply(status=HTTPStatus.OK, body=result)


def _response(reply: Reply, headers: dict[str, str]) -> web.Response:
    if reply.body is None:
        return web.Response(status=reply.status, headers=headers | _VIA)
    return web.Response(
        status=reply.status,
        body=json.dumps(reply.body, separators=(",", ":")).encode(),
        content_type="application/json",
        headers=headers | _VIA,
    )


def _path(request: web.Request) -> str:
    for prefix in PREFIXES:
        if request.path.startswith(prefix + "/"):
            return request.path.removeprefix(prefix)
    return request.path
