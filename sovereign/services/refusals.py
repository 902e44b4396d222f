"""Refused deliveries in the audit: one record for many, so that nobody can fill a log that never shrinks.

The gateway counts them by endpoint, reason and minute. The first minute is recorded when it is over; while it
goes on, one record an hour says how many more there were.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog

from sovereign.core import clock
from sovereign.core.errors import Unavailable
from sovereign.domain.audit import Entry, Result
from sovereign.services.auditing import record
from sovereign.store import refusals
from sovereign.store.database import Database
from sovereign.store.refusals import Refused
from sovereign.store.sqlite import Connection

log = structlog.get_logger()

ACTION = "delivery.refuse"
LOOK_AGAIN = 60.0
"""Seconds between two looks at what was counted."""
PAUSE = timedelta(hours=1)
"""At least so much lies between two records of one endpoint and reason: at most 24 a day of each."""


class Refusals:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Record what is due, until cancelled."""
        while True:
            try:
                await self.record_due()
            except Unavailable as full:
                log.warning("refusals.waiting", problem=str(full))
            await asyncio.sleep(LOOK_AGAIN)

    async def record_due(self) -> None:
        """Raises Unavailable."""
        at = clock.now()
        if await self._database.read(lambda tx: refusals.due(tx, at, PAUSE)):
            await self._database.write(_record)


def _record(tx: Connection) -> None:
    for refused in refusals.due(tx, clock.now(), PAUSE):
        record(tx, _entry(refused))
        refusals.told(tx, refused)


def _entry(refused: Refused) -> Entry:
    return Entry(
        at=clock.now(),
        actor=None,
        action=ACTION,
        subject=refused.endpoint,
        result=Result.REFUSED,
        parameters={
            "reason": refused.reason,
            "count": refused.count,
            "from": refused.since.isoformat(),
            "to": refused.until.isoformat(),
        },
    )
