"""Freezes: set, lifted and listed by members; what is frozen is not changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sovereign.core import clock
from sovereign.core.errors import NotAllowed, NotFound, UserError
from sovereign.domain.audit import Entry, Result
from sovereign.domain.freeze import Freeze
from sovereign.domain.permission import Actor, Capability
from sovereign.services.auditing import Auditing, record
from sovereign.services.clusters import Clusters
from sovereign.services.permissions import Permissions
from sovereign.services.seeking import LARGEST, fits
from sovereign.store import freezes
from sovereign.store.database import Database
from sovereign.store.sqlite import Connection

LONGEST = timedelta(days=90)
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """`length` None: until somebody lifts it."""

    service: str | None
    environment: str | None
    reason: str
    length: timedelta | None


class Freezing:
    """`changed` is called after each freeze that is set or lifted."""

    def __init__(
        self,
        database: Database,
        auditing: Auditing,
        permissions: Permissions,
        clusters: Clusters,
        changed: Callable[[], None],
    ) -> None:
        self._changed = changed
        self._database, self._auditing = database, auditing
        self._permissions, self._clusters = permissions, clusters

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
            return kept

        kept = await self._database.write(keep)
        self._changed()
        return kept

    async def lift(self, actor: Actor, freeze_id: int) -> Freeze:
        """Raises NotAllowed and NotFound."""
        at = clock.now()
        standing = await self._database.read(lambda tx: freezes.standing(tx, at))
        found = next((one for one in standing if one.id == freeze_id <= LARGEST), None)
        if found is None:
            raise NotFound(f"There is no freeze {freeze_id} that stands. `/freeze list` shows them.")
        await self._require(actor, found.environment)

        def lift(tx: Connection) -> None:
            if freezes.lift(tx, found.id, actor.name, at):
                record(tx, _entry(actor, "freeze.off", found))

        await self._database.write(lift)
        self._changed()
        return found

    async def standing(self, actor: Actor) -> Sequence[Freeze]:
        """Those that hold now, oldest first, for whoever may see services anywhere."""
        self._permissions.require_somewhere(actor, Capability.SERVICES_VIEW)
        return await self._database.read(lambda tx: freezes.standing(tx, clock.now()))

    async def suggestions(self, actor: Actor, typed: str) -> Sequence[Freeze]:
        if not self._permissions.allows_somewhere(actor, Capability.FREEZE_SET):
            return []
        found = await self._database.read(lambda tx: freezes.standing(tx, clock.now()))
        return [one for one in found if fits(typed, one.id, f"{one.scope} {one.reason}")][:25]

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
