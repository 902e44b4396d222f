"""Carries the outbox out: one errand of a lane at a time, urgent lanes first, no attempt unrecorded."""

from __future__ import annotations

import asyncio
import random
import traceback
from collections.abc import Callable
from datetime import timedelta

import structlog

from sovereign.core import clock
from sovereign.core.errors import Unavailable
from sovereign.core.tasks import Crew
from sovereign.services import accounting, digests
from sovereign.services.announce import PAGE
from sovereign.services.ports.discord import NoThread, Notifier, Undelivered
from sovereign.store import conversations, errands, outbox
from sovereign.store.database import Database
from sovereign.store.errands import Errand, Waiting
from sovereign.store.sqlite import Connection

log = structlog.get_logger()

AT_ONCE, RESERVED = 20, 4
"""Lanes served at the same time, and those of them that only pages may take."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds before the second attempt, and at most."""
TRACEBACK_KEPT = 8000
LOOK_AGAIN = 1.0
"""Seconds after which the outbox is looked through even if nobody has woken it: postponed rows come due."""


class Outbox:
    def __init__(self, database: Database, notifier: Notifier) -> None:
        self._database, self._notifier = database, notifier
        self._woken, self._idle = asyncio.Event(), asyncio.Event()

    def wake(self) -> None:
        """Something may have been added."""
        self._woken.set()

    async def hurry(self) -> None:
        """Discord is back: do not wait for the pauses of the attempts that failed."""
        await self._database.write(outbox.hurry)
        self.wake()

    async def run(self) -> None:
        """Carry out what waits, until cancelled; errands under way are in doubt then, and looked up later."""
        await self._notifier.ready()
        async with Crew(AT_ONCE, self.wake, RESERVED) as crew:
            while True:
                self._woken.clear()
                await self._start(crew)
                if not crew.busy and not self._woken.is_set():
                    self._idle.set()
                try:
                    async with asyncio.timeout(LOOK_AGAIN):
                        await self._woken.wait()
                except TimeoutError:
                    continue

    async def flush(self) -> None:
        """Return when nothing waits that could go now."""
        self._idle.clear()
        self.wake()
        await self._idle.wait()

    async def _start(self, crew: Crew) -> None:
        if not crew.has_room(urgent=True):
            return
        busy, now = crew.busy, clock.now()
        for waiting in await self._database.read(lambda tx: errands.ready(tx, now, busy)):
            if not crew.has_room(urgent=waiting.priority >= PAGE):
                return
            crew.start(waiting.lane, self._carry_out(waiting))

    async def _carry_out(self, waiting: Waiting) -> None:
        began = clock.monotonic()
        try:
            if waiting.op == "post" and await self._digested(waiting):
                return
            errand = await self._database.write(lambda tx: _begin(tx, waiting.id))
            if errand is None:
                return
            ledger = _Ledger(self._database, errand)
            try:
                await self._notifier.perform(errand, ledger)
            except Undelivered as problem:
                await self._later(errand, problem, began)
                return
            except Unavailable:
                raise
            except Exception as mistake:  # quarantine: one errand's must not stop the others
                await self._give_up(errand, "".join(traceback.format_exception(mistake))[-TRACEBACK_KEPT:])
                accounting.carried(errand, "quarantined", began, problem=mistake)
                return
            await self._database.write(lambda tx: errands.finish(tx, errand))
            accounting.carried(errand, "done", began)
        except Unavailable as full:  # the store: the attempt is written down, or was never made
            log.warning("outbox.waiting", ref=waiting.id, problem=str(full))
            await asyncio.sleep(1)
        except Exception as mistake:  # quarantine: no errand may end the worker that carries all of them
            log.error("outbox.broken", row=waiting.id, exc_info=mistake)
            await asyncio.sleep(1)

    async def _later(self, errand: Errand, problem: Undelivered, began: float) -> None:
        if problem.hopeless:
            await self._give_up(errand, str(problem))
            accounting.carried(errand, "failed", began, problem=problem)
            return
        pause = problem.retry_in if problem.retry_in is not None else _pause(errand.attempts)
        due = clock.now() + timedelta(seconds=pause)
        in_doubt = problem.in_doubt or errand.doubt_since is not None  # an older doubt is not cleared by this

        def postpone(tx: Connection) -> None:
            errands.postpone(tx, errand.id, due, str(problem), in_doubt=in_doubt)
            if isinstance(problem, NoThread):
                digests.collapse_lines(tx, errand.channel, clock.now())

        await self._database.write(postpone)
        accounting.carried(errand, "postponed", began, problem=problem, retry_in=round(pause, 1))

    async def _give_up(self, errand: Errand, problem: str) -> None:
        await self._database.write(lambda tx: errands.give_up(tx, errand, problem))

    async def _digested(self, waiting: Waiting) -> bool:
        """Whether so much waits for this channel that one digest now stands for all of it."""
        channel = waiting.lane.partition(":")[2]
        return await self._database.write(lambda tx: digests.collapse(tx, channel, clock.now()))


class _Ledger:
    """Writes down what the notifier has done, as soon as it is done."""

    def __init__(self, database: Database, errand: Errand) -> None:
        self._database, self._errand = database, errand

    async def part(self, part: int, channel_id: int, message_id: int) -> None:
        errand = self._errand

        def record(tx: Connection) -> None:
            errands.record_part(tx, errand.id, part, channel_id, message_id)
            if errand.op == "post" and errand.conversation_id is not None and part == 0:
                conversations.set_message(tx, errand.conversation_id, channel_id, message_id)

        await self._database.write(record)

    async def thread(self, thread_id: int | None) -> None:
        conversation_id = self._errand.conversation_id
        if conversation_id is not None:
            await self._database.write(lambda tx: conversations.set_thread(tx, conversation_id, thread_id))

    async def is_recorded(self, message_id: int) -> bool:
        return await self._database.read(lambda tx: errands.is_recorded(tx, message_id, self._errand))


def _begin(tx: Connection, outbox_id: int) -> Errand | None:
    """None for what was taken out of the queue since it was seen there."""
    return errands.begin(tx, outbox_id, clock.now()) if outbox.waits(tx, outbox_id) else None


def _pause(attempts: int, jitter: Callable[[], float] = random.random) -> float:
    """Seconds before the next attempt: doubling, plus up to a quarter so that lanes fall out of step."""
    doubled: float = min(FIRST_PAUSE * 2 ** min(attempts - 1, 20), LONGEST_PAUSE)
    return doubled * (1 + jitter() / 4)
