"""Deploying at a member's word: at once where nobody has to agree, else what has been agreed on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sovereign.core import clock
from sovereign.core.errors import InvalidTransition, Moved, NotAllowed, NotFound
from sovereign.domain.approval import State
from sovereign.domain.audit import Entry, Result
from sovereign.domain.deployment import Deployment
from sovereign.domain.permission import Actor, Capability
from sovereign.domain.rollout.steps import Wait
from sovereign.services.approving.approvals import Approvals
from sovereign.services.auditing import Auditing
from sovereign.services.clearance import require_clear
from sovereign.services.permissions import Permissions
from sovereign.services.releasing import telling
from sovereign.services.releasing.release import Release
from sovereign.services.releasing.releases import Releases
from sovereign.store import deployments, proposals
from sovereign.store.database import Database
from sovereign.store.sqlite import Connection

LOOKED_AT = 200
"""Proposals that are looked through for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a member wants deployed; `override` goes through a freeze, for who may."""

    version: str
    service: str
    environment: str
    channel: str
    strategy: str | None = None
    override: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What an order would change; `notes` are what people should know before they confirm it."""

    order: Order
    release: Release
    notes: Mapping[str, object]


class Deploying:
    def __init__(
        self,
        database: Database,
        auditing: Auditing,
        permissions: Permissions,
        releases: Releases,
        approvals: Approvals,
        announced: Callable[[], None],
    ) -> None:
        self._database, self._auditing, self._permissions = database, auditing, permissions
        self._releases, self._approvals, self._announced = releases, approvals, announced

    async def run(self, actor: Actor, order: Order) -> Deployment | Preview:
        """Begin it; where it is production, and nobody has to agree, first show it: `confirm` begins it then.

        Raises NotAllowed, NotFound, Unavailable, and InvalidTransition: not agreed on, frozen, busy.
        """
        await self._may(actor, order)
        if agreed := await self._database.read(lambda tx: _agreed(tx, order)):
            done = await self._approvals.execute(actor, agreed, override=order.override)
            found = await self._database.read(lambda tx: deployments.of_proposal(tx, done.id))
            if found is None:
                raise NotFound(f"Proposal {agreed} has no deployment.")
            return found
        release = await self._release(actor, order)
        if not release.place.production:
            return await self._begin(actor, order, release)
        at = clock.now()
        release.policy.require_window(order.environment, at)
        ways = self._releases.ways(actor, release)
        await self._database.read(
            lambda tx: require_clear(tx, release.place, at, ways, override=order.override)
        )
        return Preview(order=order, release=release, notes=await self._releases.notes(release))

    async def confirm(self, actor: Actor, order: Order, seen: str) -> Deployment:
        """Begin what a preview showed; `seen` is its mark. Everything is asked for again.

        Raises as `run` does, and Moved where another image would take the place of another one by now.
        """
        await self._may(actor, order)
        release = await self._release(actor, order)
        if release.mark != seen:
            raise Moved(
                f"{release.place} runs something else than was shown, or {order.version} is another image"
                " now: look again."
            )
        return await self._begin(actor, order, release)

    async def _may(self, actor: Actor, order: Order) -> None:
        await self._require(actor, Capability.DEPLOY_EXECUTE, order)
        if order.override:
            await self._require(actor, Capability.FREEZE_OVERRIDE, order)

    async def _release(self, actor: Actor, order: Order) -> Release:
        """What nobody has to agree to. Raises InvalidTransition for what has to be proposed."""
        release = await self._releases.prepare(
            actor, order.version, order.service, order.environment, order.strategy
        )
        count = release.policy.quorum
        needed = f"{count} approval{'s' if count > 1 else ''}" if count else ""
        if not needed and release.policy.change_link:
            needed = "a link to the change"
        if needed:
            raise InvalidTransition(
                f"Deploying to {order.environment} needs {needed}."
                f" Propose it: `{_proposing(order, link=release.policy.change_link)}`."
            )
        return release

    async def _begin(self, actor: Actor, order: Order, release: Release) -> Deployment:
        at = clock.now()
        release.policy.require_window(release.place.environment, at)

        def begin(tx: Connection) -> Deployment:
            conversation = telling.open_thread(tx, release, actor, at, order.channel)
            begun = self._releases.begin(
                tx, actor, release, at, conversation_id=conversation, override=order.override
            )
            telling.show(tx, begun, Wait(until=""), at)
            return begun

        begun = await self._database.write(begin)
        self._announced()
        self._releases.wake()
        return begun

    async def _require(self, actor: Actor, capability: Capability, order: Order) -> None:
        try:
            self._permissions.require(actor, capability, order.environment)
        except NotAllowed as refusal:
            subject = f"{order.service} {order.version} to {order.environment}"
            entry = Entry(
                at=clock.now(),
                actor=actor,
                action=capability,
                subject=subject,
                result=Result.REFUSED,
                details=refusal.public,
            )
            await self._auditing.write(entry)
            raise


def _proposing(order: Order, *, link: bool) -> str:
    """The command that proposes it, to be copied."""
    strategy = f" strategy:{order.strategy}" if order.strategy else ""
    change = " change:https://…" if link else ""
    return (
        f"/deploy approve version:{order.version[:71]} service:{order.service}"
        f" env:{order.environment}{strategy}{change}"
    )


def _agreed(tx: Connection, order: Order) -> int | None:
    """The open proposal of that version for that place; whether its quorum is there is for it to say."""
    for one in proposals.of_place(tx, order.service, order.environment, LOOKED_AT):
        if one.state is State.OPEN and one.version == order.version:
            return one.id
    return None
