"""The truth of a rollout, read from a workload and its pods: how far it is, what it waits for, why it stands.

`observedGeneration` says whether the numbers are about what is wanted now; `updatedReplicas` and
`availableReplicas` how far; the Progressing condition whether the controller has given up; the pods why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sovereign.domain.cluster import ClusterEvent, Pod, Workload
from sovereign.domain.pods import Complaint, complaints, telling_event

CELLS = 10
"""Of the bar."""


class Stage(StrEnum):
    """`settled` has ended well; `failed` will not end by itself."""

    WAITING = "waiting"
    ROLLING = "rolling"
    RETIRING = "retiring"
    PAUSED = "paused"
    SETTLED = "settled"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        return self in (Stage.SETTLED, Stage.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutState:
    """
    ready, desired  pods of the new kind that are available, of how many there should be
    waits_for       in words; empty when nothing is waited for
    why             what is wrong with the new pods, in words; empty where nothing is, so far
    pod             the one that `why` is about
    stuck           the new pods have trouble that will not mend by itself, before the deadline
    """

    stage: Stage
    ready: int
    desired: int
    waits_for: str = ""
    why: str = ""
    pod: str = ""
    stuck: bool = False

    @property
    def cells(self) -> int:
        """Full ones of the bar; the last is full only when all is done."""
        if self.stage is Stage.SETTLED:
            return CELLS
        if self.desired <= 0:
            return 0
        return min(CELLS - 1, self.ready * CELLS // self.desired)


def read(
    workload: Workload,
    pods: Sequence[Pod],
    now: datetime,
    *,
    revision: str = "",
    events: Sequence[ClusterEvent] = (),
) -> RolloutState:
    """`pods` are all of the workload; `revision` is the hash of what is rolled out (empty: any)."""
    new = [pod for pod in pods if not revision or pod.hash == revision]
    found = complaints(new, now)
    stage, waits_for = _stage(workload)
    why = _why(found[0], events) if found else ""
    return RolloutState(
        stage=stage,
        ready=_ready(workload, new if revision else None),
        desired=workload.desired,
        waits_for=waits_for,
        why=why or (_given_up(workload) if stage is Stage.FAILED else ""),
        pod=found[0].pod if found else "",
        stuck=any(one.lasting for one in found) and not stage.is_over,
    )


def _ready(workload: Workload, new: Sequence[Pod] | None) -> int:
    """Where the new pods are not told apart, the old ones that are still there count as available first."""
    if not _is_observed(workload):
        return 0
    if new is not None:
        ready = sum(pod.ready and not pod.deleting for pod in new)
    else:
        ready = workload.available - max(0, workload.replicas - workload.updated)
    return max(0, min(ready, workload.desired))


def _why(worst: Complaint, events: Sequence[ClusterEvent]) -> str:
    said = telling_event(events, worst.pod)
    more = f" ({said})" if said and said not in worst.words else ""
    return f"{worst.trouble}: {worst.words}{more}"


def _stage(workload: Workload) -> tuple[Stage, str]:
    """As `kubectl rollout status` has it."""
    if not _is_observed(workload):
        return Stage.WAITING, "the cluster to take the change up"
    if workload.paused:
        return Stage.PAUSED, "somebody to resume the deployment"
    if _given_up(workload):
        return Stage.FAILED, ""
    if workload.updated < workload.desired:
        missing = workload.desired - workload.updated
        return Stage.ROLLING, f"{missing} new {_pods(missing)} to be started"
    if workload.replicas > workload.updated:
        old = workload.replicas - workload.updated
        return Stage.RETIRING, f"{old} old {_pods(old)} to end"
    if workload.available < workload.updated:
        late = workload.updated - workload.available
        return Stage.ROLLING, f"{late} {_pods(late)} to be ready"
    return Stage.SETTLED, ""


def _given_up(workload: Workload) -> str:
    progressing = workload.condition("Progressing")
    if progressing is None or progressing.reason != "ProgressDeadlineExceeded":
        failure = workload.condition("ReplicaFailure")
        refused = failure is not None and failure.state == "True" and workload.replicas < workload.desired
        return f"{failure.reason}: {failure.message}" if failure and refused and _late(workload) else ""
    seconds = f" within {workload.deadline} s" if workload.deadline else ""
    return f"no progress{seconds} (ProgressDeadlineExceeded)"


def _late(workload: Workload) -> bool:
    """Pods that may not be made (a quota) are tried for until the deadline."""
    progressing = workload.condition("Progressing")
    return progressing is not None and progressing.state == "False"


def _is_observed(workload: Workload) -> bool:
    return workload.observed_generation >= workload.generation


def _pods(count: int) -> str:
    return "pod" if count == 1 else "pods"
