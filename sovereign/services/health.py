"""Says whether the process is ready to do its work, and if not, what is missing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sovereign.core import clock, metrics
from sovereign.core.errors import Unavailable
from sovereign.store import deliveries, facts, outbox
from sovereign.store.database import Database
from sovereign.store.measures import measure

TRY_AGAIN = 5.0
"""Seconds between trials of whether the store can be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`problems` is empty when all is well, and `warnings` keep nobody from the work; `backlog` intents wait
    for Discord, the oldest for so long, and `held_up` says what keeps the first of those that were tried from
    going out."""

    problems: tuple[str, ...]
    held_up: str | None
    backlog: int
    oldest: timedelta
    warnings: tuple[str, ...] = ()


class Health:
    """`unbound` says which configured roles grant nothing, and why."""

    def __init__(
        self,
        database: Database,
        discord_ready: Callable[[], bool],
        unbound: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._database, self._discord_ready, self._unbound = database, discord_ready, unbound
        self._tried = float("-inf")
        self._last: str | None = None

    async def fact(self, name: str) -> str | None:
        """Something small that was remembered."""
        return await self._database.read(lambda tx: facts.get(tx, name))

    async def remember(self, name: str, value: str) -> None:
        await self._database.write(lambda tx: facts.put(tx, name, value))

    async def deliveries(self) -> Mapping[str, int]:
        """How many wait to be worked off (`received`) or could not be (`unparsed`, `quarantined`)."""
        return await self._database.read(deliveries.unsettled)

    async def gauge(self) -> None:
        """Set the metrics that are read when somebody asks: what waits, how much is kept, who is there."""
        found = await self._database.read(measure)
        metrics.pipeline_waiting.set(found.unread)
        metrics.outbox_waiting.set(found.backlog)
        age = (clock.now() - found.oldest).total_seconds() if found.oldest else 0.0
        metrics.outbox_oldest_seconds.set(max(0.0, age))
        metrics.store_bytes.set(found.size)
        metrics.discord_connected.set(self._discord_ready())
        metrics.tasks.set(len(asyncio.all_tasks()))

    async def report(self) -> Report:
        problems = []
        held_up = await self._database.read(outbox.held_up)
        count, oldest = await self._database.read(outbox.backlog)
        if full := await self._full():
            problems.append(full)
        if not self._discord_ready():
            problems.append("Discord is not connected; what is accepted now is posted later")
        age = clock.now() - oldest if oldest else timedelta()
        return Report(
            problems=tuple(problems),
            held_up=held_up,
            backlog=count,
            oldest=age,
            warnings=tuple(
                f"The role {role} of discord.rbac grants nothing: {why}"
                for role, why in self._unbound().items()
            ),
        )

    async def _full(self) -> str | None:
        """Whether the store can be written, tried no oftener than every few seconds: anybody may ask."""
        if clock.monotonic() - self._tried < TRY_AGAIN:
            return self._last
        self._tried = clock.monotonic()
        try:
            await self.remember("health.written", clock.now().isoformat())
        except Unavailable as full:
            self._last = str(full)
        else:
            self._last = None
        return self._last
