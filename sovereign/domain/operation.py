"""Scaling, restarting and rolling back: what is meant, its limits, and when it is done or has failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sovereign.core.errors import InvalidTransition, NotFound, Unchanged, UserError
from sovereign.domain.cluster import Revision, Workload, brief_image
from sovereign.domain.deployment import Deployment
from sovereign.domain.estate import Place
from sovereign.domain.permission import Actor, Capability
from sovereign.domain.revisions import against, served_before
from sovereign.domain.rollout_state import RolloutState, Stage

PATIENCE = timedelta(minutes=10)
"""How long something is followed where the workload has no deadline of its own."""
GRACE = timedelta(seconds=60)
"""What is added to a workload's deadline: the controller tells of it first."""
HOPELESS = timedelta(seconds=90)
"""Pods that stay in trouble for so long end a scaling: the cluster itself sets it no deadline."""


class Kind(StrEnum):
    SCALE = "scale"
    RESTART = "restart"
    ROLLBACK = "rollback"

    @property
    def capability(self) -> Capability:
        return Capability(f"services.{self.value}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """
    generation  of the workload that was looked at
    value       replicas, or the number of a revision; 0 for a restart
    before      from what, in words
    after       to what, in words
    images      after a rollback
    warning     what speaks against it, in words
    """

    kind: Kind
    place: Place
    generation: int
    uid: str
    value: int
    before: str
    after: str
    images: Mapping[str, str] = field(default_factory=dict)
    warning: str = ""

    @property
    def words(self) -> str:
        """`Scale shop in prod`."""
        return f"{_VERBS[self.kind][0]} {self.place}"


_VERBS = {
    Kind.SCALE: ("Scale", "Scaling", "Scaled"),
    Kind.RESTART: ("Restart", "Restarting", "Restarted"),
    Kind.ROLLBACK: ("Roll back", "Rolling back", "Rolled back"),
}


def doing(kind: Kind) -> str:
    return _VERBS[kind][1]


def did(kind: Kind) -> str:
    return _VERBS[kind][2]


def scaling(place: Place, workload: Workload, replicas: int) -> Wanted:
    """Raises UserError outside of the limits, and Unchanged where there is nothing to do."""
    most = place.most if place.most is not None else replicas
    if not place.least <= replicas <= most:
        limits = f"{place.least} to {place.most}" if place.most is not None else f"at least {place.least}"
        raise UserError(f"{place} may have {limits} replicas (services[].replicas), and not {replicas}.")
    if replicas == workload.desired:
        raise Unchanged(f"{place} has {_replicas(replicas)} already.")
    return _wanted(Kind.SCALE, place, workload, replicas, _replicas(workload.desired), _replicas(replicas))


def restarting(place: Place, workload: Workload) -> Wanted:
    """Raises InvalidTransition where nothing runs, or where it is held."""
    if workload.desired == 0:
        raise InvalidTransition(f"{place} has no pods to restart: it is scaled to 0.")
    _refuse_paused(place, workload)
    pods = "1 pod" if workload.desired == 1 else f"{workload.desired} pods"
    return _wanted(Kind.RESTART, place, workload, 0, pods, f"{pods}, started anew one after the other")


def rolling_back(
    place: Place,
    workload: Workload,
    revisions: Sequence[Revision],
    number: int | None = None,
    past: Sequence[Deployment] = (),
    *,
    proposing: bool = False,
) -> Wanted:
    """`revisions` and `past`, the deployments of the place, are newest first. Without a number it is the last
    one before the present against which nothing speaks.

    Raises InvalidTransition, and NotFound, which says how the version of before can be deployed again;
    `proposing` where that has to be proposed.
    """
    _refuse_paused(place, workload)
    known = {one.number: one for one in revisions}
    current = workload.revision if workload.revision is not None else max(known, default=0)
    if number is None:
        earlier = [one for one in revisions if one.number < current]
        found = next((one for one in earlier if not against(place, workload, one, past)), None)
        if found is None:
            again = _deploying_again(place, workload, past, proposing=proposing)
            raise NotFound(
                f"{place} has no revision before {current} to go back to{_skipped(earlier)}.{again}"
            )
        number = found.number
    if number == current:
        raise Unchanged(f"{place} runs revision {number} already.")
    if number not in known:
        there = ", ".join(str(one.number) for one in revisions if one.number != current) or "none"
        raise NotFound(f"{place} has no revision {number}. There is: {there}.")
    target = known[number]
    before = f"revision {current}, {brief_image(place.image(workload.images))}"
    after = f"revision {number}, {brief_image(place.image(target.images))}"
    made = _wanted(Kind.ROLLBACK, place, workload, number, before, after)
    return replace(made, images=target.images, warning=against(place, workload, target, past))


def _skipped(earlier: Sequence[Revision]) -> str:
    if not earlier:
        return ""
    numbers = ", ".join(str(one.number) for one in earlier)
    return (
        f": what there is ({numbers}) was taken back, or is the same as what runs now."
        " Name one (`revision:`) to go there all the same"
    )


def _deploying_again(place: Place, workload: Workload, past: Sequence[Deployment], *, proposing: bool) -> str:
    """A blue-green deployment leaves no revision of before: what served is deployed again."""
    version = served_before(place.image(workload.images), past)
    if not version:
        return ""
    command = "/deploy approve" if proposing else "/deploy run"
    return (
        f" {version} served before:"
        f" `{command} version:{version} service:{place.service} env:{place.environment}` deploys it again."
    )


def _replicas(count: int) -> str:
    return "1 replica" if count == 1 else f"{count} replicas"


def _refuse_paused(place: Place, workload: Workload) -> None:
    if workload.paused:
        raise InvalidTransition(f"A rollout of {place} is paused: resume or end it first.")


def _wanted(kind: Kind, place: Place, workload: Workload, value: int, before: str, after: str) -> Wanted:
    return Wanted(
        kind=kind, place=place, generation=workload.generation, uid=workload.uid, value=value,
        before=before, after=after,
    )  # fmt: skip


class State(StrEnum):
    """`replaced`: somebody wanted something else meanwhile; `unknown`: it was not done in time."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    REPLACED = "replaced"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One that was begun. `restarted_at` is what the restart set; `why` says why it ended so, or, while it
    runs, which trouble keeps it from ending by itself."""

    id: int
    wanted: Wanted
    actor: Actor
    conversation_id: int
    started_at: datetime
    state: State = State.RUNNING
    why: str = ""
    ended_at: datetime | None = None
    restarted_at: str = ""


def gives_way(operation: Operation, to: Kind | None) -> bool:
    """Whether another change (None: a deployment) may begin while it runs.

    What is in trouble gives way to whatever may be its cure; another one of its kind takes its place, for who
    thinks better of it; and going back is never held up.
    """
    return bool(operation.why) or to in (operation.wanted.kind, Kind.ROLLBACK)


def under_way(operation: Operation) -> str:
    """Who is doing what, in words."""
    wanted, by = operation.wanted, operation.actor.name
    match wanted.kind:
        case Kind.SCALE:
            return f"{by} is scaling {wanted.place} from {wanted.before} to {wanted.after} just now"
        case Kind.RESTART:
            return f"{by} is restarting {wanted.place} just now"
        case Kind.ROLLBACK:
            return f"{by} is rolling {wanted.place} back to revision {wanted.value} just now"


def is_replaced(operation: Operation, workload: Workload) -> bool:
    """Whether the workload is wanted otherwise than the operation wanted it."""
    wanted = operation.wanted
    if workload.uid != wanted.uid:
        return True
    if workload.generation <= wanted.generation:
        return False  # the change is not seen yet
    match wanted.kind:
        case Kind.SCALE:
            return workload.desired != wanted.value
        case Kind.RESTART:
            return workload.restarted_at != operation.restarted_at
        case Kind.ROLLBACK:
            return dict(workload.images) != dict(wanted.images)


def verdict(
    operation: Operation, workload: Workload, read: RolloutState, now: datetime, stuck_since: datetime | None
) -> tuple[State, str]:
    """Whether it goes on, and if not what came of it and why."""
    if is_replaced(operation, workload):
        return State.REPLACED, "Somebody changed it again."
    if workload.generation <= operation.wanted.generation:
        late = now - operation.started_at > PATIENCE
        return (State.UNKNOWN, "The change is not to be seen.") if late else (State.RUNNING, "")
    if read.stage is Stage.SETTLED:
        return State.DONE, ""
    if read.stage is Stage.FAILED:
        return State.FAILED, read.why
    if operation.wanted.kind is Kind.SCALE and stuck_since and now - stuck_since > HOPELESS:
        return State.FAILED, read.why
    patience = timedelta(seconds=workload.deadline) + GRACE if workload.deadline else PATIENCE
    if now - operation.started_at > max(patience, GRACE):
        waited = f"It waits for {read.waits_for}." if read.waits_for else ""
        return State.UNKNOWN, read.why or waited
    return State.RUNNING, ""
