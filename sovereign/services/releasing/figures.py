"""How a team delivers, read from what the store holds: deployments, merges and incidents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sovereign.core import clock
from sovereign.core.clock import from_micros
from sovereign.domain import dora
from sovereign.domain.deployment import State
from sovereign.domain.dora import Figures
from sovereign.domain.permission import Actor, Capability
from sovereign.services.permissions import Permissions
from sovereign.services.releasing.history import History
from sovereign.services.setup import Setup
from sovereign.store import deployments, events, incidents
from sovereign.store.database import Database
from sovereign.store.sqlite import Connection

LOOKED_AT = 5000
"""Deployments, merges and incidents that are read, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivering:
    """The figures of a service (None: of all) in an environment, since then."""

    service: str | None
    environment: str
    since: datetime
    until: datetime
    figures: Figures


class DeliveryFigures:
    def __init__(self, database: Database, setup: Setup, permissions: Permissions, history: History) -> None:
        self._database, self._setup = database, setup
        self._permissions, self._history = permissions, history

    def follow(self, setup: Setup) -> None:
        self._setup = setup

    async def of(self, actor: Actor, service: str | None, environment: str, weeks: int) -> Delivering:
        """Raises NotAllowed, and NotFound for a service or an environment that there neither is nor was."""
        self._permissions.require_somewhere(actor, Capability.SERVICES_VIEW)
        service = await self._history.service(actor, service) if service else None
        environment = await self._history.environment(actor, environment)
        self._permissions.require(actor, Capability.SERVICES_VIEW, environment)
        until = clock.now()
        since = until - timedelta(weeks=weeks)
        found = await self._database.read(lambda tx: self._read(tx, service, environment, since, until))
        return Delivering(service=service, environment=environment, since=since, until=until, figures=found)

    def _read(
        self, tx: Connection, service: str | None, environment: str, since: datetime, until: datetime
    ) -> Figures:
        found = [
            one
            for one in deployments.since(tx, since, LOOKED_AT)
            if one.ended_at
            and one.place.environment == environment
            and service in (None, one.place.service)
            and one.state is not State.CANCELLED
        ]
        merges = events.flow(tx, "change.merged", since, LOOKED_AT)
        delivered = [
            each
            for name in dict.fromkeys(one.place.service for one in found)
            for each in dora.with_merges(
                [
                    (one.ended_at, one.state is State.SUCCEEDED)
                    for one in found
                    if one.ended_at and one.place.service == name
                ],
                [from_micros(int(str(one["at"]))) for one in merges if self._is_of(name, one)],
            )
        ]
        restored = [
            one.duration
            for one in incidents.resolved_since(tx, since, LOOKED_AT)
            if one.duration is not None
            and one.environment in (None, environment)
            and service in (None, one.service)
        ]
        return dora.figures(delivered, restored, since, until)

    def _is_of(self, service: str, merge: Mapping[str, object]) -> bool:
        """Whether the change is of the service's repository; where none is configured, of one of its name."""
        repo, configured = str(merge.get("repo") or ""), self._setup.repositories.get(service)
        named = repo == configured if configured else repo.rpartition("/")[2] == service
        return named or merge.get("service") == service
