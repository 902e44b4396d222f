"""Sends sample webhooks for the page, by way of whoever knows the senders and the gateway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from aiohttp import web

from sovereign.core.errors import SovereignError
from sovereign.sandbox.driver import find
from sovereign.sandbox.driver.body import read
from sovereign.sandbox.platform import Platform
from sovereign.sandbox.wire import Json, text


class Drawer(Protocol):
    """What the server is given by the program that starts it."""

    def cases(self) -> Mapping[str, Sequence[str]]:
        """The names of the samples of each source."""

    async def send(self, source: str, case: str) -> Json:
        """`{request: {method, url, headers, body}, response: {status, body}}`. Raises SovereignError."""


class Samples:
    """The two calls of the page's drawer."""

    def __init__(self, drawer: Drawer | None) -> None:
        self._drawer = drawer

    async def read(self, platform: Platform, request: web.Request) -> web.StreamResponse:
        del platform, request
        there = self._drawer.cases() if self._drawer else {}
        return web.json_response([{"source": name, "cases": list(cases)} for name, cases in there.items()])

    async def send(self, platform: Platform, request: web.Request) -> web.StreamResponse:
        del platform
        body = await read(request)
        if self._drawer is None:
            raise find.missing("This sandbox was started without samples.")
        try:
            answer = await self._drawer.send(text(body.get("source")), text(body.get("case")))
        except SovereignError as refused:
            raise find.missing(refused.public) from None
        return web.json_response(answer)
