"""Lets other programs follow the events: who may, which ones, and what has happened since a place."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import structlog

from sovereign.core import metrics
from sovereign.core.errors import ConfigError
from sovereign.domain.cloudevent import Wanted, cloudevent
from sovereign.services.programs import Reader
from sovereign.services.setup import Setup
from sovereign.store import events
from sovereign.store.database import Database
from sovereign.store.sqlite import Connection

log = structlog.get_logger()

SEATS = 50
"""Programs that may follow at once."""
PAGE, PAGE_SIZE = 200, 2**20
"""Events looked through at a time, and the characters of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """CloudEvents and their places in the order of arrival. `position` is how far was looked; `whole` means
    that there is nothing beyond it."""

    events: Sequence[tuple[int, dict[str, object]]]
    position: int
    whole: bool


class Streaming:
    def __init__(self, database: Database, setup: Setup) -> None:
        self._database, self._setup = database, setup
        self._news = asyncio.Event()
        self._seated = 0
        self.closing = False

    def follow(self, setup: Setup) -> None:
        """Admit by this configuration; who follows already is looked at again with the next news."""
        self._setup = setup
        self.wake()

    def wake(self) -> None:
        """There may be new events."""
        self._news.set()
        self._news = asyncio.Event()

    def close(self) -> None:
        """Everybody is to leave."""
        self.closing = True
        self.wake()

    @property
    def news(self) -> asyncio.Event:
        """Set at the next news. To be taken before one looks, so that nothing falls in between."""
        return self._news

    def reader(self, key: str) -> Reader | None:
        """Whose key that is. Every configured one is compared, each in constant time. The key of two is
        nobody's: it does not say who asks, nor what they may see."""
        given, found = key.encode(errors="surrogateescape"), []
        for reader in self._setup.readers:
            with suppress(ConfigError):  # `sovereign check` and the start tell of it
                own = reader.secret().encode()
                if hmac.compare_digest(given, own) and own:
                    found.append(reader)
        if len(found) > 1:
            log.warning("stream.ambiguous", readers=[reader.name for reader in found])
        return found[0] if len(found) == 1 else None

    @property
    def has_seat(self) -> bool:
        return self._seated < SEATS

    @contextmanager
    def seat(self, reader: Reader) -> Iterator[None]:
        """One of the places, as long as somebody follows."""
        self._seated += 1
        metrics.stream_readers.inc()
        log.info("stream.opened", reader=reader.name, readers=self._seated)
        try:
            yield
        finally:
            self._seated -= 1
            metrics.stream_readers.dec()
            log.info("stream.closed", reader=reader.name, readers=self._seated)

    async def newest(self) -> int:
        """Where somebody begins who wants nothing of the past."""
        return await self._database.read(events.newest)

    async def after(self, position: int, *selections: Wanted) -> Page:
        """The next events that all the selections take."""
        return await self._database.read(lambda tx: _page(tx, position, selections))


def _page(tx: Connection, position: int, selections: Sequence[Wanted]) -> Page:
    found, newest = [], events.newest(tx)
    for event in events.after(tx, position, count=PAGE, size=PAGE_SIZE):
        position = event.sequence
        if all(wanted.takes(event.facts) for wanted in selections):
            found.append((position, cloudevent(event)))
    return Page(events=found, position=position, whole=position >= newest)
