"""The answers that nearly every delivery gets, put together once: one for each took a tenth of the work."""

from __future__ import annotations

from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus

from aiohttp import HttpVersion11, web

from sovereign.core import clock

_ANSWER = "HTTP/1.1 {} {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nDate: {}\r\n\r\n"


class Receipt(web.StreamResponse):
    """A body that is always the same, where the connection stays open: one for all requests."""

    def __init__(self, body: bytes, status: HTTPStatus = HTTPStatus.ACCEPTED) -> None:
        super().__init__(status=status)
        self._always = body

    def to(self, request: web.Request) -> web.StreamResponse:
        """This, or a response of its own for who speaks HTTP/1.0 or wants to close."""
        if request.version == HttpVersion11 and request.keep_alive:
            return self
        return web.Response(body=self._always, status=self.status, content_type="application/json")

    @property
    def keep_alive(self) -> bool:
        return True

    async def prepare(self, request: web.BaseRequest) -> None:
        """Write all of it. Raises ConnectionResetError where nobody listens any more."""
        if request.transport is None or request.transport.is_closing():
            raise ConnectionResetError("the sender is gone")
        request.transport.write(_whole(self._always, self.status, int(clock.now().timestamp())))

    async def write_eof(self, data: bytes = b"") -> None:
        """There is nothing left to write."""


@lru_cache(8)
def _whole(body: bytes, status: int, second: int) -> bytes:
    """RFC 9110 wants a date in it, which is a whole second."""
    reason, date = HTTPStatus(status).phrase, formatdate(second, usegmt=True)
    return _ANSWER.format(status, reason, len(body), date).encode() + body
