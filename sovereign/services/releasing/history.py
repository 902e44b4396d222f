"""What was deployed: listed, one shown, and the names that it can be asked by, those of before too."""

from __future__ import annotations

from collections.abc import Sequence

from sovereign.core.errors import NotFound
from sovereign.domain.deployment import Deployment
from sovereign.domain.permission import Actor, Capability
from sovereign.services.clusters import Clusters
from sovereign.services.operations.places import SUGGESTED, Places
from sovereign.services.permissions import Permissions
from sovereign.services.seeking import LARGEST, fits
from sovereign.store import deployments
from sovereign.store.database import Database

LISTED, LOOKED_AT = 25, 200
"""Deployments of a list; and those looked through for one."""


class History:
    """The configuration forgets a service or an environment that it no longer names; what was deployed there
    can be asked for all the same."""

    def __init__(
        self, database: Database, permissions: Permissions, clusters: Clusters, places: Places
    ) -> None:
        self._database, self._permissions = database, permissions
        self._clusters, self._places = clusters, places

    async def list(
        self, actor: Actor, service: str | None = None, environment: str | None = None
    ) -> Sequence[Deployment]:
        """Newest first; those of environments that the actor may see.

        Raises NotAllowed, and NotFound for a service or an environment that there neither is nor was.
        """
        self._permissions.require_somewhere(actor, Capability.SERVICES_VIEW)
        service = await self.service(actor, service) if service else None
        environment = await self.environment(actor, environment) if environment else None
        found = await self._database.read(
            lambda tx: deployments.newest(tx, LOOKED_AT, service=service, environment=environment)
        )
        return [one for one in found if self._may_see(actor, one.place.environment)][:LISTED]

    async def show(self, actor: Actor, deployment_id: int) -> Deployment:
        """Raises NotFound and NotAllowed."""
        found = None
        if 0 < deployment_id <= LARGEST:
            found = await self._database.read(lambda tx: deployments.by_id(tx, deployment_id))
        if found is None:
            raise NotFound(f"There is no deployment {deployment_id}. `/deploy history` lists them.")
        self._permissions.require(actor, Capability.SERVICES_VIEW, found.place.environment)
        return found

    async def suggestions(self, actor: Actor, typed: str) -> Sequence[Deployment]:
        found = await self._database.read(lambda tx: deployments.newest(tx, LOOKED_AT))
        seen = [one for one in found if self._may_see(actor, one.place.environment)]
        return [one for one in seen if fits(typed, one.id, one.subject)][:SUGGESTED]

    async def service(self, actor: Actor, typed: str) -> str:
        """Its name, however it was typed. Raises NotFound."""
        estate = self._clusters.estate
        known = estate.by_name.get(typed.strip().lower())
        was = None if known else _spelled(typed, [name for name, _ in await self._past(actor)])
        return was or estate.service(typed).name

    async def environment(self, actor: Actor, typed: str) -> str:
        """Its name, however it was typed. Raises NotFound."""
        estate = self._clusters.estate
        where = estate.spelled(typed)
        known = where in estate.every_environment
        was = None if known else _spelled(typed, [name for _, name in await self._past(actor)])
        return was or estate.require_environment(where)

    async def services(self, actor: Actor, typed: str) -> Sequence[str]:
        """Names that hold what was typed; those that are configured first."""
        now = self._places.services(actor, Capability.SERVICES_VIEW, typed)
        return _with(now, [name for name, _ in await self._past(actor)], typed)

    async def environments(self, actor: Actor, service: str | None, typed: str) -> Sequence[str]:
        """Those of the service, or of all where none is named yet."""
        wanted = (service or "").strip().lower()
        past = [where for name, where in await self._past(actor) if wanted in ("", name.lower())]
        gone = bool(wanted and past) and wanted not in self._clusters.estate.by_name
        now = self._places.environments(actor, Capability.SERVICES_VIEW, service, typed)
        return _with([] if gone else now, past, typed)

    async def _past(self, actor: Actor) -> Sequence[tuple[str, str]]:
        found = await self._database.read(deployments.places)
        return [(service, where) for service, where in found if self._may_see(actor, where)]

    def _may_see(self, actor: Actor, environment: str) -> bool:
        return self._permissions.allows(actor, Capability.SERVICES_VIEW, environment)


def _spelled(typed: str, names: Sequence[str]) -> str | None:
    wanted = typed.strip().lower()
    return next((name for name in names if name.lower() == wanted), None)


def _with(now: Sequence[str], past: Sequence[str], typed: str) -> Sequence[str]:
    held = [name for name in past if typed.strip().lower() in name.lower()]
    return [*dict.fromkeys((*now, *held))][:SUGGESTED]
