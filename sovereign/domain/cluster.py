"""What runs in a cluster, in Kubernetes' own terms and without its shapes: workloads, pods, events.

A workload is a Deployment; a revision is one of its ReplicaSets. Fields say what the API said, undefaulted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
"""The template annotation whose change restarts every pod, the one that `kubectl rollout restart` sets."""

T = TypeVar("T")


def short_image(image: str) -> str:
    """Without the registry: `acme/shop:2.0` of `registry.example.org:5000/acme/shop:2.0`."""
    host, slash, rest = image.partition("/")
    return rest if slash and (host == "localhost" or set(".:") & set(host)) else image


def brief_image(image: str) -> str:
    """The same with as much of the digest as tells it from others: `acme/shop:2.0@sha256:0123456789ab`."""
    name, at, digest = short_image(image).partition("@")
    return f"{name}{at}{digest[:19]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """For whom a call is made: the cluster judges it by what this user and these groups may do."""

    user: str
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """`state` is True, False or Unknown, as the API writes it."""

    kind: str
    state: str
    reason: str = ""
    message: str = ""
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """
    version             the resourceVersion: any change makes another one
    generation          counts changes of what is wanted (replicas, image …), and not those of its state
    observed_generation the generation that the numbers below are about
    images              by container, in their order
    restarted_at        what the annotation RESTARTED_AT says
    deadline            seconds without progress after which a rollout counts as failed
    template            of its pods, as the API gave it
    """

    name: str
    namespace: str
    uid: str
    version: str
    generation: int
    observed_generation: int
    desired: int
    replicas: int
    updated: int
    ready: int
    available: int
    images: Mapping[str, str]
    selector: Mapping[str, str]
    created_at: datetime | None = None
    conditions: tuple[Condition, ...] = ()
    revision: int | None = None
    restarted_at: str = ""
    deadline: int | None = None
    paused: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    template: Mapping[str, object] = field(default_factory=dict, compare=False, repr=False)

    def condition(self, kind: str) -> Condition | None:
        return next((one for one in self.conditions if one.kind == kind), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """`number` rises with each rollout; `hash` is in the label `pod-template-hash` of its pods."""

    name: str
    number: int
    images: Mapping[str, str]
    desired: int
    ready: int
    hash: str
    created_at: datetime | None = None
    template: Mapping[str, object] = field(default_factory=dict, compare=False, repr=False)


class Phase(StrEnum):
    """Of a container."""

    RUNNING = "running"
    WAITING = "waiting"
    TERMINATED = "terminated"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """`reason`, `message`, `exit_code` are of the present state, those with `last_` of the end before."""

    name: str
    image: str
    ready: bool = False
    restarts: int = 0
    phase: Phase = Phase.UNKNOWN
    reason: str = ""
    message: str = ""
    exit_code: int | None = None
    last_reason: str = ""
    last_exit_code: int | None = None
    image_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """`hash` names its revision, `owner` is the ReplicaSet; `unscheduled` says why no node takes it."""

    name: str
    namespace: str
    uid: str
    phase: str
    ready: bool
    containers: tuple[Container, ...]
    hash: str = ""
    owner: str = ""
    node: str = ""
    created_at: datetime | None = None
    deleting: bool = False
    reason: str = ""
    message: str = ""
    unscheduled: str = ""

    @property
    def restarts(self) -> int:
        return sum(one.restarts for one in self.containers)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterEvent:
    """`kind` and `name` are of the object that it is about; `warning` says whether it is one."""

    kind: str
    name: str
    reason: str
    message: str
    warning: bool
    count: int = 1
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A Kubernetes Service: the pods behind it are those with the labels of `selector`."""

    name: str
    namespace: str
    version: str
    selector: Mapping[str, str]
    ports: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One address behind a Service, of its endpoint slices."""

    address: str
    pod: str
    ready: bool
    terminating: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What somebody wants to do: `verb` patch, `resource` deployments or deployments/scale, `group` apps."""

    verb: str
    resource: str
    group: str = ""
    namespace: str = ""
    name: str = ""

    def __str__(self) -> str:
        return f"{self.verb} {self.resource}" + (f" in {self.namespace}" if self.namespace else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRequest:
    """`since` is in seconds; `previous` is the run of the container before its last restart."""

    pod: str
    container: str = ""
    tail: int | None = None
    since: int | None = None
    previous: bool = False
    timestamps: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Generic[T]):
    """Everything that is there now: at the beginning of a watch, and whenever it had to begin anew."""

    items: Sequence[T]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed(Generic[T]):
    item: T


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """The cluster does not answer; the watch goes on trying, and begins anew when it does."""

    problem: str


Change = Listed[T] | Changed[T] | Gone | Silent
"""What a watch tells."""
