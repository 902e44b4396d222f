"""Carries deployments out: looks at the cluster, asks the strategy what is next, does that, writes it down.

Every step can be seen in the cluster afterwards, so that a process that is killed in the middle goes on where
it was: it looks, and asks again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import structlog

from sovereign.core import clock
from sovereign.core.errors import InvalidTransition, NotFound, Unavailable, UserError
from sovereign.core.tasks import Crew
from sovereign.domain.audit import Result
from sovereign.domain.deployment import Deployment, Phase, State, Wish, brief
from sovereign.domain.freeze import Freeze
from sovereign.domain.permission import Actor, Capability
from sovereign.domain.rollout import blue_green, canary, rolling
from sovereign.domain.rollout.steps import Act, End, Go, Step, View, Wait, goes_on_by_itself
from sovereign.domain.rollout.terms import Strategy
from sovereign.services.auditing import Auditing, record
from sovereign.services.clearance import freezes_over
from sovereign.services.permissions import Permissions
from sovereign.services.releasing import telling, wishing
from sovereign.services.releasing.acting import Acting
from sovereign.services.releasing.looking import Looking
from sovereign.services.seeking import LARGEST
from sovereign.store import deployments
from sovereign.store.database import Database
from sovereign.store.sqlite import Connection

log = structlog.get_logger()

AT_ONCE = 20
"""Deployments that are carried out at the same time; more wait for their turn."""
LOOK = 1.0
"""Seconds between two looks at a rollout: what a person who watches calls at once."""
LOOK_AGAIN = 15.0
"""Seconds until the store is looked through even if nobody has woken the worker."""
PATIENCE = 60.0
"""Seconds of silence of the cluster after which the message says so."""
BROKEN = Wait(until="another try: something went wrong on our side, which is in the log")

_DECIDE: Mapping[Strategy, Callable[..., Step]] = {
    Strategy.ROLLING: rolling.decide,
    Strategy.BLUE_GREEN: blue_green.decide,
    Strategy.CANARY: canary.decide,
}


class Rollouts:
    """`announced` is called after each transaction that put something into the outbox; `delivered` after one
    that put an event of our own among the deliveries."""

    def __init__(
        self,
        database: Database,
        auditing: Auditing,
        permissions: Permissions,
        looking: Looking,
        acting: Acting,
        announced: Callable[[], None],
        delivered: Callable[[], None],
    ) -> None:
        self._database, self._auditing, self._permissions = database, auditing, permissions
        self._looking, self._acting = looking, acting
        self._announced, self._delivered = announced, delivered
        self._woken = asyncio.Event()
        self._nudges: dict[int, asyncio.Event] = {}
        self._last: dict[int, Wait] = {}
        self._faulty: set[int] = set()

    def wake(self) -> None:
        """A deployment has begun."""
        self._woken.set()

    async def run(self) -> None:
        """Carry out whatever is under way, until cancelled."""
        async with Crew(AT_ONCE, self.wake) as crew:
            while True:
                self._woken.clear()
                for each in await self._running():
                    if str(each.id) not in crew.busy and crew.has_room():
                        crew.start(str(each.id), self._carry_out(each.id), partial(self._broken, each.id))
                try:
                    async with asyncio.timeout(LOOK_AGAIN):
                        await self._woken.wait()
                except TimeoutError:
                    continue

    async def _broken(self, deployment_id: int, mistake: Exception) -> None:
        """A fault of ours in one of them: the others go on, and it is looked at again after a while."""
        log.error("rollout.broken", deployment=deployment_id, exc_info=mistake)
        self._faulty.add(deployment_id)
        await asyncio.sleep(LOOK_AGAIN)

    async def _running(self) -> list[Deployment]:
        try:
            return [*await self._database.read(deployments.running)]
        except Unavailable as full:
            log.warning("rollouts.waiting", problem=str(full))
            return []

    async def wish(self, actor: Actor, deployment_id: int, wish: Wish) -> Deployment:
        """Cancel, pause, promote … Under a freeze nothing goes on but for who may override it.

        Raises NotAllowed, NotFound, InvalidTransition; all is audited.
        """
        deployment = await self.find(deployment_id)
        try:
            self._permissions.require(actor, Capability.DEPLOY_EXECUTE, deployment.place.environment)
            wished = await self._database.write(
                lambda tx: wishing.keep(tx, self._permissions, actor, deployment_id, wish)
            )
        except UserError as refusal:
            refused = telling.entry(deployment, f"deploy.{wish}", actor=actor)
            await self._auditing.write(replace(refused, result=Result.REFUSED, details=refusal.public))
            raise
        self._announced()
        self._nudge(deployment_id)
        return wished

    async def find(self, deployment_id: int) -> Deployment:
        found = None
        if 0 < deployment_id <= LARGEST:
            found = await self._database.read(lambda tx: deployments.by_id(tx, deployment_id))
        if found is None:
            raise NotFound(f"There is no deployment {deployment_id}. `/deploy history` lists them.")
        return found

    def _nudge(self, deployment_id: int) -> None:
        if waits := self._nudges.get(deployment_id):
            waits.set()

    async def _carry_out(self, deployment_id: int) -> None:
        """Until it has ended. It must not raise: what goes wrong is told, and tried again."""
        nudge = self._nudges[deployment_id] = asyncio.Event()
        silent_since: float | None = None
        try:
            while True:
                nudge.clear()
                try:
                    if deployment_id in self._faulty:
                        await self._told(deployment_id, BROKEN)
                    pause = await self._step(deployment_id)
                    self._faulty.discard(deployment_id)
                    if pause is None:
                        self._last.pop(deployment_id, None)
                        return
                    silent_since = None
                except Unavailable as silent:
                    silent_since = silent_since or clock.monotonic()
                    pause = 2 * LOOK
                    log.warning("rollout.waiting", deployment=deployment_id, problem=str(silent))
                    if clock.monotonic() - silent_since > PATIENCE:
                        await self._told(deployment_id, Wait(until=f"the cluster: {silent}"))
                await _either(nudge, pause)
        finally:
            del self._nudges[deployment_id]

    async def _step(self, deployment_id: int) -> float | None:
        """One look and what follows from it; the seconds until the next, None when it has ended.

        Raises Unavailable.
        """
        deployment = await self.find(deployment_id)
        if deployment.state is not State.RUNNING:
            return None
        try:
            view = await self._looking.view(deployment)
            step = _DECIDE[deployment.strategy](deployment, view, clock.now())
            if goes_on_by_itself(deployment, step) and (frozen := await self._frozen_since(deployment)):
                step = Wait(until=f"the freeze by {frozen.by} to be lifted: {frozen.reason}")
            await self._take(deployment, view, step)
        except UserError as refused:  # such as a 403: nothing that trying again would mend
            step = _refused(deployment, refused)
            await self._take(deployment, View(active=None), step)
        if isinstance(step, End):
            return None
        return LOOK if isinstance(step, Wait) else 0.0

    async def _frozen_since(self, deployment: Deployment) -> Freeze | None:
        """A freeze that began after the deployment did; one from before was known, and overridden."""
        place = deployment.place
        over = await self._database.read(
            lambda tx: freezes_over(tx, place.service, place.environment, clock.now())
        )
        return next((one for one in over if one.since > deployment.started_at), None)

    async def _take(self, deployment: Deployment, view: View, step: Step) -> None:
        match step:
            case Wait():
                await self._told(deployment.id, step)
            case Go():
                gives_up = step.phase is Phase.TAKING_BACK and not step.heard
                lines = await self._looking.last_words(deployment, view) if gives_up else ""
                await self._save(deployment, step, lines)
            case End():
                fails = step.state is State.FAILED and deployment.phase is not Phase.TAKING_BACK
                lines = await self._looking.last_words(deployment, view) if fails else ""
                await self._end(deployment, step, lines)
            case _:
                await self._act(deployment, view, step)

    async def _act(self, deployment: Deployment, view: View, step: Act) -> None:
        deed = telling.entry(deployment, f"cluster.{telling.verb(step)}", parameters=telling.said(step))
        async with self._auditing.effect(deed) as effect:
            remember = await self._acting.do(deployment, view, step)
            effect.parameters.update(remember)
        if remember:
            await self._save(deployment, Go(phase=deployment.phase, memory=remember))

    async def _save(self, deployment: Deployment, go: Go, last_lines: str = "") -> None:
        """`last_lines` are those of the pods on whose account it is taken back: soon they are gone."""
        at = clock.now()
        after = replace(deployment.in_phase(go.phase, at, **go.memory), reason=go.reason or deployment.reason)
        if go.heard:  # a wish that is granted lets the time of the phase begin anew
            after = replace(after, phase_at=at, wish=None, wished_by=None)
        said = go.says or (go.reason if go.heard else go.reason and f"Taking it back: {brief(go.reason)}")
        self._last.pop(deployment.id, None)
        if go.phase is Phase.KEEPING:
            await self._looking.served(after)

        def write(tx: Connection) -> None:
            if not deployments.save(tx, after):
                return
            if go.heard:
                deployments.wish(tx, after)
            if said:
                telling.say(tx, after, said, at, quote=last_lines)
            if go.phase is Phase.KEEPING and deployment.phase is not Phase.KEEPING:
                telling.deliver(tx, after, "service.deployed", at)
            telling.show(tx, after, Wait(until=""), at)

        await self._database.write(write)
        self._announced()
        self._delivered()

    async def _told(self, deployment_id: int, wait: Wait) -> None:
        """What it waits for, where that is news."""
        if self._last.get(deployment_id) == wait:
            return
        self._last[deployment_id] = wait
        at = clock.now()

        def write(tx: Connection) -> None:
            found = deployments.by_id(tx, deployment_id)
            if found is not None and found.state is State.RUNNING:
                telling.show(tx, found, wait, at)

        await self._database.write(write)
        self._announced()

    async def _end(self, deployment: Deployment, end: End, last_lines: str) -> None:
        at = clock.now()
        after = deployment.ended(end.state, at, end.reason)
        await self._looking.served(after)
        if after.state is State.SUCCEEDED:
            after = replace(after, left=await self._looking.left(after))

        def write(tx: Connection) -> None:
            if not deployments.save(tx, after):
                return
            telling.ended(tx, after, at, last_lines)
            record(tx, telling.entry(after, "deploy.end", parameters={"state": after.state}))

        await self._database.write(write)
        self._announced()
        self._delivered()


def _refused(deployment: Deployment, refused: UserError) -> Step:
    """What the cluster will not have; on the way back there is nothing left to try."""
    if isinstance(refused, InvalidTransition):  # it moved under our hands: look again
        return Wait(until=f"another look: {refused.public}")
    if deployment.phase in (Phase.APPLYING, Phase.TAKING_BACK):
        return End(state=State.FAILED, reason=refused.public)
    return Go(phase=Phase.TAKING_BACK, memory={"outcome": State.FAILED}, reason=refused.public)


async def _either(nudge: asyncio.Event, seconds: float) -> None:
    """Until somebody nudges, or so long."""
    try:
        async with asyncio.timeout(seconds):
            await nudge.wait()
    except TimeoutError:
        return
