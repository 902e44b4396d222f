"""How a service in an environment is: one word, and what there is to say of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sovereign.core.clock import EPOCH
from sovereign.domain import rollout_state
from sovereign.domain.cluster import Pod, Workload
from sovereign.domain.deployment import Deployment
from sovereign.domain.estate import Place
from sovereign.domain.freeze import Freeze
from sovereign.domain.pods import Complaint, complaints, summary
from sovereign.domain.rollout_state import Stage


class Health(StrEnum):
    """Worst first."""

    DOWN = "down"
    FAILING = "failing"
    MISSING = "missing"
    SILENT = "not known"
    DEGRADED = "degraded"
    ROLLING = "rolling out"
    PAUSED = "paused"
    STOPPED = "scaled to 0"
    OK = "ok"

    @property
    def rank(self) -> int:
        """Lower is worse."""
        return [*Health].index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """
    workload    None where there is none, or where nobody could ask for it
    pods        empty where they were not asked for, too
    complaints  of the pods, the worst first
    problem     why nobody knows how it is, in words
    freezes     that hold there now, oldest first
    deployment  the one that is under way there
    """

    place: Place
    health: Health
    workload: Workload | None = None
    pods: Sequence[Pod] = ()
    complaints: Sequence[Complaint] = ()
    problem: str = ""
    freezes: Sequence[Freeze] = ()
    deployment: Deployment | None = None

    @property
    def image(self) -> str:
        return self.place.image(self.workload.images) if self.workload else ""

    @property
    def why(self) -> str:
        """In a few words; empty where all is well or there is no more to say."""
        return self.problem or summary(self.complaints)


def standing(place: Place, workload: Workload, pods: Sequence[Pod], now: datetime) -> Standing:
    found = complaints(pods, now)
    return Standing(
        place=place,
        health=of(workload, found),
        workload=workload,
        pods=pods,
        complaints=found,
    )


def of(workload: Workload, found: Sequence[Complaint] = ()) -> Health:
    stage = rollout_state.read(workload, [], EPOCH).stage
    if stage is Stage.FAILED:
        return Health.FAILING
    if workload.desired == 0 and workload.replicas == 0:
        return Health.STOPPED
    if workload.available == 0 and (found or _was_complete(workload)):
        return Health.DOWN
    if any(one.lasting for one in found) or (
        _was_complete(workload) and workload.available < workload.desired
    ):
        return Health.DEGRADED
    if stage is Stage.PAUSED:
        return Health.PAUSED
    if stage is not Stage.SETTLED:
        return Health.ROLLING
    return Health.DEGRADED if found else Health.OK


def _was_complete(workload: Workload) -> bool:
    """Whether the last rollout had ended well, so that what lacks now was lost since."""
    progressing = workload.condition("Progressing")
    told = progressing is not None and progressing.reason == "NewReplicaSetAvailable"
    return (
        told and workload.updated >= workload.desired and workload.observed_generation >= workload.generation
    )
