"""List, then watch from there; again and again, whatever happens to the server or to the way to it."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import aiohttp

from sovereign.clients.kubernetes import reading
from sovereign.clients.kubernetes.answers import Expired, refusal
from sovereign.clients.kubernetes.connection import CONNECT, Call, Connection
from sovereign.core.errors import ClusterSilent
from sovereign.domain.cluster import Change, Changed, Gone, Identity, Listed, Silent

T = TypeVar("T")

TURN = 25
"""Seconds after which the server is to end a watch. It goes on where it ended: nothing is listed again."""
LATE = 10.0
"""Seconds beyond that after which a server that says nothing counts as frozen."""
PAGE = 500
"""Things in one answer of a list: 2,000 pods at once would be tens of megabytes."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
LONGEST_LINE = 8 * 2**20
"""Bytes of one change; an object in etcd has at most 1.5 MiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch(Generic[T]):
    """
    query  what is watched: label or field selectors
    read   from one object of the API
    turn   seconds of one request
    """

    connection: Connection
    path: str
    read: Callable[[Mapping[str, object]], T]
    query: tuple[tuple[str, str], ...] = ()
    turn: int = TURN
    late: float = LATE

    async def changes(self) -> AsyncGenerator[Change[T], None]:
        """For ever, or until a refusal, which is raised: it would be the same the next time.

        A failure is told once, then tried over with growing pauses; what is found again is listed anew.
        """
        pause, silent = FIRST_PAUSE, False
        place: str | None = None
        while True:
            try:
                if place is None:
                    items, place = await listed(self.connection, self.path, self.query, self.read)
                    silent = False
                    yield Listed(items=items)
                async for change, at in self._turn(place):
                    place, pause = at or place, FIRST_PAUSE
                    if change is not None:
                        yield change
            except Expired:
                place = None
            except ClusterSilent as error:
                if not silent:
                    silent = True
                    yield Silent(problem=error.public)
                place = None
                await asyncio.sleep(pause * random.uniform(0.75, 1.25))  # noqa: S311 - no secret
                pause = min(pause * 2, LONGEST_PAUSE)

    async def _turn(self, place: str) -> AsyncIterator[tuple[Change[T] | None, str]]:
        """One request; ends when the server ends it. Each change with the place after it."""
        query = (
            *self.query,
            ("watch", "1"),
            ("resourceVersion", place),
            ("allowWatchBookmarks", "true"),
            ("timeoutSeconds", str(self.turn)),
        )
        limits = aiohttp.ClientTimeout(sock_connect=CONNECT, sock_read=self.turn + self.late)
        call = Call(method="GET", path=self.path, query=query)
        async with self.connection.open(call, limits) as answer:
            async for line in _lines(answer):
                yield self._change(line)

    def _change(self, line: bytes) -> tuple[Change[T] | None, str]:
        found = json.loads(line)
        kind, raw = found.get("type"), found.get("object")
        if kind == "ERROR":
            status = int(raw.get("code") or 500)
            raise refusal(self.connection.name, status, json.dumps(raw).encode(), None, writing=False)
        at = reading.place_of(raw)
        if kind == "BOOKMARK":
            return None, at
        return (Gone(name=reading.name(raw)) if kind == "DELETED" else Changed(item=self.read(raw))), at


async def listed(
    connection: Connection,
    path: str,
    query: tuple[tuple[str, str], ...],
    read: Callable[[Mapping[str, object]], T],
    as_who: Identity | None = None,
) -> tuple[list[T], str]:
    """All of them, page by page, and the place from which a watch goes on. Raises as a call does."""
    found: list[T] = []
    more = ""
    while True:
        pages = (*query, ("limit", str(PAGE)), *((("continue", more),) if more else ()))
        try:
            raw = await connection.json(Call(method="GET", path=path, query=pages, as_who=as_who))
        except Expired:
            if not more:
                raise
            found, more = [], ""
            continue
        found += [read(one) for one in reading.items(raw)]
        more = reading.next_page(raw)
        if not more:
            return found, reading.place_of(raw)


async def _lines(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """aiohttp's own lines end at a limit that an object may pass."""
    rest = bytearray()
    async for piece in answer.content.iter_any():
        rest += piece
        if b"\n" not in piece:
            if len(rest) > LONGEST_LINE:
                raise aiohttp.ClientPayloadError("a change is too long")
            continue
        *whole, last = rest.split(b"\n")
        rest = bytearray(last)
        for line in whole:
            if line.strip():
                yield bytes(line)
