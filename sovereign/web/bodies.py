"""Reads the body of a request within its limit, compressed or not."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aiohttp import web

from sovereign.core.errors import RejectedDelivery, TooLarge, Unavailable, Undecodable

SLOWEST = 30.0
"""Seconds that a body may take to arrive."""
_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""`wbits` for zlib: 15 bits of window, and 16 more for the gzip header."""


class Budget:
    """Bytes of bodies that may be in memory at once, whoever sent them; more are told to come again."""

    def __init__(self, total: int) -> None:
        self._left = total

    @contextmanager
    def share(self) -> Iterator[Callable[[int], None]]:
        """A function that takes so many bytes or raises Unavailable; all are given back at the end."""
        taken = 0

        def take(count: int) -> None:
            nonlocal taken
            if count > self._left:
                raise Unavailable("too many bodies are on their way at once")
            self._left -= count
            taken += count

        try:
            yield take
        finally:
            self._left += taken


async def read(request: web.Request, limit: int, take: Callable[[int], None]) -> bytes:
    """The whole body, decompressed, of at most `limit` bytes. Raises RejectedDelivery of some kind."""
    if (request.content_length or 0) > limit:
        raise _too_large(limit)
    pieces = bytearray()
    try:
        async with asyncio.timeout(SLOWEST):
            async for piece in request.content.iter_any():
                take(len(piece))
                pieces += piece
                if len(pieces) > limit:
                    raise _too_large(limit)
    except (web.RequestPayloadError, ConnectionResetError):
        raise RejectedDelivery("broken_body", "The body ended before it was whole.") from None
    except TimeoutError:
        raise RejectedDelivery("too_slow", f"The body did not arrive within {SLOWEST:.0f} seconds.") from None
    body = _decoded(bytes(pieces), request.headers.get("Content-Encoding", "").strip().lower(), limit)
    take(max(0, len(body) - len(pieces)))
    return body


def _decoded(body: bytes, encoding: str, limit: int) -> bytes:
    if encoding in ("", "identity"):
        return body
    if encoding not in _WINDOWS:
        raise Undecodable(
            "unknown_encoding", f"Content-Encoding {encoding[:40]!r} is not known; use gzip or none."
        )
    stream = zlib.decompressobj(_WINDOWS[encoding])
    try:
        plain = stream.decompress(body, limit + 1)
    except zlib.error:
        raise Undecodable("broken_encoding", f"The body is not {encoding}.") from None
    if len(plain) > limit:
        raise _too_large(limit)
    if not stream.eof:
        raise Undecodable("broken_encoding", f"The {encoding} body ends in the middle.")
    return plain


def _too_large(limit: int) -> TooLarge:
    return TooLarge("too_large", f"The body is larger than {limit} bytes (event_gateway.max_body).")
