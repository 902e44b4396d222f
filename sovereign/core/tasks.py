"""Long-lived work, supervised: a worker that ends or fails is logged, counted and started again."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from typing import Self

import structlog

from sovereign.core import metrics

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
    pause, counted = first_pause, metrics.worker_restarts.labels(name)
    while True:
        began = asyncio.get_running_loop().time()
        try:
            await work()
            log.warning("worker.returned", worker=name, retry_in=pause)
        except Exception:
            log.exception("worker.failed", worker=name, retry_in=pause)
        restarts[name] += 1
        counted.inc()
        if asyncio.get_running_loop().time() - began > 60:
            pause = first_pause
        await asyncio.sleep(pause)
        pause = min(pause * 2, longest_pause)


class Crew:
    """A bounded number of errands at once, at most one for each key; leaving cancels what still runs.

    Of its `size` places, `reserved` are for urgent errands only.
    """

    def __init__(self, size: int, finished: Callable[[], None], reserved: int = 0) -> None:
        self._size, self._finished, self._reserved = size, finished, reserved
        self._running: dict[str, asyncio.Task[None]] = {}
        self._group = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        return self

    async def __aexit__(self, *exception: object) -> None:
        for task in self._running.values():
            task.cancel()
        await self._group.__aexit__(None, None, None)

    @property
    def busy(self) -> frozenset[str]:
        return frozenset(self._running)

    def has_room(self, *, urgent: bool = False) -> bool:
        return len(self._running) < self._size - (0 if urgent else self._reserved)

    def start(
        self,
        key: str,
        work: Coroutine[object, object, None],
        failed: Callable[[Exception], Awaitable[None]] | None = None,
    ) -> None:
        """`finished` is called when the work has ended. `failed` is told what it raised, and the others go
        on; without it the work must not raise."""
        task = self._group.create_task(_guarded(work, failed) if failed else work)
        self._running[key] = task
        task.add_done_callback(lambda _: self._ended(key))

    def _ended(self, key: str) -> None:
        del self._running[key]
        self._finished()


async def _guarded(
    work: Coroutine[object, object, None], failed: Callable[[Exception], Awaitable[None]]
) -> None:
    try:
        await work
    except Exception as error:
        await failed(error)
