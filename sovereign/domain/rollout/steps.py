"""What a strategy sees of the cluster, and the one thing that it wants done next.

A strategy is a pure function of a deployment, of what is seen and of the moment. What it asked for can be
seen afterwards, so that after a restart it asks for nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sovereign.domain.cluster import Entry, Workload
from sovereign.domain.deployment import Deployment, Phase, State, Wish

COLOUR, TRACK = "sovereign.dev/colour", "sovereign.dev/track"
"""Labels of pods: which set of a blue-green pair they are of; whether they are a canary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One workload as it is now.

    done, total  pods that run what is wanted and are available, of those that there should be
    complete     all of them, and the cluster has seen the newest wish
    failed       the cluster itself has given the rollout up
    why          what keeps the pods from getting ready, in words; empty while nothing is wrong
    labels       of its pods
    """

    workload: Workload
    image: str
    done: int
    total: int
    complete: bool
    failed: bool = False
    why: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """`active` serves now; `other` is the preview or canary, None while there is none; `entry` is the
    Kubernetes Service, None where the strategy needs none."""

    active: Sight | None
    other: Sight | None = None
    entry: Entry | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetImage:
    workload: str
    image: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Pause a rollout where it is, or let it go on."""

    workload: str
    paused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """Give the pods of a workload a label; they are replaced by others that have it."""

    workload: str
    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """Put another workload beside one: the same but for the name, the image, the replicas and a label."""

    of: str
    name: str
    image: str
    replicas: int
    label: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    workload: str
    replicas: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    workload: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """Let the Kubernetes Service lead to the pods with these labels."""

    selector: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Ask the smoke address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Go:
    """Into another phase, with something to remember; `heard` says that the wish is granted by this."""

    phase: Phase
    memory: Mapping[str, object] = field(default_factory=dict)
    reason: str = ""
    heard: bool = False
    says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """`until` says what it waits for, `trouble` what keeps that from happening so far, both in words."""

    until: str
    done: int = 0
    total: int = 0
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    state: State
    reason: str = ""


Act = SetImage | Hold | Label | Copy | Scale | Remove | Select | Probe
Step = Act | Go | Wait | End


def goes_on_by_itself(deployment: Deployment, step: Step) -> bool:
    """Whether more traffic would reach the new version by this step though nobody has just asked for it."""
    rests = deployment.phase in (Phase.PROMOTABLE, Phase.PAUSING)
    onward = (Phase.SWITCHING, Phase.SHARING, Phase.TAKING_OVER)
    return isinstance(step, Go) and not step.heard and rests and step.phase in onward


def is_late(deployment: Deployment, now: datetime) -> bool:
    """Whether the phase has lasted longer than a rollout may."""
    return now - deployment.phase_at >= deployment.terms.deadline


def hindered(sight: Sight) -> str:
    """Why a rollout did not come through, in words."""
    return sight.why or f"only {sight.done} of {sight.total} pods got ready"


def give_up(deployment: Deployment, why: str, outcome: State = State.ROLLED_BACK) -> Go:
    """Take it back, for this reason."""
    return Go(phase=Phase.TAKING_BACK, memory={"outcome": outcome}, reason=why)


def cancelled(deployment: Deployment) -> Go | None:
    """Taken back because somebody wants it so."""
    if deployment.wish is not Wish.CANCEL:
        return None
    why = f"Cancelled by {deployment.wished_by}"
    return Go(phase=Phase.TAKING_BACK, memory={"outcome": State.CANCELLED}, reason=why, heard=True)


def outcome(deployment: Deployment) -> State:
    """How it ends once it is taken back."""
    return State(str(deployment.memory.get("outcome", State.ROLLED_BACK)))
