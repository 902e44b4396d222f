"""Reads the body of a request within its limit, compressed or not."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable

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

    def share(self) -> Share:
        return Share(self)

    def take(self, count: int) -> None:
        if count > self._left:
            raise Unavailable("too many bodies are on their way at once")
        self._left -= count

    def give_back(self, count: int) -> None:
        self._left += count


class Share:
    """A function that takes so many bytes or raises Unavailable; all are given back at the end."""

    __slots__ = ("_budget", "_taken")

    def __init__(self, budget: Budget) -> None:
        self._budget, self._taken = budget, 0

    def __enter__(self) -> Callable[[int], None]:
        return self._take

    def __exit__(self, *_: object) -> None:
        self._budget.give_back(self._taken)

    def _take(self, count: int) -> None:
        self._budget.take(count)
        self._taken += count


async def read(request: web.Request, limit: int, take: Callable[[int], None]) -> bytes:
    """The whole body, decompressed, of at most `limit` bytes. Raises RejectedDelivery of some kind."""
    if (request.content_length or 0) > limit:
        raise _too_large(limit)
    whole = request.content.is_eof() and request.content.exception() is None
    pieces = _arrived(request, limit, take) if whole else await _arriving(request, limit, take)
    encoding = request.headers.get("Content-Encoding", "")
    if not encoding:
        return pieces
    body = _decoded(pieces, encoding.strip().lower(), limit)
    take(max(0, len(body) - len(pieces)))
    return body


def _arrived(request: web.Request, limit: int, take: Callable[[int], None]) -> bytes:
    """Most bodies are here as soon as their headers are: then nothing has to wait, nor be timed."""
    body = request.content.read_nowait()
    take(len(body))
    if len(body) > limit:
        raise _too_large(limit)
    return body


async def _arriving(request: web.Request, limit: int, take: Callable[[int], None]) -> bytes:
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
    return bytes(pieces)


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
    if stream.unused_data:  # as if it were not there, part of what was sent would be lost unsaid
        raise Undecodable("broken_encoding", f"The body goes on behind its {encoding}.")
    return plain


def _too_large(limit: int) -> TooLarge:
    return TooLarge("too_large", f"The body is larger than {limit} bytes (event_gateway.max_body).")
