"""From kept deliveries to events, conversations, incidents and outbox rows, in the order of arrival."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

import structlog

from sovereign.core import clock
from sovereign.core.errors import BadPayload, Unavailable
from sovereign.core.records import replace
from sovereign.integrations._source import Source
from sovereign.services import accounting
from sovereign.services.ahead import Ahead
from sovereign.services.ingesting import ingest
from sovereign.services.reading import Read, quarantined, reader_of, unreadable
from sovereign.services.setup import Setup
from sovereign.store import deliveries
from sovereign.store.database import Database
from sovereign.store.deliveries import Delivery
from sovereign.store.sqlite import Connection

log = structlog.get_logger()

BATCH, BATCH_BYTES = 64, 4 * 2**20
"""Deliveries for one transaction, and the bytes of their bodies: enough to share its cost, few enough that
whatever else wants to write is not kept waiting."""
MANY = 128
"""Deliveries for one transaction while nobody sends."""
FEW = 8
"""Deliveries for one transaction while many senders wait for an answer."""
REST, LONGEST_REST = 9.0, 1.0
"""While they do, the pipeline rests nine times as long as it has worked, at most so many seconds: what is
accepted is worked off later, and a sender that is not answered in time may never send again."""
GLANCE = 0.25
"""Seconds of rest between two looks for what is critical."""
LOOK_AGAIN = 2.0
"""Seconds after which the pipeline looks even if nobody has woken it: another process may have asked for a
replay."""
SHARE = 0.004
"""Seconds of a transaction after which somebody else has a turn, if anybody waits for one."""
SLICE = 0.001
"""Seconds for which bodies are parsed before whatever else is ready has its turn."""
TOLD = 16
"""Deliveries that are accounted for before whatever else is ready has its turn: a millisecond."""
LARGE = 256 * 1024
"""A body of this many bytes or more is parsed on a thread, so that the loop goes on meanwhile."""


class Pipeline:
    """`announced` is called after each transaction that may have put something into the outbox."""

    def __init__(
        self,
        database: Database,
        setup: Setup,
        announced: Callable[[], None],
    ) -> None:
        self._database, self._setup, self._announced = database, setup, announced
        self._woken, self._idle = asyncio.Event(), asyncio.Event()
        self._ahead = Ahead(self._reader)

    def follow(self, setup: Setup) -> None:
        """Read and route by this configuration from the next delivery on."""
        self._setup = setup

    def wake(self) -> None:
        """There is a new delivery."""
        self._woken.set()

    async def run(self) -> None:
        """Work off what is there, at once and whenever woken, until cancelled."""
        while True:
            self._woken.clear()
            try:
                await self.drain()
            except Unavailable as down:
                log.warning("pipeline.waiting", problem=str(down))
                await asyncio.sleep(1)
                continue
            if not self._woken.is_set():
                self._idle.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN):
                    await self._woken.wait()

    async def idle(self) -> None:
        """Return when every delivery that was kept before the call has been worked off."""
        self._idle.clear()
        self.wake()
        await self._idle.wait()

    async def drain(self) -> None:
        """Work off every delivery that waits."""
        while True:
            began, crowded = clock.monotonic(), self._database.crowded
            size = FEW if crowded else MANY if self._database.quiet else BATCH
            batch = await self._database.read(partial(self._next, size))
            if not batch:
                return
            await self._work_off(batch)
            if crowded:
                await self._rest(min(LONGEST_REST, REST * (clock.monotonic() - began)))

    async def _work_off(self, batch: Sequence[Delivery]) -> None:
        read = await self._read(batch)
        while read:
            taken = await self._database.write(partial(self._ingest, read))
            read = read[len(taken) :]
            self._announced()
            for few in range(0, len(taken), TOLD):
                accounting.worked_off(taken[few : few + TOLD])
                await asyncio.sleep(0)

    def _ingest(self, read: Sequence[Read], tx: Connection) -> Sequence[Read]:
        """On the writer's thread: nobody who waits for it is kept waiting by a whole batch."""
        until = clock.monotonic() + SHARE
        return ingest(tx, read, self._setup, lambda: self._database.awaited and clock.monotonic() > until)

    async def _rest(self, seconds: float) -> None:
        """Do nothing for so long, save for what is to go before its turn."""
        until = clock.monotonic() + seconds
        while (left := until - clock.monotonic()) > 0:
            await asyncio.sleep(min(GLANCE, left))
            if ahead := await self._database.read(lambda tx: self._ahead.of(tx, FEW)):
                await self._work_off(ahead)

    def _next(self, count: int, tx: Connection) -> Sequence[Delivery]:
        """What waits, oldest first; where more of it waits, what is to go before its turn."""
        oldest = deliveries.waiting(tx, count, BATCH_BYTES)
        return oldest if len(oldest) < count else self._ahead.of(tx, count) or oldest

    async def _read(self, batch: Sequence[Delivery]) -> Sequence[Read]:
        read, since = [], clock.monotonic()
        for delivery in batch:
            if len(delivery.body) >= LARGE:
                read.append(await asyncio.to_thread(self._timed, delivery))
                continue
            if clock.monotonic() - since > SLICE:
                await asyncio.sleep(0)
                since = clock.monotonic()
            read.append(self._timed(delivery))
        return read

    def _timed(self, delivery: Delivery) -> Read:
        began = clock.monotonic()
        read = self._parse(delivery)
        return replace(read, seconds=clock.monotonic() - began)

    def _parse(self, delivery: Delivery) -> Read:
        reader = self._reader(delivery)
        try:
            found = reader.parse(delivery.headers, delivery.body)
        except BadPayload as problem:
            return unreadable(delivery, reader.title, problem)
        except Exception as mistake:  # quarantine: one source's must not stop the others
            return quarantined(delivery, reader.title, mistake)
        return Read(delivery=delivery, events=found)

    def _reader(self, delivery: Delivery) -> Source:
        return reader_of(delivery, self._setup)
