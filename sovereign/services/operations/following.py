"""Follows what was scaled, restarted or rolled back until the cluster has done it, and tells how far it is.

Everything that runs stands in the store: after a restart it is followed on, and what ended meanwhile is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from sovereign.core import clock
from sovereign.core.clock import micros
from sovereign.core.errors import NotFound, SovereignError
from sovereign.core.tasks import Crew
from sovereign.domain import operation as rules
from sovereign.domain import rollout_state
from sovereign.domain.cluster import Workload
from sovereign.domain.operation import Kind, Operation, State
from sovereign.domain.rollout_state import RolloutState
from sovereign.services import announce, own_events
from sovereign.services.clusters import Clusters
from sovereign.services.operations.scene import Scene, watching
from sovereign.store import conversations, operations
from sovereign.store.database import Database
from sovereign.store.sqlite import Connection

log = structlog.get_logger()

MOST = 20
"""Operations that are followed at the same time; others wait, in the store."""
PAUSE = 1.5
"""Seconds between two edits of a message, at least."""
LOOK = 5.0
"""Seconds after which it is looked at again although nothing has changed: time passes."""
RETRY = 10.0
"""Seconds until one whose following broke off is taken up again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an operation is; `stuck`: it will not end by itself; `silent` is why the cluster says nothing
    now."""

    ready: int = 0
    desired: int = 0
    waits_for: str = ""
    why: str = ""
    stuck: bool = False
    silent: str = ""


Tell = Callable[[Progress], Awaitable[None]]


class Following:
    """`announced` is called after each transaction that put something into the outbox."""

    def __init__(self, database: Database, clusters: Clusters, announced: Callable[[], None]) -> None:
        self._database, self._clusters, self._announced = database, clusters, announced
        self._begun = asyncio.Event()

    def wake(self) -> None:
        """There is another one."""
        self._begun.set()

    async def run(self) -> None:
        """Follow all that run, until cancelled."""
        async with Crew(MOST, self.wake) as crew:
            while True:
                self._begun.clear()
                for one in await self._database.read(operations.running):
                    if crew.has_room() and str(one.id) not in crew.busy:
                        crew.start(str(one.id), self._followed(one))
                await self._begun.wait()

    async def _followed(self, operation: Operation) -> None:
        try:
            await self.follow(operation)
        except SovereignError as problem:  # it is taken up again: nothing of it is lost
            log.warning("operation.lost", operation=operation.id, problem=str(problem))
            await asyncio.sleep(RETRY)

    async def follow(self, operation: Operation) -> State:
        """Until it has ended, in its message; what came of it."""

        async def tell(progress: Progress) -> None:
            def told(tx: Connection) -> None:
                operations.troubled(tx, operation, progress.why if progress.stuck else "")
                _shown(operation, progress)(tx)

            await self._database.write(told)
            self._announced()

        return await self._end(operation, *await self.outcome(operation, tell))

    async def outcome(self, operation: Operation, tell: Tell) -> tuple[State, str, Progress]:
        """What came of it in the end and why, and how far it was then; `tell` hears of each change before."""
        place = operation.wanted.place
        cluster = self._clusters.of(place)
        workload = await self._found(operation, tell)
        if workload is None:
            return State.UNKNOWN, "The deployment is gone.", Progress()
        async with watching(cluster, place, workload.selector) as scene:
            stuck_since: datetime | None = None
            shown = Progress()
            while True:
                read, progress = await self._look(operation, scene)
                stuck_since = (stuck_since or clock.now()) if read and read.stuck else None
                state, why = _verdict(operation, scene, read, stuck_since)
                if state is not State.RUNNING:
                    return state, why, progress
                if progress != shown:
                    await tell(progress)
                    shown = progress
                await asyncio.sleep(PAUSE)
                await scene.moved(LOOK)

    async def _found(self, operation: Operation, tell: Tell) -> Workload | None:
        """Its workload: a cluster that is silent is waited for, and that is told."""
        place = operation.wanted.place
        told = False
        while True:
            try:
                return await self._clusters.of(place).workload(place.namespace, place.deployment)
            except NotFound:
                return None
            except SovereignError as problem:
                if not told:
                    await tell(Progress(silent=str(problem.public)))
                    told = True
                await asyncio.sleep(LOOK)

    async def _look(self, operation: Operation, scene: Scene) -> tuple[RolloutState | None, Progress]:
        workload = scene.workload
        if workload is None:
            return None, Progress(silent=scene.silent)
        revision = await self._revision(operation, workload)
        read = rollout_state.read(workload, scene.pods, clock.now(), revision=revision)
        progress = Progress(
            ready=read.ready,
            desired=read.desired,
            waits_for=read.waits_for,
            why=read.why,
            stuck=read.stuck,
            silent=scene.silent,
        )
        return read, progress

    async def _revision(self, operation: Operation, workload: Workload) -> str:
        """The hash of the pods that are to come; those of a scaling are like the others."""
        if operation.wanted.kind is Kind.SCALE:
            return ""
        try:
            found = await self._clusters.of(operation.wanted.place).revisions(workload)
        except SovereignError:
            return ""
        return next((one.hash for one in found if one.number == workload.revision), "")

    async def _end(self, operation: Operation, state: State, why: str, progress: Progress) -> State:
        def end(tx: Connection) -> None:
            ended = operations.end(tx, operation, state, why, clock.now())
            _shown(ended, progress)(tx)
            conversations.retire(tx, operation.conversation_id)
            if state is State.DONE and operation.wanted.kind is Kind.ROLLBACK:
                _rolled_back(tx, operation)

        await self._database.write(end)
        self._announced()
        log.info("operation.ended", operation=operation.id, state=state, why=why)
        return state


def _rolled_back(tx: Connection, operation: Operation) -> None:
    """Going back is a change of what runs: incidents of the hours after it show it."""
    wanted, place = operation.wanted, operation.wanted.place
    body = {
        "kind": "service.rolledback",
        "service": place.service,
        "environment": place.environment,
        "version": wanted.after,
        "from_version": wanted.before,
        "image": place.image(wanted.images),
        "strategy": "revision",
        "actor": operation.actor.name,
    }
    own_events.deliver(tx, f"operation:{operation.id}", body, clock.now())


def _verdict(
    operation: Operation, scene: Scene, read: RolloutState | None, stuck_since: datetime | None
) -> tuple[State, str]:
    if scene.problem is not None:
        return State.UNKNOWN, scene.problem.public
    if scene.gone:
        return State.UNKNOWN, "The deployment is gone."
    if scene.workload is None or read is None:
        return State.RUNNING, ""
    return rules.verdict(operation, scene.workload, read, clock.now(), stuck_since)


def _shown(operation: Operation, progress: Progress) -> Callable[[Connection], None]:
    def show(tx: Connection) -> None:
        stored = conversations.by_id(tx, operation.conversation_id)
        announce.show(tx, stored, "operation", {"facts": facts(operation, progress)}, clock.now())

    return show


def facts(operation: Operation, progress: Progress) -> dict[str, object]:
    """What the message of an operation shows."""
    wanted, ended = operation.wanted, operation.ended_at
    return {
        "kind": wanted.kind.value,
        "service": wanted.place.service,
        "environment": wanted.place.environment,
        "before": wanted.before,
        "after": wanted.after,
        "actor": operation.actor.name,
        "state": operation.state.value,
        "why": progress.why if operation.state is State.RUNNING else operation.why or progress.why,
        "ready": progress.ready,
        "desired": progress.desired,
        "waits_for": progress.waits_for,
        "silent": progress.silent,
        "started_at": micros(operation.started_at),
        "ended_at": micros(ended) if ended else None,
    }
