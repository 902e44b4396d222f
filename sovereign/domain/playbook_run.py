"""A run of a playbook: which step is next, what came of those before, and who may move it on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sovereign.core.errors import InvalidTransition, NotAllowed
from sovereign.domain.permission import Actor, Capability
from sovereign.domain.playbook import Approval, Step


class RunState(StrEnum):
    PROPOSED = "proposed"
    RUNNING = "running"
    ASKING = "asking"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"

    @property
    def is_over(self) -> bool:
        return self in (RunState.DONE, RunState.FAILED, RunState.STOPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """
    steps     as they were when it began, with its inputs
    position  of the step that is next, or being done
    acting    whether that has been begun: after a crash nobody knows whether it was done
    said      what came of each step that was done
    override  whether its steps go through a freeze
    why       of a run that failed or was stopped
    """

    id: int
    playbook: str
    environment: str
    steps: tuple[Step, ...]
    values: Mapping[str, str]
    approval: Approval
    capability: Capability
    actor: Actor
    conversation_id: int
    started_at: datetime
    state: RunState
    position: int = 0
    acting: bool = False
    said: tuple[str, ...] = ()
    why: str = ""
    approved_by: Actor | None = None
    ended_at: datetime | None = None
    override: bool = False

    @property
    def step(self) -> Step:
        return self.steps[self.position]

    def changes(self, service: str, environment: str) -> bool:
        """Whether the step that is being done now changes what runs there."""
        if not self.acting or self.step.kind.capability is None or self.environment != environment:
            return False
        return str(self.step.given["service"]).lower() == service.lower()

    def approve(self, by: Actor) -> Run:
        """Raises NotAllowed for who began it, and InvalidTransition where nobody waits for it."""
        if self.state is not RunState.PROPOSED:
            raise InvalidTransition(f"This run is {self.state}: there is nothing to approve.")
        if by.id == self.actor.id:
            raise NotAllowed("Whoever began it cannot approve it: a second member has to.")
        return replace(self, state=RunState.RUNNING, approved_by=by)

    def begin(self) -> Run:
        """The next step is about to be done."""
        return replace(self, acting=True)

    def did(self, words: str, at: datetime) -> Run:
        """The step is done; the run is, too, after the last."""
        position = self.position + 1
        over = position >= len(self.steps)
        return replace(
            self,
            position=position,
            acting=False,
            said=(*self.said, words),
            state=RunState.DONE if over else RunState.RUNNING,
            ended_at=at if over else None,
        )

    def ask(self) -> Run:
        return replace(self, state=RunState.ASKING, acting=False)

    def answer(self, by: Actor, at: datetime) -> Run:
        """Somebody said to go on. Raises InvalidTransition where nothing was asked."""
        if self.state is not RunState.ASKING:
            raise InvalidTransition(f"This run is {self.state}: nothing is asked.")
        return self.did(f"{by.name} said to go on", at)

    def fail(self, why: str, at: datetime) -> Run:
        return replace(self, state=RunState.FAILED, why=why, ended_at=at)

    def stop(self, by: Actor, at: datetime) -> Run:
        """Raises InvalidTransition for one that is over, or in the middle of a step."""
        if self.state.is_over:
            raise InvalidTransition(f"This run is {self.state} already.")
        if self.state is RunState.RUNNING:
            raise InvalidTransition(
                "A step is being done: it can be stopped when it asks, or before it begins."
            )
        return replace(self, state=RunState.STOPPED, why=f"{by.name} stopped it", ended_at=at)

    def undos(self) -> Sequence[str]:
        """How to take back what was done, the last first."""
        done = self.steps[: self.position]
        return [f"{step.title}: {step.undo}" for step in reversed(done) if step.undo]
