"""`/events`: the normalised events as they happen, as CloudEvents over server-sent events.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from contextlib import suppress

from aiohttp import web

from sovereign.domain.cloudevent import Wanted
from sovereign.web.edge import RETRY_AFTER, SERVICES

HEARTBEAT = 15.0
"""Seconds without an event after which a comment shows that the connection lives: proxies close idle ones."""
SLOWEST = 10.0
"""Seconds that a reader may take until what it is sent is on its way."""
GATHER = 0.2
"""Seconds between two looks for events: in a storm each reader costs five a second, and no more."""
MOST_PATTERNS = 20
FILTERS = ("kind", "source", "service")
"""Parameters that may come several times; of each any one must fit."""

PATTERN = re.compile(r"[\w.*?:/@ -]{1,200}")
PLACE = re.compile(r"[0-9]{0,18}")
_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would keep events back
    "X-Content-Type-Options": "nosniff",
}


def routes() -> list[web.RouteDef]:
    return [web.get("/events", follow, allow_head=False)]


async def leave(app: web.Application) -> None:
    """The server stops: whoever follows comes again, to the next process."""
    app[SERVICES].streaming.close()


async def follow(request: web.Request) -> web.StreamResponse:
    """The events after `Last-Event-ID`, else those from now on, until the reader leaves."""
    streaming = request.app[SERVICES].streaming
    key = _key(request)
    reader = streaming.reader(key)
    if reader is None:
        problem = "This is no key of outwards.readers in discovery.yml, or one that two of them have."
        if not key:
            problem = "Send an API key of outwards.readers in discovery.yml as Authorization: Bearer."
        return _refused(401, problem, {"WWW-Authenticate": 'Bearer realm="sovereign"'})
    asked = _asked(request)
    place = request.headers.get("Last-Event-ID", "")
    if asked is None or not PLACE.fullmatch(place):
        return _refused(400, _MALFORMED)
    if not reader.wanted.covers(asked):
        return _refused(403, f"The key {reader.name} may not see these; outwards.readers says what it may.")
    if not streaming.has_seat:
        return _refused(503, "As many programs follow as can. Come again.", {"Retry-After": RETRY_AFTER})
    with streaming.seat(reader):
        newest = await streaming.newest()
        position = min(int(place), newest) if place else newest
        response = web.StreamResponse(headers=_HEADERS)
        _ = await response.prepare(request)
        try:
            await _tell(request, response, asked, position)
        except TimeoutError:
            await _drop(request, response)
        except ConnectionResetError:  # the reader has left
            pass
        return response


_MALFORMED = (
    f"Parameters are {', '.join(FILTERS)}, each at most {MOST_PATTERNS} times, with * and ? for any letters;"
    " Last-Event-ID is the id of an event."
)


async def _tell(request: web.Request, response: web.StreamResponse, asked: Wanted, position: int) -> None:
    """Raises TimeoutError for a reader that is too slow, and ConnectionResetError for one that has left."""
    streaming = request.app[SERVICES].streaming
    await _write(response, f"retry: 3000\nid: {position}\n\n".encode())
    while not streaming.closing:
        news = streaming.news
        reader = streaming.reader(_key(request))
        if reader is None or not reader.wanted.covers(asked):
            await _write(response, b": the key is no longer good for this\n\n")
            return
        page = await streaming.after(position, reader.wanted, asked)
        position = page.position
        for place, event in page.events:
            await _write(response, _framed(place, event))
        if page.whole and not await _hears(news):
            # The id alone moves the reader's place past what it does not want.
            await _write(response, f": still here\nid: {position}\n\n".encode())
        await asyncio.sleep(GATHER if page.whole else 0)


async def _hears(news: asyncio.Event) -> bool:
    """Whether there was any before the next heartbeat."""
    with suppress(TimeoutError):
        async with asyncio.timeout(HEARTBEAT):
            await news.wait()
    return news.is_set()


async def _write(response: web.StreamResponse, text: bytes) -> None:
    async with asyncio.timeout(SLOWEST):
        await response.write(text)


async def _drop(request: web.Request, response: web.StreamResponse) -> None:
    """Say so, and hang up: what it has missed it gets when it comes again with `Last-Event-ID`."""
    with suppress(TimeoutError, ConnectionResetError):
        async with asyncio.timeout(0):  # it waits for no room
            await response.write(b": too slow, come again with Last-Event-ID\n\n")
    if transport := request.transport:
        transport.close()
        asyncio.get_running_loop().call_later(SLOWEST, transport.abort)


def _framed(place: int, event: Mapping[str, object]) -> bytes:
    """JSON in ASCII has no line ends, which would end the data."""
    return f"id: {place}\ndata: {json.dumps(event)}\n\n".encode()


def _key(request: web.Request) -> str:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def _asked(request: web.Request) -> Wanted | None:
    """What the reader wants of what it may see; None where it cannot be understood."""
    if set(request.query) - set(FILTERS):
        return None
    found = {name: tuple(request.query.getall(name, ())) for name in FILTERS}
    if any(len(each) > MOST_PATTERNS or not all(map(PATTERN.fullmatch, each)) for each in found.values()):
        return None
    return Wanted(kinds=found["kind"], sources=found["source"], services=found["service"])


def _refused(status: int, problem: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response({"error": problem}, status=status, headers=headers)
