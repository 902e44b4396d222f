"""Sends the audit to its sinks: to each in order, at least once, however long it was down.

The queue is the audit itself: a sink has a place in it, so one that is down holds nobody up, loses nothing.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog

from sovereign.config.governance import SinkSection
from sovereign.core import clock, metrics
from sovereign.core.errors import ConfigError, Unavailable
from sovereign.core.tasks import Crew
from sovereign.services.ports.sinks import AuditSink, Line
from sovereign.services.setup import Setup
from sovereign.store import audit_sinks, checkpoints
from sovereign.store.audit_sinks import Batch
from sovereign.store.database import Database
from sovereign.store.sqlite import Connection

log = structlog.get_logger()

AT_ONCE = 8
"""Sinks served at the same time; each gets one batch after the other."""
BATCH = 500
"""Records in a batch, at most."""
PATIENCE = 60.0
"""Seconds that a batch may take."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds before a batch is tried again, doubled each time, and at most."""
LOOK_AGAIN = 1.0
"""Seconds between two looks at what is new."""

Opening = Callable[[SinkSection], AuditSink]
"""Makes a sink as it is configured; it connects when it is first given something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """`waiting` counts the records that it has not; `problem` is empty while it takes what it is given."""

    name: str
    waiting: int
    sent_at: datetime | None
    failing_at: datetime | None
    problem: str


class Sinks:
    """`jitter` gives numbers from 0 to 1."""

    def __init__(
        self,
        database: Database,
        setup: Setup,
        opening: Opening,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._database, self._setup, self._opening, self._jitter = database, setup, opening, jitter
        self._open: dict[str, tuple[SinkSection, AuditSink]] = {}
        self._failures: dict[str, int] = {}
        self._rested: dict[str, float] = {}

    def follow(self, setup: Setup) -> None:
        """Send by this configuration from the next batch on."""
        self._setup = setup
        self._failures.clear()
        self._rested.clear()

    async def run(self) -> None:
        """Send what is new, until cancelled; a batch under way then is sent again."""
        async with Crew(AT_ONCE, lambda: None) as crew:
            while True:
                now = clock.monotonic()
                for section in self._setup.sinks:
                    name = section.called
                    if self._rested.get(name, 0.0) <= now and name not in crew.busy and crew.has_room():
                        crew.start(name, self._serve(section))
                await asyncio.sleep(LOOK_AGAIN)

    async def states(self) -> Sequence[State]:
        """How each configured sink does; sets the gauges, too."""
        names = [section.called for section in self._setup.sinks]
        return await self._database.read(partial(states, names=names))

    async def _serve(self, section: SinkSection) -> None:
        """Send batches until the sink has everything or takes no more."""
        name = section.called
        try:
            while section in self._setup.sinks:
                batch = await self._database.read(partial(_next, name=name))
                if not batch.lines or not await self._send(section, batch):
                    return
        except Unavailable as down:  # the store
            log.warning("audit.sink_waits", sink=name, problem=str(down))

    async def _send(self, section: SinkSection, batch: Batch) -> bool:
        """Whether the sink has it."""
        name = section.called
        lines = [Line(at=at, text=text) for at, text in batch.lines]
        try:
            async with asyncio.timeout(PATIENCE):
                await self._sink(section).send(lines)
        except (Unavailable, ConfigError, TimeoutError) as down:
            problem = str(down) or f"no answer within {PATIENCE:.0f} s"
        else:
            await self._database.write(lambda tx: audit_sinks.sent(tx, name, batch, clock.now()))
            if self._failures.pop(name, None):
                log.info("audit.sink_works", sink=name, seq=batch.seq)
            return True
        failures = self._failures[name] = self._failures.get(name, 0) + 1
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(failures - 1, 10)) * (0.5 + self._jitter() / 2)
        self._rested[name] = clock.monotonic() + pause
        log.warning("audit.sink_failing", sink=name, problem=problem, retry_in=round(pause, 1))
        await self._database.write(lambda tx: audit_sinks.failed(tx, name, problem[:500], clock.now()))
        return False

    def _sink(self, section: SinkSection) -> AuditSink:
        known = self._open.get(section.called)
        if known is None or known[0] != section:
            known = self._open[section.called] = (section, self._opening(section))
        return known[1]


def states(tx: Connection, names: Sequence[str]) -> Sequence[State]:
    """How each of these sinks does; sets the gauges, too."""
    records = checkpoints.records(tx)
    found = []
    for name in names:
        place = audit_sinks.place(tx, name)
        waiting = max(0, records - place.seq)
        metrics.audit_sink_waiting.labels(name).set(waiting)
        metrics.audit_sink_failing.labels(name).set(place.failing_at is not None)
        found.append(
            State(
                name=name,
                waiting=waiting,
                sent_at=place.sent_at,
                failing_at=place.failing_at,
                problem=place.problem or "",
            )
        )
    return found


def _next(tx: Connection, name: str) -> Batch:
    return audit_sinks.batch(tx, audit_sinks.place(tx, name), BATCH)
