"""Long-lived work, supervised: a worker that ends or fails is logged, counted and started again."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger()

restarts: Counter[str] = Counter()
"""How often each worker had to be started again, by name."""


async def supervise(
    name: str,
    work: Callable[[], Awaitable[None]],
    *,
    first_pause: float = 0.5,
    longest_pause: float = 30.0,
) -> None:
    """Run `work` for ever. The pause (seconds) before a restart doubles; a minute of health resets it."""
    pause = first_pause
    while True:
        began = asyncio.get_running_loop().time()
        try:
            await work()
            log.warning("worker.returned", worker=name, retry_in=pause)
        except Exception:
            log.exception("worker.failed", worker=name, retry_in=pause)
        restarts[name] += 1
        if asyncio.get_running_loop().time() - began > 60:
            pause = first_pause
        await asyncio.sleep(pause)
        pause = min(pause * 2, longest_pause)
