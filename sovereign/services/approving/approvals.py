"""Proposals to deploy: made, taken back, expired, and handed on to be carried out."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

import structlog

from sovereign.core import clock
from sovereign.core.errors import InvalidTransition, NotAllowed, Unavailable, UserError
from sovereign.domain.approval import Policy, Proposal, State, Tally, tally
from sovereign.domain.audit import Result
from sovereign.domain.permission import Actor, Capability
from sovereign.services.approving import steps
from sovereign.services.approving.electorate import Electorate
from sovereign.services.approving.steps import Standing
from sovereign.services.approving.voting import MOST_OPEN, Voting
from sovereign.services.auditing import Auditing, record
from sovereign.services.permissions import Permissions
from sovereign.services.ports.discord import Members
from sovereign.services.releasing.release import Release
from sovereign.services.releasing.releases import Releases
from sovereign.services.seeking import fits
from sovereign.store import proposals
from sovereign.store.database import Database
from sovereign.store.sqlite import Connection

log = structlog.get_logger()

_LINK = re.compile(r"https?://[^\s/]\S{0,500}")
LOOK = 15.0
"""Seconds between two looks for proposals whose time is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a member proposes, and in which channel it is to be said."""

    version: str
    service: str
    environment: str
    channel: str
    quorum: int | None = None
    change: str | None = None
    strategy: str | None = None


class Approvals:
    """`announced` is called after each transaction that put something into the outbox."""

    def __init__(
        self,
        database: Database,
        auditing: Auditing,
        permissions: Permissions,
        members: Members,
        releases: Releases,
        announced: Callable[[], None],
    ) -> None:
        self._database, self._auditing, self._permissions = database, auditing, permissions
        self._releases, self._announced = releases, announced
        self._missed, self._woken = False, asyncio.Event()
        self._electorate = Electorate(permissions, members)
        self.voting = Voting(
            database, auditing, self._electorate, members, announced, reached=self._execute_at_once
        )

    async def propose(self, actor: Actor, ask: Ask) -> Standing:
        """Raises NotAllowed, NotFound, UserError and Unavailable."""
        self._permissions.require(actor, Capability.DEPLOY_PROPOSE, ask.environment)
        if ask.change and not _LINK.fullmatch(ask.change):
            raise UserError(f"{ask.change[:60]!r} is no link; expected https://…")
        release = await self._releases.prepare(actor, ask.version, ask.service, ask.environment, ask.strategy)
        policy = release.policy.raised(ask.quorum)
        if policy.change_link and not ask.change:
            raise UserError(
                f"Deploying to {ask.environment} needs a link to the change: give it as `change`."
            )
        proposal = _proposal(actor, ask, release, policy)
        noted = await self._releases.notes(release)

        def keep(tx: Connection) -> Standing:
            counted = tally(proposal, {})
            kept = steps.begin(tx, proposal, counted, ask.channel, noted)
            asked = {"change": ask.change, "digest": release.digest, "strategy": proposal.strategy}
            record(tx, steps.entry(actor, "deploy.propose", kept, parameters=asked))
            return Standing(proposal=kept, tally=counted)

        standing = await self._database.write(keep)
        self._announced()
        return standing

    async def cancel(self, actor: Actor, proposal_id: int) -> Proposal:
        """By who asked for it, or by whoever may execute it."""
        proposal = await self._database.read(lambda tx: steps.find(tx, proposal_id))
        if actor.id != proposal.requester_id:
            await self._require(actor, Capability.DEPLOY_EXECUTE, proposal)
        at = clock.now()

        def cancel(tx: Connection) -> Proposal:
            found = steps.find(tx, proposal_id).decided(State.CANCELLED, at, by=actor.name)
            steps.decide(tx, found, f"Cancelled by {actor.name}", at, by=actor)
            record(tx, steps.entry(actor, "deploy.cancel", found))
            return found

        cancelled = await self._database.write(cancel)
        self._announced()
        return cancelled

    async def execute(self, actor: Actor, proposal_id: int, *, override: bool = False) -> Proposal:
        """Deploy what was agreed on, by roles and digest as they are now; `override` goes through a freeze.

        Raises NotAllowed, NotFound, InvalidTransition and Unavailable.
        """
        proposal = await self._database.read(lambda tx: steps.find(tx, proposal_id))
        await self._require(actor, Capability.DEPLOY_EXECUTE, proposal)
        proposal.require_open(clock.now())
        release = await self._releases.again(actor, proposal)
        if release.digest != proposal.digest:
            await self._void(actor, proposal, release)
        eligible = await self._electorate.eligible(proposal, [actor])
        at = clock.now()

        def start(tx: Connection) -> Proposal:
            found = steps.find(tx, proposal_id)
            counted = tally(found, eligible)
            done = found.executed(counted, at, by=actor.name, digest=release.digest)
            self._begin(tx, actor, release, done, counted, override=override)
            return done

        return await self._start(actor, proposal, start, eligible)

    async def require_glass(self, actor: Actor, proposal_id: int) -> Proposal:
        """The proposal, before a reason is asked for. Raises NotAllowed, NotFound and InvalidTransition."""
        proposal = await self._database.read(lambda tx: steps.find(tx, proposal_id))
        await self._require(actor, Capability.DEPLOY_BREAK_GLASS, proposal)
        proposal.require_open(clock.now())
        return proposal

    async def break_glass(self, actor: Actor, proposal_id: int, reason: str) -> Proposal:
        """Deploy without the quorum and through a freeze, for a reason: loud, and recorded."""
        proposal = await self.require_glass(actor, proposal_id)
        release = await self._releases.again(actor, proposal)
        at = clock.now()

        def start(tx: Connection) -> Proposal:
            found = steps.find(tx, proposal_id)
            done = replace(found.broken_glass(at, by=actor.name, reason=reason), digest=release.digest)
            said = f"{actor.name} breaks the glass: {done.reason}"
            steps.say(tx, done, said, at, tell=found.requester_id)
            why = {"reason": done.reason}
            record(tx, steps.entry(actor, Capability.DEPLOY_BREAK_GLASS, done, parameters=why))
            self._begin(tx, actor, release, done, None, override=True)
            return done

        return await self._start(actor, proposal, start, None)

    def _begin(
        self,
        tx: Connection,
        actor: Actor,
        release: Release,
        done: Proposal,
        counted: Tally | None,
        *,
        override: bool,
    ) -> None:
        approvers = (
            [Actor(id=vote.member_id, name=vote.name, roles=()) for vote, _ in counted.counted]
            if counted
            else []
        )
        self._releases.begin(
            tx,
            actor,
            release,
            done.decided_at or clock.now(),
            conversation_id=proposals.conversation_of(tx, done.id),
            proposal=done,
            approved_by=tuple(approvers),
            override=override,
            glass="" if counted else done.reason,
        )
        proposals.decide(tx, done)

    async def _start(
        self,
        actor: Actor,
        proposal: Proposal,
        start: Callable[[Connection], Proposal],
        eligible: Mapping[int, frozenset[str]] | None,
    ) -> Proposal:
        """`eligible` is None where nobody has asked who may vote."""
        try:
            done = await self._database.write(start)
        except UserError as refusal:
            why = refusal.public

            def refused(tx: Connection) -> None:
                record(tx, steps.entry(actor, "deploy.execute", proposal, Result.REFUSED, details=why))
                if eligible is not None:  # who has lost the role is no longer counted: all may see it
                    steps.redraw(tx, proposal.id, eligible)

            await self._database.write(refused)
            self._announced()
            raise
        self._announced()
        self._releases.wake()
        return done

    async def _execute_at_once(self, actor: Actor, proposal: Proposal) -> None:
        """The last approval carries it out, if who gave it may; else Execute waits for somebody who may."""
        if self._permissions.allows(actor, Capability.DEPLOY_EXECUTE, proposal.environment):
            with suppress(UserError):  # a freeze, a window, a lock: Execute is there, and says which
                await self.execute(actor, proposal.id)

    async def _void(self, actor: Actor, proposal: Proposal, release: Release) -> None:
        at = clock.now()
        reason = f"{proposal.version} is another image now than the one that was voted on"

        def void(tx: Connection) -> None:
            found = steps.find(tx, proposal.id)
            moved = {"was": found.digest, "is": release.digest}
            record(tx, steps.entry(actor, "deploy.execute", found, Result.REFUSED, parameters=moved))
            if found.state is State.OPEN:
                steps.decide(tx, found.decided(State.VOID, at, by=None, reason=reason), f"Void: {reason}", at)

        await self._database.write(void)
        self._announced()
        raise InvalidTransition(f"Proposal {proposal.id} is void: {reason}. Propose it again.")

    async def _require(self, actor: Actor, capability: Capability, proposal: Proposal) -> None:
        try:
            self._permissions.require(actor, capability, proposal.environment)
        except NotAllowed as refusal:
            refused = steps.entry(actor, capability, proposal, Result.REFUSED, details=refusal.public)
            await self._auditing.write(refused)
            raise

    async def suggestions(self, actor: Actor, typed: str) -> Sequence[Proposal]:
        """Open ones of environments in which the member may break the glass."""
        found = await self._database.read(lambda tx: proposals.standing(tx, MOST_OPEN))
        seen = [
            one
            for one in found
            if self._permissions.allows(actor, Capability.DEPLOY_BREAK_GLASS, one.environment)
        ]
        return [one for one in seen if fits(typed, one.id, one.subject)][:25]

    def listen_again(self) -> None:
        """Discord is there (again): hear the reactions that came meanwhile."""
        self._missed = True
        self._woken.set()

    def look_again(self) -> None:
        """Something is frozen, or no longer: messages of open proposals say so."""
        self._woken.set()

    async def run(self) -> None:
        """Hear what was missed, let proposals expire when their time is over, tell freezes as they are."""
        while True:
            try:
                self._woken.clear()
                if self._missed:
                    self._missed = False
                    await self.voting.recount()
                if await self._database.write(lambda tx: steps.expire(tx, MOST_OPEN)):
                    self._announced()
                await self._refresh()
            except Unavailable as silent:
                log.warning("approvals.waiting", problem=str(silent))
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK):
                    await self._woken.wait()

    async def _refresh(self) -> None:
        at = clock.now()

        def stale(tx: Connection) -> list[Proposal]:
            return [one for one in proposals.standing(tx, MOST_OPEN) if steps.is_stale(tx, one, at)]

        for proposal in await self._database.read(stale):
            eligible = await self._electorate.eligible(proposal)
            await self._database.write(partial(steps.redraw, proposal_id=proposal.id, eligible=eligible))
            self._announced()


def _proposal(actor: Actor, ask: Ask, release: Release, policy: Policy) -> Proposal:
    return Proposal(
        service=release.place.service,
        environment=release.place.environment,
        version=ask.version,
        image=release.image.tagged,
        digest=release.digest,
        strategy=release.terms.strategy,
        requester_id=actor.id,
        requester=actor.name,
        change=ask.change,
        policy=policy,
        created_at=clock.now(),
    )
