"""Rolling: the cluster replaces the pods of the workload a few at a time."""

from __future__ import annotations

from datetime import datetime

from sovereign.domain.deployment import Deployment, Phase, State, Wish
from sovereign.domain.rollout.steps import (
    End,
    Go,
    Hold,
    SetImage,
    Sight,
    Step,
    View,
    Wait,
    cancelled,
    give_up,
    hindered,
    is_late,
    outcome,
)


def decide(deployment: Deployment, view: View, now: datetime) -> Step:
    sight = view.active
    if sight is None:
        return End(state=State.FAILED, reason=f"{deployment.place.deployment} is no longer in the cluster")
    if deployment.phase is Phase.TAKING_BACK:
        return take_back(deployment, sight, now)
    if going_back := cancelled(deployment):
        return going_back
    if deployment.phase is Phase.APPLYING:
        if sight.image != deployment.image:
            return SetImage(workload=sight.workload.name, image=deployment.image)
        return Go(phase=Phase.PROGRESSING)
    return _progress(deployment, sight, now)


def _progress(deployment: Deployment, sight: Sight, now: datetime) -> Step:
    if sight.image != deployment.image:
        return End(state=State.FAILED, reason=f"somebody else has set the image to {sight.image} meanwhile")
    if sight.complete and not sight.workload.paused:
        return End(state=State.SUCCEEDED)
    if step := _paused(deployment, sight):
        return step
    if sight.failed or is_late(deployment, now):
        return give_up(deployment, hindered(sight))
    return Wait(until="pods to get ready", done=sight.done, total=sight.total, trouble=sight.why)


def _paused(deployment: Deployment, sight: Sight) -> Step | None:
    wanted = bool(deployment.memory.get("paused"))
    if deployment.wish in (Wish.PAUSE, Wish.RESUME):
        pause = deployment.wish is Wish.PAUSE
        by = f"{'Paused' if pause else 'Resumed'} by {deployment.wished_by}"
        return Go(phase=deployment.phase, memory={"paused": pause}, heard=True, says=by)
    if sight.workload.paused is not wanted:
        return Hold(workload=sight.workload.name, paused=wanted)
    return Wait(until="somebody to resume it", done=sight.done, total=sight.total) if wanted else None


def take_back(deployment: Deployment, sight: Sight, now: datetime) -> Step:
    """The image of before, in the way in which the new one came."""
    if sight.workload.paused:
        return Hold(workload=sight.workload.name, paused=False)
    if sight.image == deployment.image != deployment.from_image:
        return SetImage(workload=sight.workload.name, image=deployment.from_image)
    if sight.complete:
        return End(state=outcome(deployment))
    if is_late(deployment, now):
        return End(state=State.FAILED, reason=f"{deployment.reason}; going back failed: {hindered(sight)}")
    return Wait(until=f"{deployment.from_version} to be back", done=sight.done, total=sight.total)
