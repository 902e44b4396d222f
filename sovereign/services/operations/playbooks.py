"""Runs playbooks: proposed, approved by a second member where that is asked for, and worked off step by step.

A run stands in the store, with its steps as they were when it began. A step is marked before it is done:
where the process ends in the middle of one that changes something, nobody knows what came of it, and the run
ends there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import structlog

from sovereign.core import clock
from sovereign.core.errors import InvalidTransition, NotFound, SovereignError, UserError
from sovereign.core.tasks import Crew
from sovereign.domain.audit import Result
from sovereign.domain.estate import Place
from sovereign.domain.permission import Actor, Capability
from sovereign.domain.playbook import Approval, Playbook, StepKind, filled, usage, values
from sovereign.domain.playbook_run import Run, RunState
from sovereign.services import auditing
from sovereign.services.clearance import require_thawed
from sovereign.services.operations import playbook_telling as telling
from sovereign.services.operations.places import SUGGESTED, Places
from sovereign.services.operations.playbook_steps import PlaybookSteps
from sovereign.services.permissions import Permissions
from sovereign.services.thawing import Ways, ways
from sovereign.store import conversations, playbook_previews, playbook_runs
from sovereign.store.database import Database
from sovereign.store.sqlite import Connection

log = structlog.get_logger()

MOST = 5
"""Runs that are worked off at the same time."""
PATIENCE = 900.0
"""Seconds that a run of before a restart waits for the guild's roles: most breaks of Discord are shorter, and
whoever began it remembers it."""
REPEATABLE = frozenset({StepKind.WAIT, StepKind.ASK})
"""Steps that may be done again after a crash: they change nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`override` goes through a freeze, for who may."""

    playbook: str
    environment: str | None = None
    inputs: str = ""
    override: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """What each step would do, (title, in words), if the playbook were run now."""

    run: Run
    steps: Sequence[tuple[str, str]]


class Playbooks:
    """`announced` is called after each transaction that put something into the outbox."""

    def __init__(
        self,
        database: Database,
        places: Places,
        permissions: Permissions,
        steps: PlaybookSteps,
        announced: Callable[[], None],
    ) -> None:
        self._database, self._places, self._permissions = database, places, permissions
        self._steps, self._announced = steps, announced
        self._known: Mapping[str, Playbook] = {}
        self._begun = asyncio.Event()

    def follow(self, known: Sequence[Playbook]) -> None:
        """Run these from now on; what runs already goes on as it began."""
        self._known = {one.name: one for one in known}

    def listed(self, actor: Actor) -> Sequence[tuple[Playbook, Sequence[str]]]:
        """Those that the member may run, each with the environments in which; none without any."""
        found = [(one, self._environments(actor, one)) for one in self._known.values()]
        return [(one, where) for one, where in found if where]

    def names(self, actor: Actor, typed: str) -> Sequence[str]:
        return [one.name for one, _ in self.listed(actor) if typed.lower() in one.name][:SUGGESTED]

    def environments(self, actor: Actor, name: str | None, typed: str) -> Sequence[str]:
        one = self._known.get(name or "")
        return [where for where in (self._environments(actor, one) if one else ()) if typed in where]

    def usage(self, actor: Actor, name: str | None, typed: str) -> Sequence[str]:
        """What the inputs may be written as, as one line that completes what was typed."""
        one = self._known.get(name or "")
        if one is None or not self._environments(actor, one):
            return []
        missing = [each for each in one.inputs if f"{each.name}=" not in typed]
        rest = " ".join(f"{each.name}={each.default or ''}" for each in missing)
        return [f"{typed} {rest}".strip() or usage(one)]

    async def dry_run(self, actor: Actor, asked: Asked) -> DryRun:
        """Nothing is done. Raises as `begin`."""
        run = self._planned(actor, asked)
        return DryRun(
            run=run, steps=[(step.title, await self._steps.preview(run, step)) for step in run.steps]
        )

    async def check(self, actor: Actor, asked: Asked) -> Run:
        """The run that it would be. Raises as `begin`."""
        run = self._planned(actor, asked)
        changed = self._steps.check(run)
        around = self._ways(actor, asked, run)
        await self._database.read(lambda tx: _require_thawed(tx, run, changed, around))
        return run

    async def begin(self, actor: Actor, asked: Asked, channel: str, shown: str = "") -> Run:
        """Propose it, or begin at once where nobody has to agree; `shown` is the key of its preview.

        Raises NotAllowed, NotFound, UserError, and InvalidTransition where what it changes is frozen: it must
        not end in the middle for what is known before.
        """
        run = self._planned(actor, asked)
        changed, around = self._steps.check(run), self._ways(actor, asked, run)

        def begin(tx: Connection) -> Run:
            _require_thawed(tx, run, changed, around)
            if shown and not playbook_previews.take(tx, shown):
                raise InvalidTransition("This was begun already.")
            return telling.begin(tx, run, channel)

        made = await self._database.write(begin)
        self._announced()
        self._begun.set()
        return made

    async def approve(self, actor: Actor, run_id: int) -> Run:
        return await self._moved(actor, run_id, "playbooks.approve", lambda run: run.approve(actor))

    async def go_on(self, actor: Actor, run_id: int) -> Run:
        return await self._moved(
            actor, run_id, "playbooks.continue", lambda run: run.answer(actor, clock.now())
        )

    async def stop(self, actor: Actor, run_id: int) -> Run:
        return await self._moved(actor, run_id, "playbooks.stop", lambda run: run.stop(actor, clock.now()))

    async def run(self) -> None:
        """Work runs off, until cancelled; those of before a restart wait for the guild's roles."""
        async with Crew(MOST, self._begun.set) as crew:
            while True:
                self._begun.clear()
                if not await self._permissions.known(within=PATIENCE):
                    await self._give_up(crew.busy)
                    continue
                for one in await self._database.read(playbook_runs.running):
                    if crew.has_room() and str(one.id) not in crew.busy:
                        crew.start(str(one.id), self.work(one))
                await self._begun.wait()

    async def _give_up(self, busy: Collection[str]) -> None:
        """On those that wait for Discord: what somebody began is not done hours later, when nobody looks."""
        for run in await self._database.read(playbook_runs.running):
            if str(run.id) in busy:
                continue
            log.error("playbook.given_up", run=run.id, playbook=run.playbook, waited_s=PATIENCE)
            why = (
                f"Sovereign began anew, and Discord did not tell the guild's roles within {PATIENCE / 60:.0f}"
                " minutes: nothing more was done. Run it again if it is still wanted."
            )
            await self._save(run.fail(_unfinished(run) or why, clock.now()))

    async def work(self, run: Run) -> None:
        """Its steps, one after the other, until it is over or asks somebody."""
        while run.state is RunState.RUNNING:
            run = await self._step(run)

    async def _step(self, run: Run) -> Run:
        if why := _unfinished(run):
            return await self._save(run.fail(why, clock.now()))
        if run.step.kind is StepKind.ASK:
            return await self._save(run.ask())
        run = await self._save(run.begin())
        try:
            self._permissions.require(run.actor, run.capability, run.environment)
            said = await self._steps.do(run)
        except SovereignError as problem:
            return await self._save(run.fail(str(problem.public), clock.now()))
        return await self._save(run.did(said, clock.now()), notify=run.step.kind is StepKind.NOTIFY and run)

    async def _save(self, run: Run, notify: Run | bool = False) -> Run:
        def save(tx: Connection) -> None:
            playbook_runs.save(tx, run)
            telling.show(tx, run)
            if isinstance(notify, Run):
                telling.notify(tx, notify)
            if run.state.is_over:
                auditing.record(tx, telling.entry(run, run.actor, "playbooks.run", telling.result(run)))
                conversations.retire(tx, run.conversation_id)

        await self._database.write(save)
        self._announced()
        return run

    async def _moved(self, actor: Actor, run_id: int, action: str, move: Callable[[Run], Run]) -> Run:
        """What a button does. The permission is asked for now; a refusal is audited, too."""

        def moved(tx: Connection) -> Run | SovereignError:
            run = playbook_runs.by_id(tx, run_id)
            if run is None:
                return NotFound(f"There is no run {run_id} of a playbook any more.")
            try:
                self._permissions.require(actor, run.capability, run.environment)
                after = move(run)
            except SovereignError as refused:
                entry = telling.entry(run, actor, action, Result.REFUSED, str(refused.public))
                auditing.record(tx, entry)
                return refused
            playbook_runs.save(tx, after)
            auditing.record(tx, telling.entry(after, actor, action, Result.DONE))
            telling.show(tx, after)
            if after.state.is_over:
                conversations.retire(tx, after.conversation_id)
            return after

        made = await self._database.write(moved)
        if isinstance(made, SovereignError):
            raise made
        self._announced()
        self._begun.set()
        return made

    def _planned(self, actor: Actor, asked: Asked) -> Run:
        playbook = self._known.get(asked.playbook)
        if playbook is None:
            known = ", ".join(self.names(actor, ""))
            raise NotFound(f"There is no playbook {asked.playbook[:60]!r}. You may run: {known or 'none'}.")
        named = self._places.estate.spelled(asked.environment) if asked.environment else None
        where = named or self._only(actor, playbook)
        self._permissions.require(actor, playbook.capability, where)
        if asked.override:
            self._permissions.require(actor, Capability.FREEZE_OVERRIDE, where)
        if not playbook.runs_in(where):
            raise NotFound(f"{playbook.name} does not run in {where[:60]!r}.")
        services = [one.name for one in self._places.estate.services]
        given = {**values(playbook, asked.inputs, services), "environment": where}
        waits = playbook.approval is Approval.SECOND
        return Run(
            id=0,
            playbook=playbook.name,
            environment=where,
            steps=tuple(filled(step, given) for step in playbook.steps),
            values=given,
            approval=playbook.approval,
            capability=playbook.capability,
            actor=actor,
            conversation_id=0,
            started_at=clock.now(),
            state=RunState.PROPOSED if waits else RunState.RUNNING,
            override=asked.override,
        )

    def _ways(self, actor: Actor, asked: Asked, run: Run) -> Ways:
        """What can be done about a freeze that stops it."""
        inputs = f" inputs:{asked.inputs}" if asked.inputs and "`" not in asked.inputs else ""
        command = f"/playbook run playbook:{run.playbook} env:{run.environment}{inputs}"
        return ways(self._permissions, actor, run.environment, command=command)

    def _only(self, actor: Actor, playbook: Playbook) -> str:
        """The environment that is meant where none is named."""
        found = self._environments(actor, playbook)
        if not found:
            self._permissions.require_somewhere(actor, playbook.capability)
            raise NotFound(f"{playbook.name} runs in no environment that you may use.")
        if len(found) > 1:
            raise UserError(f"{playbook.name} runs in {', '.join(found)}: say in which (`env:`).")
        return found[0]

    def _environments(self, actor: Actor, playbook: Playbook) -> Sequence[str]:
        every = playbook.environments or [one.name for one in self._places.estate.environments]
        return [name for name in every if self._permissions.allows(actor, playbook.capability, name)]


def _unfinished(run: Run) -> str:
    """That nobody knows what came of its step; empty where it had none, or one that may be done again."""
    if not run.acting or run.step.kind in REPEATABLE:
        return ""
    return f"Sovereign ended in the middle of this step: look whether it was done ({run.step.title})."


def _require_thawed(tx: Connection, run: Run, changed: Sequence[Place], around: Ways) -> None:
    for place in () if run.override else changed:
        require_thawed(tx, place, run.started_at, around)
