"""A cluster of a few lines, for the strategies alone: workloads, their pods, and where the Service leads."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sovereign.core.clock import EPOCH
from sovereign.domain.cluster import Entry, Identity, Workload
from sovereign.domain.deployment import Deployment, Phase, State, Wish, wishes
from sovereign.domain.estate import Place
from sovereign.domain.permission import Actor
from sovereign.domain.rollout import blue_green, canary, rolling
from sovereign.domain.rollout.steps import (
    COLOUR,
    Copy,
    End,
    Go,
    Hold,
    Label,
    Probe,
    Remove,
    Scale,
    Select,
    SetImage,
    Sight,
    Step,
    View,
    Wait,
)
from sovereign.domain.rollout.terms import Strategy, Terms

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SHORT = timedelta(seconds=20)
OLD, NEW = "registry.example/shop:v1", "registry.example/shop:v2"
PLACE = Place(
    service="shop",
    environment="prod",
    cluster="main",
    namespace="prod",
    deployment="shop",
    container=None,
    production=True,
    least=0,
    most=None,
)
DECIDE = {
    Strategy.ROLLING: rolling.decide,
    Strategy.BLUE_GREEN: blue_green.decide,
    Strategy.CANARY: canary.decide,
}


def deployment(strategy: Strategy, **terms: object) -> Deployment:
    """Its pauses are short."""
    terms = {"keep_old": SHORT, "pause": SHORT, **terms}
    return Deployment(
        id=1,
        proposal_id=None,
        conversation_id=1,
        place=PLACE,
        version="v2",
        image=NEW,
        from_version="v1",
        from_image=OLD,
        terms=Terms(strategy=strategy, **terms),  # type: ignore[arg-type]  # its fields
        by=Actor(id=1, name="ada", roles=()),
        as_who=Identity(user="discord:1"),
        phase=Phase.APPLYING,
        phase_at=NOON,
        started_at=NOON,
    )


@dataclass(slots=True)
class Set:
    """The pods of a workload: how many are wanted, and how many are ready of the image that is wanted now."""

    image: str
    desired: int
    labels: dict[str, str]
    ready: int
    before: int = 0
    paused: bool = False

    @property
    def complete(self) -> bool:
        return self.ready == self.desired and self.before == 0


@dataclass(slots=True)
class Cluster:
    """`healthy` says whether pods of the new version ever get ready; `smoke` what the smoke address says."""

    replicas: int = 3
    healthy: bool = True
    smoke: str = "ok"
    now: datetime = NOON
    sets: dict[str, Set] = field(default_factory=dict)
    selector: dict[str, str] = field(default_factory=lambda: {"app": "shop"})
    done: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sets["shop"] = Set(image=OLD, desired=self.replicas, labels={"app": "shop"}, ready=self.replicas)

    def serving(self) -> dict[str, int]:
        """Ready pods behind the Service, by the set that they are of."""
        chosen = {
            name: each.ready + each.before
            for name, each in self.sets.items()
            if self.selector.items() <= each.labels.items()
        }
        return {name: count for name, count in chosen.items() if count}

    def tick(self, seconds: float = 1.0) -> None:
        """One more pod of each set is ready, and one old pod goes; in the middle there are always some."""
        self.now += timedelta(seconds=seconds)
        for each in self.sets.values():
            if each.paused or (each.image == NEW and not self.healthy):
                continue
            each.ready = min(each.desired, each.ready + 1)
            each.before = max(0, min(each.before, each.desired - each.ready))

    def view(self, given: Deployment) -> View:
        other = blue_green.other_of if given.strategy is Strategy.BLUE_GREEN else canary.canary_of
        base = given.place.deployment
        entry = Entry(name="shop", namespace="prod", version="1", selector=dict(self.selector))
        return View(active=self.sight(base), other=self.sight(other(base)), entry=entry)

    def sight(self, name: str) -> Sight | None:
        each = self.sets.get(name)
        if each is None:
            return None
        workload = Workload(
            name=name,
            namespace="prod",
            uid=name,
            version="1",
            generation=1,
            observed_generation=1,
            desired=each.desired,
            replicas=each.ready + each.before,
            updated=each.ready,
            ready=each.ready,
            available=each.ready,
            images={"shop": each.image},
            selector={"app": "shop"},
            paused=each.paused,
            created_at=EPOCH,
        )
        return Sight(
            workload=workload,
            image=each.image,
            done=each.ready,
            total=each.desired,
            complete=each.complete,
            labels=each.labels,
        )

    def act(self, step: Step) -> dict[str, object]:
        """As Kubernetes would; what is to be remembered of it."""
        self.done.append(step)
        match step:
            case SetImage(workload=name, image=image):
                self._replace(self.sets[name], image=image)
            case Label(workload=name, name=label, value=value):
                each = self.sets[name]
                self._replace(each, image=each.image)
                each.labels = {**each.labels, label: value}
            case Hold(workload=name, paused=paused):
                self.sets[name].paused = paused
            case Probe():
                return {"smoke": self.smoke}
            case _:
                self._arrange(step)
        return {}

    def _arrange(self, step: Step) -> None:
        match step:
            case Copy(of=of, name=name, image=image, replicas=replicas, label=label):
                labels = {**self.sets[of].labels, label[0]: label[1]}
                self.sets[name] = Set(image=image, desired=replicas, labels=labels, ready=0)
            case Scale(workload=name, replicas=replicas):
                each = self.sets[name]
                each.desired, each.ready = replicas, min(each.ready, replicas)
            case Remove(workload=name):
                del self.sets[name]
            case Select(selector=selector):
                self.selector = dict(selector)

    @staticmethod
    def _replace(each: Set, image: str) -> None:
        """A rolling update: the pods of before stay until the new ones are ready."""
        standing = each.ready + each.before
        each.image, each.ready, each.before = image, 0, min(each.desired, standing)


def step(cluster: Cluster, given: Deployment) -> Deployment:
    """One look and what follows from it, as services/releasing/rollouts does it."""
    wanted = DECIDE[given.strategy](given, cluster.view(given), cluster.now)
    match wanted:
        case Wait():
            cluster.tick()
        case Go():
            after = given.in_phase(wanted.phase, cluster.now, **wanted.memory)
            after = replace(after, reason=wanted.reason or after.reason)
            if wanted.heard:
                after = replace(after, phase_at=cluster.now, wish=None, wished_by=None)
            return after
        case End():
            return given.ended(wanted.state, cluster.now, wanted.reason)
        case _:
            return given.in_phase(given.phase, cluster.now, **cluster.act(wanted))
    return given


def to_the_end(cluster: Cluster, given: Deployment, limit: int = 1000) -> Deployment:
    """Somebody resumes what was paused."""
    for _ in range(limit):
        if given.state is not State.RUNNING:
            return given
        given = step(cluster, wished(given, Wish.RESUME) if given.memory.get("paused") else given)
    raise AssertionError(f"it never ends: {given.phase}")


def until(cluster: Cluster, given: Deployment, phase: Phase, limit: int = 1000) -> Deployment:
    for _ in range(limit):
        if given.phase is phase:
            return given
        given = step(cluster, given)
    raise AssertionError(f"it is never {phase}, but {given.phase}")


def wished(given: Deployment, wish: Wish) -> Deployment:
    """The wish where it may be had now; else the deployment as it is."""
    return given.wished(wish, "bela") if wish in wishes(given) else given


def colours(cluster: Cluster) -> set[str | None]:
    return {cluster.sets[name].labels.get(COLOUR) for name in cluster.serving()}
