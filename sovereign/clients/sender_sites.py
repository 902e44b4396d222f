"""Goes to the senders' own sites: for the public keys that they sign with, and to confirm what they ask."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

import aiohttp

from sovereign.clients.sessions import session
from sovereign.core import clock
from sovereign.core.errors import Unavailable

PATIENCE = 5.0
"""Seconds; the senders themselves wait for at least ten."""
LARGEST = 256 * 1024
"""Bytes of a key; what is longer is none."""
FRESH, FAILED = 3600.0, 30.0
"""Seconds for which a key is used again, and for which one that could not be had is not asked for again."""
MOST_KEPT = 100
"""Keys in memory; past it the oldest is fetched again when it is needed, those that there are not first."""
MOST_FETCHED, MINUTE = 20, 60.0
"""Fetches within a minute: nobody who invents deliveries can have us hammer somebody's site. Addresses where
a key has been are not among them, or the same could keep us from those that are real."""


class Sites:
    """Implements SenderSites. `now` gives seconds that never go back."""

    def __init__(self, http: aiohttp.ClientSession, now: Callable[[], float] = clock.monotonic) -> None:
        self._http, self._now = http, now
        self._kept: dict[str, tuple[float, bytes | None]] = {}
        self._fetched: deque[float] = deque(maxlen=MOST_FETCHED)
        self._real: dict[str, None] = {}
        self._under_way: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def key(self, url: str) -> bytes:
        """At most an hour old. Raises Unavailable."""
        if (found := self._known(url)) is not None:
            return found
        lock = self._under_way.setdefault(url, asyncio.Lock())  # kept for as long as somebody waits for it
        async with lock:  # each key is fetched once, and no site waits for another
            found = self._known(url) or await self._fetch(url)
        if found is None:
            raise Unavailable(f"{url} cannot be fetched")
        return found

    async def visit(self, url: str) -> None:
        await self._get(url)

    def _known(self, url: str) -> bytes | None:
        """Raises Unavailable for one that could not be had a moment ago."""
        until, found = self._kept.get(url, (0.0, b""))
        if until <= self._now():
            return None
        if found is None:
            raise Unavailable(f"{url} could not be fetched a moment ago")
        return found

    async def _fetch(self, url: str) -> bytes | None:
        """None, for a while, for one that cannot be had."""
        now = self._now()
        if url not in self._real:
            self._count(now)
        try:
            found: bytes | None = await self._get(url)
        except Unavailable:
            found = None
        if found is not None:
            self._real.pop(url, None)
            self._real[url] = None
        self._kept.pop(url, None)
        self._kept[url] = (now + (FAILED if found is None else FRESH), found)
        self._make_room()
        return found

    def _count(self, now: float) -> None:
        """Raises Unavailable for one too many."""
        if len(self._fetched) == MOST_FETCHED and now - self._fetched[0] < MINUTE:
            raise Unavailable("too many keys were asked for within a minute")
        self._fetched.append(now)

    def _make_room(self) -> None:
        while len(self._kept) > MOST_KEPT:
            missing = (url for url, (_, key) in self._kept.items() if key is None)
            del self._kept[next(missing, next(iter(self._kept)))]
        while len(self._real) > MOST_KEPT:
            del self._real[next(iter(self._real))]

    async def _get(self, url: str) -> bytes:
        if not url.startswith("https://"):
            raise Unavailable(f"{url} is not fetched: only https is")
        try:
            async with self._http.get(url, allow_redirects=False) as answer:
                if answer.status != 200:
                    raise Unavailable(f"{url} answers {answer.status}")
                found = bytearray()
                async for piece in answer.content.iter_any():
                    found += piece
                    if len(found) > LARGEST:
                        raise Unavailable(f"{url} answers with more than {LARGEST} bytes")
                return bytes(found)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise Unavailable(f"{url} cannot be fetched ({type(error).__name__})") from error


@asynccontextmanager
async def reaching() -> AsyncIterator[Sites]:
    """The sites, as long as the process lives."""
    timeout = aiohttp.ClientTimeout(total=PATIENCE)
    async with session(timeout) as http:
        yield Sites(http)
