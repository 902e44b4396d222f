"""Canary: a growing share of the replicas is new, with a pause after each step, before all of them are."""

from __future__ import annotations

from datetime import datetime
from math import ceil

from sovereign.domain.deployment import Deployment, Phase, State, Wish
from sovereign.domain.rollout.steps import (
    TRACK,
    Copy,
    End,
    Go,
    Remove,
    Scale,
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


def canary_of(deployment: str) -> str:
    return f"{deployment}-canary"


def share(replicas: int, percent: int) -> int:
    """At least one pod, and never all of them."""
    return max(1, min(replicas - 1, ceil(replicas * percent / 100))) if replicas > 1 else 1


def decide(deployment: Deployment, view: View, now: datetime) -> Step:
    main, canary = view.active, view.other
    if main is None:
        return End(state=State.FAILED, reason=f"{deployment.place.deployment} is no longer in the cluster")
    if deployment.phase is Phase.TAKING_BACK:
        return _take_back(deployment, main, canary, now)
    if going_back := cancelled(deployment):
        return going_back
    if deployment.phase is Phase.APPLYING:
        return Go(phase=Phase.SHARING, memory={"replicas": max(1, main.workload.desired), "step": 0})
    return _grow(deployment, main, canary, now)


def _grow(deployment: Deployment, main: Sight, canary: Sight | None, now: datetime) -> Step:
    if deployment.phase is Phase.SHARING:
        return _share(deployment, main, canary, now)
    if deployment.phase is Phase.PAUSING:
        return _pause(deployment, canary, now)
    if deployment.phase is Phase.TAKING_OVER:
        return _take_over(deployment, main, now)
    if canary is not None:
        return Remove(workload=canary.workload.name)
    return End(state=State.SUCCEEDED)


def _share(deployment: Deployment, main: Sight, canary: Sight | None, now: datetime) -> Step:
    """First the canary's pods are there, then as many of the others go."""
    replicas, step = _number(deployment, "replicas"), _number(deployment, "step")
    new = share(replicas, deployment.terms.steps[step])
    if canary is None or canary.image != deployment.image:
        name = canary_of(deployment.place.deployment)
        return Copy(
            of=main.workload.name,
            name=name,
            image=deployment.image,
            replicas=new,
            label=(TRACK, "canary"),
        )
    if canary.workload.desired != new:
        return Scale(workload=canary.workload.name, replicas=new)
    if not canary.complete:
        if canary.failed or is_late(deployment, now):
            return give_up(deployment, hindered(canary))
        return Wait(until="the canary to get ready", done=canary.done, total=canary.total, trouble=canary.why)
    if main.workload.desired != max(1, replicas - new):
        return Scale(workload=main.workload.name, replicas=max(1, replicas - new))
    return Go(phase=Phase.PAUSING, says=f"{new} of {replicas} pods are {deployment.version}")


def _pause(deployment: Deployment, canary: Sight | None, now: datetime) -> Step:
    if canary is None or not canary.complete:
        return give_up(deployment, hindered(canary) if canary else "the canary is gone")
    if deployment.wish in (Wish.PAUSE, Wish.RESUME):
        pause = deployment.wish is Wish.PAUSE
        by = f"{'Paused' if pause else 'Resumed'} by {deployment.wished_by}"
        return Go(phase=deployment.phase, memory={"paused": pause}, heard=True, says=by)
    step, last = _number(deployment, "step"), len(deployment.terms.steps) - 1
    promoted = deployment.wish is Wish.PROMOTE
    over = now - deployment.phase_at >= deployment.terms.pause and not deployment.memory.get("paused")
    if not (promoted or over):
        until = "somebody to resume it" if deployment.memory.get("paused") else "the pause to be over"
        return Wait(until=until, done=step + 1, total=last + 2)
    says = f"Promoted by {deployment.wished_by}" if promoted else ""
    memory = {"step": step + 1, "paused": False}
    phase = Phase.SHARING if step < last else Phase.TAKING_OVER
    return Go(phase=phase, memory=memory, heard=promoted, says=says)


def _take_over(deployment: Deployment, main: Sight, now: datetime) -> Step:
    replicas = _number(deployment, "replicas")
    if main.image != deployment.image:
        return SetImage(workload=main.workload.name, image=deployment.image)
    if main.workload.desired != replicas:
        return Scale(workload=main.workload.name, replicas=replicas)
    if main.complete:
        return Go(phase=Phase.RETIRING)
    if main.failed or is_late(deployment, now):
        return give_up(deployment, hindered(main))
    return Wait(until="the other pods", done=main.done, total=main.total, trouble=main.why)


def _take_back(deployment: Deployment, main: Sight, canary: Sight | None, now: datetime) -> Step:
    """First all of the old pods are there again, then the canary goes."""
    replicas = _number(deployment, "replicas") or main.workload.desired
    if main.image == deployment.image != deployment.from_image:
        return SetImage(workload=main.workload.name, image=deployment.from_image)
    if main.workload.desired != replicas:
        return Scale(workload=main.workload.name, replicas=replicas)
    if not main.complete and not is_late(deployment, now):
        return Wait(until="the old pods to be back", done=main.done, total=main.total)
    if canary is not None:
        return Remove(workload=canary.workload.name)
    if not main.complete:
        return End(state=State.FAILED, reason=f"{deployment.reason}; going back failed: {hindered(main)}")
    return End(state=outcome(deployment))


def _number(deployment: Deployment, name: str) -> int:
    return int(str(deployment.memory.get(name, 0)))
