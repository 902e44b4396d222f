"""Which secrets were read, and for what: once for each reference, reason and hour, never the value.

A webhook's secret is read at every delivery: a record for each would bury all others, and tell nothing more.
"""

from __future__ import annotations

import asyncio

import structlog

from sovereign.core import clock, trace
from sovereign.core.errors import Unavailable
from sovereign.domain.audit import Entry, Place
from sovereign.store import audit
from sovereign.store.database import Database

log = structlog.get_logger()

ACTION = "secret.read"
PAUSE = 1.0
"""Seconds between two looks at what is to be written down."""
HOUR = 3600.0
MOST = 1000
"""References and reasons in an hour; both come from the configuration, so there are few."""


class SecretAccess:
    """`note` is called where a secret is handed out, before there is a database too, and never waits."""

    def __init__(self) -> None:
        self._noted: set[tuple[str, str]] = set()
        self._hour = 0
        self._waiting: list[Entry] = []

    def note(self, reference: str, why: str) -> None:
        at = clock.now()
        hour = int(at.timestamp() // HOUR)
        if hour != self._hour:
            self._hour = hour
            self._noted.clear()
        if (reference, why) in self._noted or len(self._noted) >= MOST:
            return
        self._noted.add((reference, why))
        origin = trace.current()
        self._waiting.append(
            Entry(
                at=at,
                actor=None,
                action=ACTION,
                subject=reference,
                place=Place(channel=origin.channel, guild=origin.guild),
                trace=origin.id,
                details=why,
            )
        )

    async def run(self, database: Database) -> None:
        """Write down what is noted, until cancelled."""
        while True:
            await self.flush(database)
            await asyncio.sleep(PAUSE)

    async def flush(self, database: Database) -> None:
        if not self._waiting:
            return
        entries, self._waiting = self._waiting, []
        try:
            await database.write(lambda tx: audit.append_all(tx, entries))
        except Unavailable as full:
            self._waiting = entries + self._waiting
            log.warning("audit.waiting", records=len(self._waiting), problem=str(full))
