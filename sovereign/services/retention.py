"""Prunes what is too old or too much, in small pieces between which everybody else has a turn."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

import structlog

from sovereign.core import clock, metrics
from sovereign.core.errors import Unavailable
from sovereign.services.setup import Setup
from sovereign.store import facts, forgetting, pruning
from sovereign.store.database import Database
from sovereign.store.pruning import Aged, Place
from sovereign.store.sqlite import Connection

log = structlog.get_logger()

FIRST, AGAIN = 60.0, 3600.0
"""Seconds after the start, and between two times."""
PIECE, LONGEST = 200, 0.02
"""Deliveries for one transaction, and the seconds that it may take: so long may a sender wait for it."""
REST, CROWDED_REST = 4.0, 1.0
"""The pause after a piece: so many times as long as that took, or so many seconds while many senders wait."""
FACT = "retention.last"
"""The fact that says when it was done, and what came of it."""


class Retention:
    def __init__(self, database: Database, setup: Setup) -> None:
        self._database = database
        self.follow(setup)

    def follow(self, setup: Setup) -> None:
        """Keep things by this configuration from now on."""
        self._retention = setup.retention

    async def run(self) -> None:
        """Prune from time to time, until cancelled."""
        pause = FIRST
        while True:
            await asyncio.sleep(pause)
            pause = AGAIN
            try:
                await self.prune()
            except Unavailable as down:
                log.warning("retention.waiting", problem=str(down))
                pause = FIRST

    async def prune(self) -> int:
        """Let go of all that may go; how many deliveries that were."""
        began, now = clock.monotonic(), clock.now()
        by_age = 0
        for source in await self._database.read(pruning.sources):
            gone = await self._aged(source, self._retention.horizon(source, now))
            metrics.pruned.labels("age").inc(gone)
            by_age += gone
        by_age += await self._quarantined(now - self._retention.quarantined)
        by_size = await self._oversized(self._retention.shortest(now))
        metrics.pruned.labels("size").inc(by_size)
        await self._refusals(now - self._retention.age)
        closed = await self._conversations(now - self._retention.conversations)
        await self._messages(now - self._retention.conversations)
        found = {"at": now.isoformat(), "by_age": by_age, "by_size": by_size, "conversations": closed}
        await self._database.write(lambda tx: facts.put(tx, FACT, json.dumps(found)))
        took = round(clock.monotonic() - began, 1)
        log.info("retention", by_age=by_age, by_size=by_size, conversations=closed, took_s=took)
        return by_age + by_size

    async def _aged(self, source: str, before: datetime) -> int:
        gone, after = 0, None
        while True:
            look = partial(pruning.oldest, source=source, before=before, after=after, limit=PIECE)
            page = await self._database.read(look)
            if not page:
                return gone
            gone += await self._let_go(page)
            after = Place(received_at=page[-1].received_at, id=page[-1].id)

    async def _quarantined(self, before: datetime) -> int:
        gone, after = 0, 0
        while True:
            look = partial(pruning.first, before=before, after=after, limit=PIECE, quarantined=True)
            page = await self._database.read(look)
            if not page:
                metrics.pruned.labels("age").inc(gone)
                return gone
            gone += await self._let_go(page)
            after = page[-1].id

    async def _oversized(self, before: datetime) -> int:
        """The oldest go first, whatever their source, until the rest is small enough; what nobody could read
        goes only when nothing else may."""
        gone, after, quarantined = 0, 0, False
        while await self._database.read(pruning.used) > self._retention.size:
            look = partial(pruning.first, before=before, after=after, limit=pruning.AT_ONCE)
            page = await self._database.read(partial(look, quarantined=quarantined))
            if page:
                gone += await self._let_go(page)
                after = page[-1].id
            elif quarantined:
                used = await self._database.read(pruning.used)
                log.warning("retention.too_much", bytes=used, wanted=self._retention.size)
                return gone
            else:
                after, quarantined = 0, True
        return gone

    async def _conversations(self, before: datetime) -> int:
        """Those that are over and that nothing refers to any more."""
        gone, last = 0, 0
        while True:
            look = partial(forgetting.conversations, before=before, after=last, limit=PIECE)
            page = await self._database.read(look)
            if page.last is None:
                metrics.conversations_forgotten.inc(gone)
                return gone
            going, last = page.over, page.last
            while going:
                forget = partial(forgetting.forget, conversation_ids=going, seconds=LONGEST)
                done, few = await self._piece(forget)
                going, gone = going[done:], gone + few

    async def _messages(self, before: datetime) -> None:
        """Digests and the like, and the gatherings that they were of."""
        last = 0
        while page := await self._loose(before, last):
            await self._piece(partial(_forgotten, page))
            last = page[-1]
        await self._all(lambda tx: forgetting.forget_gatherings(tx, before, PIECE))

    async def _loose(self, before: datetime, after: int) -> Sequence[int]:
        return await self._database.read(lambda tx: forgetting.loose(tx, before, after, PIECE))

    async def _let_go(self, page: Sequence[Aged]) -> int:
        going, total = [one.id for one in page if not one.kept], 0
        while going:
            done, gone = await self._piece(partial(pruning.prune, delivery_ids=going, seconds=LONGEST))
            going, total = going[done:], total + gone
        return total

    async def _refusals(self, before: datetime) -> None:
        await self._all(lambda tx: pruning.prune_refusals(tx, before, PIECE))

    async def _all(self, some: Callable[[Connection], int]) -> None:
        """Piece by piece until one is not full."""
        while await self._piece(lambda tx: (PIECE, some(tx))) == (PIECE, PIECE):
            continue

    async def _piece(self, work: Callable[[Connection], tuple[int, int]]) -> tuple[int, int]:
        began = clock.monotonic()
        answer = await self._database.write(work)
        took = clock.monotonic() - began
        await asyncio.sleep(CROWDED_REST if self._database.crowded else REST * took)
        return answer


def _forgotten(outbox_ids: Sequence[int], tx: Connection) -> tuple[int, int]:
    return len(outbox_ids), forgetting.forget_messages(tx, outbox_ids)
