"""The ways in for webhooks: bytes in, a status out."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus

from aiohttp import web

from sovereign.core.errors import RejectedDelivery
from sovereign.services.gateway import Gateway
from sovereign.web import bodies
from sovereign.web.edge import ACCOUNTED, LONGEST_PATH, SERVICES
from sovereign.web.receipts import Receipt

PUBLIC_URL = web.AppKey("public_url", str)
BUDGET = web.AppKey("budget", bodies.Budget)

IN_FLIGHT = 256 * 2**20
"""Bytes of bodies in memory at once: what a small server can spare."""

_SAID = {True: b'{"status": "accepted"}', False: b'{"status": "repeat"}'}
RECEIPTS = {
    (status, fresh): Receipt(said, status)
    for status in (HTTPStatus.ACCEPTED, HTTPStatus.OK)
    for fresh, said in _SAID.items()
}


PATHS = ("/git", "/alert", "/event", "/hooks/{name}")
METHODS = "POST, HEAD, OPTIONS"

_HOST = re.compile(r"[\w.-]{1,253}(:\d{1,5})?", re.ASCII)
_ORIGIN = re.compile(r"[\w.:/*-]{1,200}", re.ASCII)


def routes() -> list[web.RouteDef]:
    answers = {"POST": receive, "HEAD": probe, "OPTIONS": permit}
    paths = [path for each in PATHS for path in (each, f"{each}/")]
    known = [web.route(method, path, answer) for path in paths for method, answer in answers.items()]
    return [*known, *(web.get(path, explain, allow_head=False) for path in paths)]


def _path(request: web.Request) -> str:
    """That of the endpoint: with a slash at its end it is the same. What senders sign is what they called."""
    return request.path[:LONGEST_PATH].removesuffix("/")


async def probe(request: web.Request) -> web.Response:
    """200 where something listens, as some senders want to know before they register the address."""
    known = request.app[SERVICES].gateway.listens(_path(request))
    return web.Response(status=200 if known else 404)


async def permit(request: web.Request) -> web.Response:
    """The abuse protection of CloudEvents: whoever asks may send, and must prove itself when it does.

    https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md#4-abuse-protection
    """
    if not request.app[SERVICES].gateway.listens(_path(request)):
        return web.Response(status=404)
    origin = request.headers.get("WebHook-Request-Origin", "")
    asked = _ORIGIN.fullmatch(origin) is not None
    permission = {"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*"} if asked else {}
    return web.Response(status=200, headers={"Allow": METHODS, **permission})


async def explain(request: web.Request) -> web.Response:
    problem = "This address takes webhooks: they come by POST. There is nothing to look at."
    return web.json_response({"error": problem}, status=405, headers={"Allow": METHODS})


@lru_cache(64)
def _called(scheme: str, host: str) -> str:
    """Where no public address is configured: the name under which the request came."""
    return f"{scheme}://{host if _HOST.fullmatch(host) else 'localhost'}"


def _readable(value: str) -> str:
    """UTF-8, as most write it. Other bytes come as half surrogates, which nothing could store: then all of
    the value is Latin-1."""
    raw = value.encode(errors="surrogateescape")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _headers(request: web.Request) -> dict[str, str]:
    """By their names in lower case. One that came on several lines is one list, as of several signatures."""
    given = request.headers
    found = {name.lower(): value if value.isascii() else _readable(value) for name, value in given.items()}
    if len(found) < len(given):
        lines: dict[str, list[str]] = {}
        for name, value in given.items():  # one pass: a stranger says how many there are
            lines.setdefault(name.lower(), []).append(_readable(value))
        found = {name: ", ".join(values) for name, values in lines.items()}
    return found


async def receive(request: web.Request) -> web.StreamResponse:
    """202, or what else the sender wants, once the bytes are on the disk, for a repeat too; 200 for a
    handshake; else why not."""
    app, path = request.app, _path(request)
    request[ACCOUNTED] = True
    gateway = app[SERVICES].gateway
    with gateway.arrival(path) as arrival, app[BUDGET].share() as take:
        body = await _body(request, gateway, path, take)
        arrival.has_read(len(body))
        headers = _headers(request)
        url = f"{app[PUBLIC_URL] or _called(request.scheme, request.host)}{request.raw_path}"
        if gateway.greets(path) and (greeting := await gateway.greet(path, headers, body, url)):
            arrival.greeted()
            return web.Response(
                body=greeting.body, headers={**greeting.headers, "X-Content-Type-Options": "nosniff"}
            )
        fresh = await gateway.accept(path, headers, body, url)
        arrival.taken(fresh=fresh)
    return RECEIPTS[gateway.heard(path), fresh].to(request)


async def _body(request: web.Request, gateway: Gateway, path: str, take: Callable[[int], None]) -> bytes:
    """The bytes that came, from an address that may send them."""
    try:
        if gateway.guards(path):
            gateway.admit(path, request.remote or "", ",".join(request.headers.getall("X-Forwarded-For", ())))
        return await bodies.read(request, gateway.max_body, take)
    except RejectedDelivery as refusal:
        await gateway.refuse(path, refusal)
        raise
