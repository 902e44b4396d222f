"""Says whether the process is ready to do its work, and if not, what is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sovereign.core import clock
from sovereign.core.errors import Unavailable
from sovereign.store import facts, outbox
from sovereign.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`problems` is empty when all is well; `backlog` intents wait for Discord, the oldest for so long."""

    problems: tuple[str, ...]
    backlog: int
    oldest: timedelta


class Health:
    def __init__(self, database: Database, discord_ready: Callable[[], bool]) -> None:
        self._database, self._discord_ready = database, discord_ready

    async def fact(self, name: str) -> str | None:
        """Something small that was remembered."""
        return await self._database.read(lambda tx: facts.get(tx, name))

    async def remember(self, name: str, value: str) -> None:
        await self._database.write(lambda tx: facts.put(tx, name, value))

    async def report(self) -> Report:
        problems = []
        count, oldest = await self._database.read(outbox.backlog)
        try:
            await self._database.write(lambda tx: facts.put(tx, "health.written", clock.now().isoformat()))
        except Unavailable as full:
            problems.append(str(full))
        if not self._discord_ready():
            problems.append("Discord is not connected; what is accepted now is posted later")
        age = clock.now() - oldest if oldest else timedelta()
        return Report(problems=tuple(problems), backlog=count, oldest=age)
