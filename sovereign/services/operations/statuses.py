"""How services are: one with everything that is known of it, or a board of all, the worst first."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sovereign.core import clock
from sovereign.core.errors import ClusterSilent, NotFound, UserError
from sovereign.domain.cluster import Identity, Workload
from sovereign.domain.estate import Place
from sovereign.domain.freeze import Freeze
from sovereign.domain.health import Health, Standing, of, standing
from sovereign.domain.permission import Actor, Capability
from sovereign.domain.pods import telling_event
from sovereign.services.clearance import freezes_over
from sovereign.services.clusters import Clusters
from sovereign.services.operations.places import Places
from sovereign.services.permissions import Permissions
from sovereign.store import conversations, deployments, freezes
from sovereign.store import services as store
from sovereign.store.database import Database
from sovereign.store.services import Deployed, OpenIncident
from sovereign.store.sqlite import Connection

PAGE = 10
"""Services on a page of the board."""
DEPLOYMENTS, INCIDENTS = 3, 3
SICK = frozenset({Health.DOWN, Health.FAILING, Health.DEGRADED})
AT_ONCE = 8
"""Calls to clusters for one board at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStatus:
    """
    event       the newest warning about the worst pod
    since       when the pods of now were begun
    followed_at where the message of the deployment that is under way stands: its channel's id, and its own
    """

    standing: Standing
    deployments: Sequence[Deployed]
    incidents: Sequence[OpenIncident]
    at: datetime
    event: str = ""
    since: datetime | None = None
    repo_url: str | None = None
    followed_at: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One page, the worst first; `counts` and `freezes`, oldest first, are of all pages."""

    standings: Sequence[Standing]
    counts: Mapping[Health, int]
    page: int
    pages: int
    at: datetime
    environment: str | None = None
    freezes: Sequence[Freeze] = ()


class Statuses:
    def __init__(
        self, database: Database, clusters: Clusters, places: Places, permissions: Permissions
    ) -> None:
        self._database, self._clusters = database, clusters
        self._places, self._permissions = places, permissions

    async def one(
        self, actor: Actor, service: str | None, environment: str | None, channel: Sequence[str] = ()
    ) -> ServiceStatus:
        """Raises NotAllowed, NotFound and UserError; a cluster that is silent is told within the status."""
        place = self._places.require(actor, Capability.SERVICES_VIEW, service, environment, channel)
        found, (deployed, incidents) = await asyncio.gather(
            self._standing(place, self._permissions.identity(actor)),
            self._database.read(
                lambda tx: (
                    store.deployments(tx, place.service, place.environment, DEPLOYMENTS),
                    store.open_incidents(tx, place.service, place.environment, INCIDENTS),
                )
            ),
        )
        found, followed_at = await self._database.read(lambda tx: _held(tx, found))
        event = await self._event(found, self._permissions.identity(actor))
        begun = [pod.created_at for pod in found.pods if pod.created_at and not pod.deleting]
        return ServiceStatus(
            standing=found,
            deployments=deployed,
            incidents=incidents,
            at=clock.now(),
            event=event,
            since=min(begun, default=None),
            repo_url=self._places.estate.service(place.service).repo_url,
            followed_at=followed_at,
        )

    async def board(self, actor: Actor, environment: str | None = None, page: int = 0) -> Board:
        """Raises NotAllowed, and NotFound for an environment that there is not."""
        environment = (self._places.estate.spelled(environment) if environment else None) or None
        places = self._places.visible(actor, Capability.SERVICES_VIEW, environment)
        who = self._permissions.identity(actor)
        asked = await self._standings(places, who)
        held, frozen = await self._database.read(lambda tx: _all_held(tx, asked))
        found = sorted(held, key=_worst_first)
        pages = max(1, -(-len(found) // PAGE))
        page = min(max(0, page), pages - 1)
        shown = found[page * PAGE : (page + 1) * PAGE]
        counts = {health: sum(one.health is health for one in found) for health in Health}
        return Board(
            standings=await self._explained(shown, who),
            counts={health: count for health, count in counts.items() if count},
            page=page,
            pages=pages,
            at=clock.now(),
            environment=environment,
            freezes=frozen,
        )

    async def _standing(self, place: Place, who: Identity) -> Standing:
        try:
            cluster = self._clusters.of(place)
            workload = await cluster.workload(place.namespace, place.deployment, as_who=who)
            pods = await cluster.pods(place.namespace, workload.selector, as_who=who)
        except NotFound as missing:
            return Standing(place=place, health=Health.MISSING, problem=missing.public)
        except (UserError, ClusterSilent) as unknown:
            return Standing(place=place, health=Health.SILENT, problem=unknown.public)
        return standing(place, workload, pods, clock.now())

    async def _event(self, found: Standing, who: Identity) -> str:
        if not found.complaints:
            return ""
        worst, place = found.complaints[0], found.place
        try:
            events = await self._clusters.of(place).events(place.namespace, worst.pod, as_who=who)
        except (UserError, ClusterSilent):
            return ""  # the status stands without it
        return telling_event(events, worst.pod)

    async def _standings(self, places: Sequence[Place], who: Identity) -> Sequence[Standing]:
        """One question for each namespace, many at once."""
        spaces = dict.fromkeys((place.cluster, place.namespace) for place in places)
        gate = asyncio.Semaphore(AT_ONCE)

        async def ask(cluster: str, namespace: str) -> Mapping[str, Workload] | str:
            async with gate:
                try:
                    found = await self._clusters.named(cluster).workloads(namespace, as_who=who)
                except (UserError, ClusterSilent) as unknown:
                    return unknown.public
            return {one.name: one for one in found}

        answers = dict(zip(spaces, await asyncio.gather(*(ask(*space) for space in spaces)), strict=True))
        return [_on_board(place, answers[place.cluster, place.namespace]) for place in places]

    async def _explained(self, found: Sequence[Standing], who: Identity) -> Sequence[Standing]:
        """With the pods of those that are not well: only now are they few."""
        return await asyncio.gather(*(self._with_pods(one, who) for one in found))

    async def _with_pods(self, one: Standing, who: Identity) -> Standing:
        if one.workload is None or one.health not in SICK:
            return one
        place = one.place
        try:
            pods = await self._clusters.of(place).pods(place.namespace, one.workload.selector, as_who=who)
        except (UserError, ClusterSilent):
            return one
        seen = standing(place, one.workload, pods, clock.now())
        return replace(seen, freezes=one.freezes, deployment=one.deployment)


def _held(tx: Connection, one: Standing) -> tuple[Standing, tuple[int, int] | None]:
    """With what is frozen and what is under way there, and where the latter is told."""
    place = one.place
    going = deployments.under_way(tx, place.service, place.environment)
    over = freezes_over(tx, place.service, place.environment, clock.now())
    told = conversations.by_id(tx, going.conversation_id) if going else None
    at = (told.channel_id, told.message_id) if told and told.channel_id and told.message_id else None
    return replace(one, freezes=over, deployment=going), at


def _all_held(tx: Connection, found: Sequence[Standing]) -> tuple[Sequence[Standing], Sequence[Freeze]]:
    """The same of many, and the freezes that hold any of them."""
    at, standing = clock.now(), freezes.standing(tx, clock.now())
    going = {(one.place.service, one.place.environment): one for one in deployments.running(tx)}
    held = [
        replace(
            one,
            freezes=[each for each in standing if each.holds(one.place.service, one.place.environment, at)],
            deployment=going.get((one.place.service, one.place.environment)),
        )
        for one in found
    ]
    return held, [each for each in standing if any(each in one.freezes for one in held)]


def _on_board(place: Place, answer: Mapping[str, Workload] | str) -> Standing:
    if isinstance(answer, str):
        return Standing(place=place, health=Health.SILENT, problem=answer)
    workload = answer.get(place.deployment)
    if workload is None:
        problem = f"{place.cluster} has no deployment {place.deployment} in {place.namespace}."
        return Standing(place=place, health=Health.MISSING, problem=problem)
    return Standing(place=place, health=of(workload), workload=workload)


def _worst_first(one: Standing) -> tuple[int, bool, bool, str, str]:
    """Of those that are equally well what is being deployed to goes first: it stands on the first page."""
    place = one.place
    return one.health.rank, one.deployment is None, not place.production, place.service, place.environment
