"""Scales, restarts and rolls back: what would change first, then the change, and only what was shown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sovereign.config.deploying import Deploy
from sovereign.core import clock
from sovereign.core.clock import micros
from sovereign.core.errors import (
    ClusterSilent,
    InvalidTransition,
    Moved,
    NotAllowed,
    SovereignError,
    UserError,
)
from sovereign.core.ids import short
from sovereign.domain import operation as rules
from sovereign.domain.audit import Entry, Result
from sovereign.domain.cluster import Revision
from sovereign.domain.conversations import Conversation, Topic, ours
from sovereign.domain.deployment import Deployment
from sovereign.domain.estate import Place
from sovereign.domain.events import Status
from sovereign.domain.operation import Kind, Operation, Wanted
from sovereign.domain.permission import Actor, Capability
from sovereign.services import announce
from sovereign.services.auditing import Auditing
from sovereign.services.clearance import require_clear
from sovereign.services.clusters import Clusters
from sovereign.services.operations.following import Following, Progress, facts
from sovereign.services.operations.places import SUGGESTED, Places
from sovereign.services.permissions import Permissions
from sovereign.services.thawing import ways
from sovereign.store import conversations, deployments, operations
from sovereign.store.database import Database
from sovereign.store.sqlite import Connection

SUGGESTING = 2.0
"""Seconds that a list of revisions may take while somebody types: Discord waits for three."""
REMEMBERED = 100
"""Deployments of a place that a rollback looks through; a cluster keeps fewer revisions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What somebody wants, before it is known what that changes.

    value     as in Wanted; None: the default
    override  through a freeze, for who may
    """

    kind: Kind
    service: str | None
    environment: str | None
    value: int | None = None
    override: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a preview was about, in as few letters as a button holds: the change is refused elsewhere."""

    generation: int
    uid: str

    @classmethod
    def of(cls, wanted: Wanted) -> Seen:
        return cls(generation=wanted.generation, uid=short(wanted.uid, 4))


class Changes:
    """`announced` is called after each transaction that put something into the outbox."""

    def __init__(
        self,
        database: Database,
        clusters: Clusters,
        places: Places,
        permissions: Permissions,
        auditing: Auditing,
        following: Following,
        announced: Callable[[], None],
    ) -> None:
        self._database, self._clusters, self._places = database, clusters, places
        self._permissions, self._auditing = permissions, auditing
        self._following, self._announced = following, announced
        self._deploy = Deploy()

    def follow(self, deploy: Deploy) -> None:
        """Name ways back by these rules of deployments from now on."""
        self._deploy = deploy

    async def preview(self, actor: Actor, order: Order, channel: Sequence[str] = ()) -> Wanted:
        """What it would change.

        Raises NotAllowed, NotFound, UserError, ClusterSilent, and InvalidTransition where it is frozen, or
        being deployed to.
        """
        place = await self._allowed(actor, order, channel)
        await self._clear(actor, order, place)
        return await self._wanted(actor, order, place)

    async def perform(self, actor: Actor, order: Order, seen: Seen, channel: str) -> Operation:
        """Do what the preview showed, and follow it in a message of its own in the channel (its id).

        The permission is asked for again, and whether it is frozen or being deployed to. Raises Moved where
        something else is wanted of the workload since was shown, and whatever the cluster says.
        """
        place = await self._allowed(actor, order, ())
        wanted = await self._wanted(actor, order, place)
        if Seen.of(wanted) != seen:
            raise Moved(f"{place} was changed since this was shown: look again.")
        await self._clear(actor, order, place)
        at = clock.now()
        restarted_at = await self._audited(actor, wanted, at, _entry(actor, wanted, at, order))
        begun = await self._database.write(lambda tx: _begin(tx, wanted, actor, channel, at, restarted_at))
        self._announced()
        self._following.wake()
        return begun

    async def apply(
        self, actor: Actor, order: Order, approved_by: tuple[Actor, ...] = (), *, run_id: int = 0
    ) -> Operation:
        """Do it as a step of that run of a playbook, which follows it and tells of it itself."""
        place = await self._allowed(actor, order, ())
        wanted = await self._wanted(actor, order, place)
        await self._clear(actor, order, place, run_id)
        at = clock.now()
        entry = _entry(actor, wanted, at, order, approved_by)
        restarted_at = await self._audited(actor, wanted, at, entry)
        return Operation(
            id=0, wanted=wanted, actor=actor, conversation_id=0, started_at=at, restarted_at=restarted_at
        )

    async def revisions(
        self, actor: Actor, service: str | None, environment: str | None
    ) -> Sequence[tuple[Revision, Place]]:
        """Those that a rollback may go to, newest first; none for who may not roll back."""
        try:
            place = self._places.require(actor, Kind.ROLLBACK.capability, service, environment)
            cluster, who = self._clusters.of(place), self._permissions.identity(actor)
            async with asyncio.timeout(SUGGESTING):
                workload = await cluster.workload(place.namespace, place.deployment, as_who=who)
                found = await cluster.revisions(workload, as_who=who)
        except (SovereignError, TimeoutError):
            return []
        return [(one, place) for one in found if one.number != workload.revision][:SUGGESTED]

    async def _allowed(self, actor: Actor, order: Order, channel: Sequence[str]) -> Place:
        try:
            place = self._places.require(
                actor, order.kind.capability, order.service, order.environment, channel
            )
            if order.override:
                self._permissions.require(actor, Capability.FREEZE_OVERRIDE, place.environment)
        except NotAllowed as refused:
            meant = f"{order.service or 'a service'} in {order.environment or 'an environment'}"
            await self._refused(actor, order.kind, meant, refused)
            raise
        return place

    async def _clear(self, actor: Actor, order: Order, place: Place, run_id: int = 0) -> None:
        """As late as can be: a cluster may take its time to say what it has. Raises InvalidTransition."""
        try:
            around = ways(self._permissions, actor, place.environment, command=_command(order, place))
            clear = partial(require_clear, override=order.override, kind=order.kind, run_id=run_id)
            await self._database.read(lambda tx: clear(tx, place, clock.now(), around))
        except InvalidTransition as refused:
            await self._refused(actor, order.kind, str(place), refused)
            raise

    async def _refused(self, actor: Actor, kind: Kind, subject: str, refused: UserError) -> None:
        entry = Entry(
            at=clock.now(),
            actor=actor,
            action=kind.capability,
            subject=subject,
            result=Result.REFUSED,
            details=refused.public,
        )
        await self._auditing.write(entry)

    async def _wanted(self, actor: Actor, order: Order, place: Place) -> Wanted:
        cluster, who = self._clusters.of(place), self._permissions.identity(actor)
        workload = await cluster.workload(place.namespace, place.deployment, as_who=who)
        match order.kind:
            case Kind.SCALE:
                return rules.scaling(place, workload, order.value or 0)
            case Kind.RESTART:
                return rules.restarting(place, workload)
            case Kind.ROLLBACK:
                found = await cluster.revisions(workload, as_who=who)
                past, proposing = await self._past(place), self._proposing(place)
                return rules.rolling_back(place, workload, found, order.value, past, proposing=proposing)

    def _proposing(self, place: Place) -> bool:
        """Whether deployments there have to be agreed on."""
        policy = self._deploy.rule(place.environment).policy(production=place.production)
        return bool(policy.quorum) or policy.change_link

    async def _past(self, place: Place) -> Sequence[Deployment]:
        return await self._database.read(
            lambda tx: deployments.newest(
                tx, REMEMBERED, service=place.service, environment=place.environment
            )
        )

    async def _audited(self, actor: Actor, wanted: Wanted, at: datetime, entry: Entry) -> str:
        """Done, with the intent before and the outcome after; where no answer came, nobody knows it."""
        async with self._auditing.effect(entry) as effect:
            try:
                return await self._done(actor, wanted, at)
            except ClusterSilent as silent:
                effect.result = Result.UNKNOWN if silent.in_doubt else Result.FAILED
                effect.details = silent.public
                raise

    async def _done(self, actor: Actor, wanted: Wanted, at: datetime) -> str:
        """The change itself, in the member's name; what a restart set."""
        place, who = wanted.place, self._permissions.identity(actor)
        cluster, expecting = self._clusters.of(place), wanted.generation
        match wanted.kind:
            case Kind.SCALE:
                await cluster.scale(
                    place.namespace, place.deployment, wanted.value, expecting=expecting, as_who=who
                )
            case Kind.RESTART:
                made = await cluster.restart(
                    place.namespace, place.deployment, at, expecting=expecting, as_who=who
                )
                return made.restarted_at
            case Kind.ROLLBACK:
                workload = await cluster.workload(place.namespace, place.deployment, as_who=who)
                if workload.generation != expecting:
                    raise Moved(f"{place} was changed meanwhile: look again.")
                found = await cluster.revisions(workload, as_who=who)
                target = next((one for one in found if one.number == wanted.value), None)
                if target is None:
                    raise Moved(f"{place} has no revision {wanted.value} any more: look again.")
                await cluster.roll_back(workload, target, as_who=who)
        return ""


def _command(order: Order, place: Place) -> str:
    """The command that a button stands for."""
    value = {Kind.SCALE: " replicas:", Kind.ROLLBACK: " revision:"}.get(order.kind)
    given = f"{value}{order.value}" if value and order.value is not None else ""
    return f"/{order.kind}{given} service:{place.service} env:{place.environment}"


def _entry(
    actor: Actor, wanted: Wanted, at: datetime, order: Order, approved_by: tuple[Actor, ...] = ()
) -> Entry:
    return Entry(
        at=at,
        actor=actor,
        action=wanted.kind.capability,
        approved_by=approved_by,
        subject=str(wanted.place),
        parameters={
            "from": wanted.before,
            "to": wanted.after,
            "cluster": wanted.place.cluster,
            **({"freezes": "overridden"} if order.override else {}),
        },
    )


def _begin(
    tx: Connection, wanted: Wanted, actor: Actor, channel: str, at: datetime, restarted_at: str
) -> Operation:
    place = wanted.place
    key = f"operation:{place.service}:{place.environment}:{micros(at)}"
    stored = conversations.add(tx, key, channel, _conversation(wanted, actor), at)
    made = operations.add(tx, wanted, actor, stored.id, at, restarted_at=restarted_at)
    announce.show(tx, stored, "operation", {"facts": facts(made, Progress())}, at)
    return made


def _conversation(wanted: Wanted, actor: Actor) -> Conversation:
    return ours(
        topic=Topic.DEPLOYMENT,
        subject=wanted.place.service,
        name=wanted.words,
        title=wanted.words,
        status=Status.RUNNING,
        actor=actor.name,
        service=wanted.place.service,
        environment=wanted.place.environment,
    )
