"""Blue-green: a second set of pods gets ready beside the first; then the Service leads to it instead.

The pods of the two sets differ by a label, and the Service selects by it: at every moment it leads to one set
alone. A service that has never been deployed so has its pods replaced once, so that they carry a colour.
"""

from __future__ import annotations

from datetime import datetime

from sovereign.domain.cluster import Entry
from sovereign.domain.deployment import SERVED, Deployment, Phase, State, Wish
from sovereign.domain.rollout.steps import (
    COLOUR,
    Copy,
    End,
    Go,
    Label,
    Probe,
    Remove,
    Scale,
    Select,
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

BLUE, GREEN = "blue", "green"


def other_of(name: str) -> str:
    """The other of the two names that a service's workloads have in turn: `shop` and `shop-green`."""
    green = f"-{GREEN}"
    return name.removesuffix(green) if name.endswith(green) else name + green


def colour_of(name: str) -> str:
    return GREEN if name.endswith(f"-{GREEN}") else BLUE


def decide(deployment: Deployment, view: View, now: datetime) -> Step:
    active, entry = view.active, view.entry
    if active is None or entry is None:
        gone = "Service" if active else "workload"
        return End(
            state=State.FAILED, reason=f"the {gone} of {deployment.place.service} is not in the cluster"
        )
    if deployment.phase is Phase.TAKING_BACK:
        return _take_back(deployment, active, view.other, entry, now)
    if going_back := cancelled(deployment):
        return going_back
    if deployment.phase in (Phase.APPLYING, Phase.COLOURING):
        return _colour(deployment, active, view.other, entry, now)
    if deployment.phase is Phase.PREVIEWING:
        return _preview(deployment, active, view.other)
    if view.other is None:
        return give_up(deployment, f"the preview {deployment.memory.get('preview')} is gone")
    if deployment.phase in (Phase.WARMING, Phase.PROBING, Phase.PROMOTABLE):
        return _rehearse(deployment, view.other, now)
    return _switched(deployment, active, view.other, entry, now)


def _colour(deployment: Deployment, active: Sight, other: Sight | None, entry: Entry, now: datetime) -> Step:
    """Nothing to do from the second time on."""
    if COLOUR in entry.selector:
        return Go(phase=Phase.PREVIEWING, memory={"fresh": other is None})
    if deployment.phase is Phase.APPLYING:
        return Go(phase=Phase.COLOURING)
    own = colour_of(active.workload.name)
    if active.labels.get(COLOUR) != own:
        return Label(workload=active.workload.name, name=COLOUR, value=own)
    if active.complete:
        return Select(selector={**entry.selector, COLOUR: own})
    if active.failed or is_late(deployment, now):
        return give_up(deployment, hindered(active))
    return Wait(until="pods that carry a colour", done=active.done, total=active.total)


def _preview(deployment: Deployment, active: Sight, other: Sight | None) -> Step:
    name = other_of(active.workload.name)
    wanted = max(1, active.workload.desired)
    ready = other and other.image == deployment.image and other.workload.desired == wanted
    if not ready:
        return Copy(
            of=active.workload.name,
            name=name,
            image=deployment.image,
            replicas=wanted,
            label=(COLOUR, colour_of(name)),
        )
    return Go(phase=Phase.WARMING, memory={"preview": name})


def _rehearse(deployment: Deployment, preview: Sight, now: datetime) -> Step:
    if deployment.phase is Phase.WARMING:
        if preview.complete:
            return Go(phase=Phase.PROBING if deployment.terms.smoke else Phase.PROMOTABLE)
        if preview.failed or is_late(deployment, now):
            return give_up(deployment, hindered(preview))
        return Wait(
            until="the preview to get ready", done=preview.done, total=preview.total, trouble=preview.why
        )
    if deployment.phase is Phase.PROBING:
        return _probed(deployment)
    return _await_promotion(deployment, preview, now)


def _probed(deployment: Deployment) -> Step:
    said = deployment.memory.get("smoke")
    if said is None:
        return Probe()
    if said == "ok":
        return Go(phase=Phase.PROMOTABLE)
    return give_up(deployment, f"the smoke address said: {said}")


def _await_promotion(deployment: Deployment, preview: Sight, now: datetime) -> Step:
    if not preview.complete:
        return give_up(deployment, f"the preview is no longer ready: {hindered(preview)}")
    if deployment.wish is Wish.PROMOTE:
        return Go(phase=Phase.SWITCHING, heard=True, says=f"Promoted by {deployment.wished_by}")
    if deployment.terms.promote_at_once:
        return Go(phase=Phase.SWITCHING)
    if now - deployment.phase_at >= deployment.terms.promote_within:
        return give_up(deployment, "nobody promoted it in time")
    return Wait(until="somebody to promote it", done=preview.done, total=preview.total)


def _switched(deployment: Deployment, old: Sight, new: Sight, entry: Entry, now: datetime) -> Step:
    colour = colour_of(new.workload.name)
    if deployment.phase is Phase.SWITCHING:
        if entry.selector.get(COLOUR) != colour:
            return Select(selector={**entry.selector, COLOUR: colour})
        return Go(phase=Phase.KEEPING, says=f"{deployment.version} serves now")
    if deployment.phase is Phase.KEEPING:
        if deployment.wish is Wish.ROLL_BACK:
            why = f"Rolled back by {deployment.wished_by}"
            memory = {"outcome": State.ROLLED_BACK, SERVED: True}
            return Go(phase=Phase.TAKING_BACK, memory=memory, reason=why, heard=True)
        kept = now - deployment.phase_at >= deployment.terms.keep_old
        if kept or deployment.wish is Wish.FINISH:
            return Go(phase=Phase.RETIRING, heard=True)
        return Wait(until="the time to go back to be over", done=new.done, total=new.total)
    if old.workload.desired:
        return Scale(workload=old.workload.name, replicas=0)
    return End(state=State.SUCCEEDED)


def _take_back(
    deployment: Deployment, active: Sight, preview: Sight | None, entry: Entry, now: datetime
) -> Step:
    """The Service leads to the old set again, once that is whole; then the preview goes."""
    own = colour_of(active.workload.name)
    astray = COLOUR in entry.selector and entry.selector[COLOUR] != own
    if astray:
        if active.done or not active.total:
            return Select(selector={**entry.selector, COLOUR: own})
        if is_late(deployment, now):
            return End(state=State.FAILED, reason=f"{deployment.reason}; the old pods are gone")
        return Wait(until="the old pods", done=active.done, total=active.total)
    if step := _tear_down(deployment, preview):
        return step
    if not active.complete and not is_late(deployment, now):  # such as pods that are just given a colour
        return Wait(until="the old pods to be ready", done=active.done, total=active.total)
    return End(state=outcome(deployment))


def _tear_down(deployment: Deployment, preview: Sight | None) -> Step | None:
    """One that was put there for this deployment goes; one that served before stays, without pods."""
    if preview is None or preview.image != deployment.image:
        return None
    if deployment.memory.get("fresh"):
        return Remove(workload=preview.workload.name)
    if preview.workload.desired:
        return Scale(workload=preview.workload.name, replicas=0)
    return None
