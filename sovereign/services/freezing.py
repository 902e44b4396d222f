"""Freezes: set, lifted and listed by members, and told to everybody; what is frozen is not changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog

from sovereign.core import clock
from sovereign.core.errors import NotAllowed, NotFound, Unavailable, UserError
from sovereign.domain.audit import Entry, Result
from sovereign.domain.freeze import Freeze
from sovereign.domain.permission import Actor, Capability
from sovereign.services import freeze_telling as telling
from sovereign.services.auditing import Auditing, record
from sovereign.services.clusters import Clusters
from sovereign.services.permissions import Permissions
from sovereign.services.seeking import LARGEST, fits
from sovereign.services.setup import Setup
from sovereign.store import freezes
from sovereign.store.database import Database
from sovereign.store.sqlite import Connection

log = structlog.get_logger()

LONGEST = timedelta(days=90)
LONGEST_REASON = 200
LOOK = 60.0
"""Seconds after which the end of freezes is looked for at the latest: the clock may have been set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """`length` None: until somebody lifts it."""

    service: str | None
    environment: str | None
    reason: str
    length: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifted:
    """`others` hold in places of it still."""

    freeze: Freeze
    others: int


class Freezing:
    """`changed` is called after each freeze that is set, lifted or over, `announced` after each transaction
    that put something into the outbox, `delivered` after one that put an event among the deliveries."""

    def __init__(
        self,
        database: Database,
        auditing: Auditing,
        permissions: Permissions,
        clusters: Clusters,
        setup: Setup,
        changed: Callable[[], None],
        announced: Callable[[], None],
        delivered: Callable[[], None],
    ) -> None:
        self._setup, self._telling = setup, (changed, announced, delivered)
        self._woken = asyncio.Event()
        self._database, self._auditing = database, auditing
        self._permissions, self._clusters = permissions, clusters

    def follow(self, setup: Setup) -> None:
        """Tell of the next ones where this configuration has it."""
        self._setup = setup

    async def freeze(self, actor: Actor, wanted: Wanted) -> Freeze:
        """Names may be typed in any case. Raises NotAllowed, NotFound and UserError."""
        estate = self._clusters.estate
        environment = estate.spelled(wanted.environment) if wanted.environment is not None else None
        await self._require(actor, environment)
        if environment is not None and environment not in estate.environment_names:
            names = ", ".join(estate.environment_names)
            raise NotFound(f"There is no environment {environment[:60]!r}. There is {names or 'none'}.")
        service = estate.service(wanted.service).name if wanted.service else None
        if wanted.length is not None and not timedelta(minutes=1) <= wanted.length <= LONGEST:
            raise UserError("A freeze lasts from one minute to 90 days, or until it is lifted.")
        at = clock.now()
        freeze = Freeze(
            service=service,
            environment=environment,
            reason=" ".join(wanted.reason.split())[:LONGEST_REASON],
            by_id=actor.id,
            by=actor.name,
            since=at,
            until=at + wanted.length if wanted.length else None,
        )

        def keep(tx: Connection) -> Freeze:
            kept = freezes.add(tx, freeze)
            record(tx, _entry(actor, "freeze.on", kept))
            telling.begun(tx, kept, self._setup.deployments_channel(service))
            return kept

        kept = await self._database.write(keep)
        self._tell()
        self._woken.set()
        return kept

    async def lift(self, actor: Actor, freeze_id: int) -> Lifted:
        """Raises NotAllowed and NotFound."""
        at = clock.now()
        standing = await self._database.read(lambda tx: freezes.standing(tx, at))
        found = next((one for one in standing if one.id == freeze_id <= LARGEST), None)
        if found is None:
            raise NotFound(f"There is no freeze {freeze_id} that stands. `/freeze list` shows them.")
        await self._require(actor, found.environment)

        def lift(tx: Connection) -> int:
            if freezes.lift(tx, found.id, actor.name, at):
                record(tx, _entry(actor, "freeze.off", found))
                telling.lifted(tx, found, self._setup.deployments_channel(found.service), at, actor.name)
            return telling.others(tx, found, at)

        others = await self._database.write(lift)
        self._tell()
        self._woken.set()
        return Lifted(freeze=found, others=others)

    async def standing(self, actor: Actor) -> Sequence[Freeze]:
        """Those that hold now, oldest first, for whoever may see services anywhere."""
        self._permissions.require_somewhere(actor, Capability.SERVICES_VIEW)
        return await self._database.read(lambda tx: freezes.standing(tx, clock.now()))

    async def suggestions(self, actor: Actor, typed: str) -> Sequence[Freeze]:
        if not self._permissions.allows_somewhere(actor, Capability.FREEZE_SET):
            return []
        found = await self._database.read(lambda tx: freezes.standing(tx, clock.now()))
        return [one for one in found if fits(typed, one.id, f"{one.scope} {one.reason}")][:25]

    async def run(self) -> None:
        """Tell of those whose time is over, of those that ended while nothing ran too, until cancelled."""
        while True:
            self._woken.clear()
            try:
                pause = await self._end()
            except Unavailable as full:
                log.warning("freezes.waiting", problem=str(full))
                pause = LOOK
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._woken.wait()

    async def _end(self) -> float:
        """The seconds until the next look."""
        at = clock.now()

        def end(tx: Connection) -> None:
            for one in freezes.over(tx, at):
                telling.ended(tx, one, one.until or at)

        if await self._database.read(lambda tx: freezes.over(tx, at)):
            await self._database.write(end)
            self._tell()
        standing = await self._database.read(lambda tx: freezes.standing(tx, at))
        left = [(one.until - at).total_seconds() for one in standing if one.until]
        return min([LOOK, *left])

    def _tell(self) -> None:
        for each in self._telling:
            each()

    async def _require(self, actor: Actor, environment: str | None) -> None:
        try:
            self._permissions.require(actor, Capability.FREEZE_SET, environment)
        except NotAllowed as refusal:
            refused = Entry(
                at=clock.now(),
                actor=actor,
                action=Capability.FREEZE_SET,
                subject=environment or "everything",
                result=Result.REFUSED,
                details=refusal.public,
            )
            await self._auditing.write(refused)
            raise


def _entry(actor: Actor, action: str, freeze: Freeze) -> Entry:
    until = freeze.until.isoformat() if freeze.until else None
    return Entry(
        at=clock.now(),
        actor=actor,
        action=action,
        subject=freeze.scope,
        parameters={"freeze": freeze.id, "reason": freeze.reason, "until": until},
    )
