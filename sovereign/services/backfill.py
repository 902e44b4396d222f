"""Has senders send again what they sent while nobody was there, or what a restored backup does not have.

They send it as they did the first time, signed and under its own name, so it comes through the gateway like
everything else: nothing is believed that is not proved, and nothing is taken twice.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import structlog

from sovereign.core import clock, metrics
from sovereign.core.errors import ConfigError, Unavailable
from sovereign.domain.retention import LEAST_DAYS
from sovereign.services.endpoints import Backfilled
from sovereign.services.ports.senders import Sent, SentHooks
from sovereign.services.setup import Setup
from sovereign.store import keeping
from sovereign.store.database import Database

log = structlog.get_logger()

FIRST, AGAIN = 10.0, 900.0
"""Seconds after the start, when the gateway listens, and between two times."""
SINCE = timedelta(days=LEAST_DAYS) - timedelta(hours=1)
"""How far it looks back: GitHub sends nothing again that is older than three days, and we forget nothing
that is younger."""
ON_THE_WAY = timedelta(minutes=2)
"""What was sent so short a time ago may be about to arrive."""
ENOUGH = 10
"""Attempts after which a delivery is left alone: we seem to refuse it."""
MOST, PAUSE = 500, 1.0
"""Deliveries that are asked for at a time, and the seconds between two: GitHub limits what writes."""


class Backfill:
    def __init__(self, database: Database, setup: Setup, hooks: SentHooks, *, pause: float = PAUSE) -> None:
        self._database, self._hooks, self._pause = database, hooks, pause
        self.follow(setup)

    def follow(self, setup: Setup) -> None:
        """Ask for what this configuration names from now on."""
        self._wanted = setup.backfill

    async def run(self) -> None:
        """Look for what was missed after the start, and from time to time, until cancelled."""
        await asyncio.sleep(FIRST)
        while True:
            await self.look()
            await asyncio.sleep(AGAIN)

    async def look(self) -> int:
        """Ask for everything that was missed; how many deliveries that were. One hook's failure is logged."""
        asked = 0
        for each in self._wanted:
            for hook in each.hooks:
                try:
                    asked += await self._look_at(each, hook)
                except (Unavailable, ConfigError) as problem:
                    log.warning("backfill.failed", endpoint=each.endpoint, hook=hook, problem=str(problem))
        return asked

    async def _look_at(self, each: Backfilled, hook: str) -> int:
        token, now = each.token(), clock.now()
        sent = await self._hooks.sent(hook, token, now - SINCE)
        missed = (await self._missed(each.endpoint, sent))[:MOST]
        for one in missed:
            await self._hooks.send_again(hook, token, one.id)
            metrics.backfilled.labels(each.endpoint).inc()
            await asyncio.sleep(self._pause)
        if missed:
            log.info("backfill", endpoint=each.endpoint, hook=hook, sent=len(sent), asked=len(missed))
        return len(missed)

    async def _missed(self, endpoint: str, sent: Sequence[Sent]) -> Sequence[Sent]:
        """Those that we do not have, each once, oldest first."""
        attempts, before = Counter(one.name for one in sent), clock.now() - ON_THE_WAY
        firsts = {one.name: one for one in sorted(sent, key=lambda one: one.at, reverse=True)}
        latest = {one.name: one.at for one in sorted(sent, key=lambda one: one.at)}
        keys = [f"id:{name}" for name in firsts]
        known = await self._database.read(partial(keeping.known, endpoint=endpoint, keys=keys))
        return [
            one
            for one in sorted(firsts.values(), key=lambda one: (one.at, one.id))
            if f"id:{one.name}" not in known and attempts[one.name] < ENOUGH and latest[one.name] < before
        ]
