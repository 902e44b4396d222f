"""The ways in for webhooks: bytes in, a status out."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from sovereign.core.errors import RejectedDelivery
from sovereign.services.accounting import Arrival
from sovereign.web import bodies
from sovereign.web.edge import ACCOUNTED, SERVICES

PUBLIC_URL = web.AppKey("public_url", str)
BUDGET = web.AppKey("budget", bodies.Budget)

IN_FLIGHT = 256 * 2**20
"""Bytes of bodies in memory at once: what a small server can spare."""

LONGEST_PATH = 200


def routes() -> list[web.RouteDef]:
    paths = ("/git", "/alert", "/event", "/hooks/{name}")
    return [web.post(path, receive) for path in paths]


def _readable(value: str) -> str:
    """Bytes beyond ASCII come as half surrogates, which nothing could store: they are read as Latin-1."""
    return value if value.isascii() else value.encode(errors="surrogateescape").decode("latin-1")


async def receive(request: web.Request) -> web.Response:
    """202 once the bytes are on the disk, for a repeat too; else why not."""
    gateway = request.app[SERVICES].gateway
    request[ACCOUNTED] = True
    with gateway.arrival(request.path[:LONGEST_PATH]) as arrival, request.app[BUDGET].share() as take:
        return await _receive(request, take, arrival)


async def _receive(request: web.Request, take: Callable[[int], None], arrival: Arrival) -> web.Response:
    gateway = request.app[SERVICES].gateway
    try:
        body = await bodies.read(request, gateway.max_body, take)
    except RejectedDelivery as refusal:
        await gateway.refuse(request.path[:LONGEST_PATH], refusal)
        raise
    arrival.has_read(len(body))
    headers = {name.lower(): _readable(value) for name, value in request.headers.items()}
    url = f"{request.app[PUBLIC_URL]}{request.rel_url}"
    fresh = await gateway.accept(request.path[:LONGEST_PATH], headers, body, url)
    arrival.taken(fresh=fresh)
    return web.json_response({"status": "accepted" if fresh else "repeat"}, status=202)
