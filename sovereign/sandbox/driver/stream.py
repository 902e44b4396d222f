"""Server-sent events of all that one member may see, for the page."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress

from aiohttp import web

from sovereign.sandbox import payloads
from sovereign.sandbox.driver import find
from sovereign.sandbox.guild import BOT_ID
from sovereign.sandbox.hub import Event
from sovereign.sandbox.permissions import VIEW, in_channel
from sovereign.sandbox.platform import Platform
from sovereign.sandbox.wire import Json

WAITING = 1_000
"""Events that may wait for a slow reader; more are dropped, and RESYNC tells it to read everything anew."""
PING = 15.0
"""Seconds between signs of life."""


class Stream:
    """One reader. Hears at once and is read at leisure."""

    def __init__(self, platform: Platform, viewer: int) -> None:
        self._platform, self._viewer = platform, viewer
        self._waiting: asyncio.Queue[str] = asyncio.Queue(WAITING)
        self._lost = False

    def hear(self, event: Event) -> None:
        if not self._may_know(event):
            return
        if self._waiting.full():
            self._lost = True
            return
        self._waiting.put_nowait(_line(self._platform, event))

    async def next(self) -> str:
        """The next event, or a comment when nothing happens for a while."""
        if self._lost and self._waiting.empty():
            self._lost = False
            return _packed({"t": "RESYNC", "channel": None, "guild": None, "d": {}})
        try:
            return await asyncio.wait_for(self._waiting.get(), PING)
        except TimeoutError:
            return ": ping\n\n"

    def _may_know(self, event: Event) -> bool:
        if event.name == "INTERACTION_CREATE" or event.only not in (None, self._viewer):
            return False
        state = self._platform.state
        return event.channel is None or bool(in_channel(state, self._viewer, event.channel) & VIEW)


async def serve_stream(platform: Platform, request: web.Request) -> web.StreamResponse:
    named = request.query.get("as")  # nobody named: the owner, who sees every channel
    viewer = find.person(platform, named).user_id if named else platform.state.guild.owner_id
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    stream = Stream(platform, viewer)
    platform.hub.join(stream)
    try:
        await response.prepare(request)
        stream.hear(Event(name="BOT", body={"online": platform.gateway.online}))
        with suppress(ConnectionError):
            while not platform.closing:
                await response.write((await stream.next()).encode())
    finally:
        platform.hub.leave(stream)
    return response


def _line(platform: Platform, event: Event) -> str:
    body = event.body
    if event.name == "BOT":
        body = {**body, "user": payloads.user_of(platform.state, BOT_ID)}
    channel = event.channel
    where = {
        "channel": str(channel.id) if channel else None,
        "guild": str(platform.state.guild.id) if channel is None or channel.guild_id else None,
    }
    return _packed({"t": event.name, **where, "d": body})


def _packed(event: Json) -> str:
    return f"data: {json.dumps(event, separators=(',', ':'))}\n\n"
