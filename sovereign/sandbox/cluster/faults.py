"""Bad weather on purpose: an API server that is frozen, gone, slow, forgetful or broken, for a while."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field

from sovereign.core import clock
from sovereign.sandbox.cluster.objects import Object

LOOK = 0.05
"""Seconds between two looks whether the server still is frozen: it may be thawed early."""


@dataclass(slots=True, kw_only=True)
class Failure:
    """Calls that match are answered with the status, so many times."""

    match: re.Pattern[str]
    status: int
    times: int
    retry_after: int | None = None


@dataclass(slots=True)
class Faults:
    frozen_until: float = 0.0
    down_until: float = 0.0
    latency: float = 0.0
    gone: int = 0
    """Watches that will be told that their past is forgotten."""
    failures: list[Failure] = field(default_factory=list)

    @property
    def frozen(self) -> bool:
        return clock.monotonic() < self.frozen_until

    @property
    def down(self) -> bool:
        return clock.monotonic() < self.down_until

    async def thawed(self) -> None:
        """Wait for as long as the server is frozen."""
        rest = self.frozen_until - clock.monotonic()
        if rest > 0:
            await asyncio.sleep(min(rest, LOOK))
            await self.thawed()

    def take_gone(self) -> bool:
        if self.gone:
            self.gone -= 1
            return True
        return False

    def failing(self, method: str, path: str) -> Failure | None:
        """The failure that this call meets; it is one fewer then."""
        for failure in self.failures:
            if failure.match.search(f"{method} {path}"):
                failure.times -= 1
                if failure.times <= 0:
                    self.failures.remove(failure)
                return failure
        return None

    def clear(self) -> None:
        self.frozen_until = self.down_until = self.latency = 0.0
        self.gone = 0
        self.failures.clear()

    def shown(self) -> Object:
        now = clock.monotonic()
        return {
            "frozen": round(max(0.0, self.frozen_until - now), 3),
            "down": round(max(0.0, self.down_until - now), 3),
            "latency": self.latency,
            "gone": self.gone,
            "failures": [
                {"match": one.match.pattern, "status": one.status, "times": one.times}
                for one in self.failures
            ],
        }
