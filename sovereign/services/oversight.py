"""How the audit stands: what is signed, whose outcome nobody knows, how sinks and manifest do."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib.metadata import version

import structlog

from sovereign.core import clock, metrics
from sovereign.core.errors import Unavailable
from sovereign.domain.audit import Entry, Record, Result
from sovereign.services import sinks
from sovereign.services.auditing import SHOWN, record
from sovereign.services.manifest import Manifest
from sovereign.services.setup import Setup
from sovereign.services.sinks import State
from sovereign.store import audit, checkpoints
from sovereign.store.database import Database
from sovereign.store.sqlite import Connection

log = structlog.get_logger()

LOOK_AGAIN = 60.0
"""Seconds between two looks at the manifest and at intents without an outcome."""
START, DEVIATION = "sovereign.start", "manifest.deviation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """
    unsigned   records that no checkpoint covers
    pending    intents without an outcome, the oldest first, at most SHOWN and one
    deviation  why the manifest is not the one that was agreed on; empty where it is, or where there is none
    """

    records: int
    unsigned: int
    signed_at: datetime | None
    pending: Sequence[Record]
    sinks: Sequence[State]
    deviation: str = ""


class Oversight:
    def __init__(self, database: Database, setup: Setup) -> None:
        self._database, self._setup = database, setup
        self._deviation = ""

    def follow(self, setup: Setup) -> None:
        self._setup = setup

    async def standing(self) -> Standing:
        """As it is now."""
        names = [section.called for section in self._setup.sinks]
        deviation = await asyncio.to_thread(deviation_of, self._setup.manifest)
        return await self._database.read(partial(standing, names=names, deviation=deviation))

    async def run(self) -> None:
        """Tell what the last run left, then keep looking, until cancelled."""
        await self._begin()
        while True:
            await asyncio.sleep(LOOK_AGAIN)
            try:
                await self._look(await self.standing())
            except Unavailable as down:
                log.warning("audit.not_looked_at", problem=str(down))

    async def _begin(self) -> None:
        found = await self.standing()
        for one in found.pending:
            log.warning(
                "audit.outcome_unknown",
                intent=one.seq,
                action=one.entry.action,
                subject=one.entry.subject,
                by=one.entry.actor.name if one.entry.actor else None,
                at=one.entry.at.isoformat(),
                todo=f"look what came of it, then: sovereign audit settle {one.seq} done|failed|unknown WHY",
            )
        entry = Entry(
            at=clock.now(),
            actor=None,
            action=START,
            subject=f"version {version('sovereign')}",
            parameters={"pending": [one.seq for one in found.pending]} if found.pending else {},
        )
        await self._database.write(lambda tx: record(tx, entry))
        await self._look(found)

    async def _look(self, found: Standing) -> None:
        metrics.audit_records.set(found.records)
        metrics.audit_unsigned.set(found.unsigned)
        metrics.audit_pending.set(len(found.pending))
        if found.deviation == self._deviation:
            return
        self._deviation = found.deviation
        if not found.deviation:
            log.info("manifest.as_agreed")
            return
        log.error("manifest.deviates", problem=found.deviation)
        entry = Entry(
            at=clock.now(),
            actor=None,
            action=DEVIATION,
            subject=str(self._setup.manifest.path) if self._setup.manifest else "",
            result=Result.FAILED,
            details=found.deviation,
        )
        await self._database.write(lambda tx: record(tx, entry))


def deviation_of(manifest: Manifest | None) -> str:
    """Reads the file."""
    return manifest.deviation() if manifest else ""


def standing(tx: Connection, names: Sequence[str], deviation: str) -> Standing:
    """`names` are those of the configured sinks."""
    last, records = checkpoints.newest(tx), checkpoints.records(tx)
    return Standing(
        records=records,
        unsigned=records - (last.size if last else 0),
        signed_at=last.at if last else None,
        pending=audit.pending(tx, SHOWN + 1),
        sinks=sinks.states(tx, names),
        deviation=deviation,
    )
