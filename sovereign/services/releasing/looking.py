"""Looks at the cluster for a deployment: the workloads that take part, and why their pods are not ready."""

from __future__ import annotations

from collections.abc import Sequence

from sovereign.core import clock
from sovereign.core.errors import NotFound, Unavailable, UserError
from sovereign.domain import rollout_state
from sovereign.domain.cluster import Container, Entry, Identity, LogRequest, Pod, Workload
from sovereign.domain.deployment import Deployment, Left, Phase, State
from sovereign.domain.estate import Place
from sovereign.domain.rollout import blue_green, canary
from sovereign.domain.rollout.steps import Sight, View
from sovereign.domain.rollout.terms import Strategy
from sovereign.domain.rollout_state import Stage
from sovereign.services.clusters import Clusters
from sovereign.services.serving import Serving

LAST_LINES = 10
MOST_ASKED = 3
"""Containers that are not well and are asked for their last lines."""


class Looking:
    def __init__(self, clusters: Clusters, serving: Serving) -> None:
        self._clusters, self._serving = clusters, serving

    async def view(self, deployment: Deployment) -> View:
        """Raises Unavailable, and NotAllowed where the member may not look."""
        place, who = deployment.place, deployment.as_who
        active = await self._sight(place, who, place.deployment)
        if deployment.strategy is Strategy.BLUE_GREEN:
            other = await self._sight(place, who, blue_green.other_of(place.deployment))
            return View(active=active, other=other, entry=await self._entry(place, who))
        if deployment.strategy is Strategy.CANARY:
            return View(
                active=active, other=await self._sight(place, who, canary.canary_of(place.deployment))
            )
        return View(active=active)

    async def _sight(self, place: Place, who: Identity, name: str) -> Sight | None:
        cluster = self._clusters.of(place)
        try:
            workload = await cluster.workload(place.namespace, name, as_who=who)
        except NotFound:
            return None
        pods = await cluster.pods(place.namespace, workload.selector, as_who=who)
        image = place.image(workload.images)
        events = [] if _well(pods) else await cluster.events(place.namespace, as_who=who)
        new = [pod for pod in pods if _runs(pod, image)]
        read = rollout_state.read(workload, new, clock.now(), events=events)
        return Sight(
            workload=workload,
            image=image,
            done=read.ready,
            total=read.desired,
            complete=read.stage is Stage.SETTLED,
            failed=read.stage is Stage.FAILED,
            why=read.why,
            labels=_labels(workload),
        )

    async def _entry(self, place: Place, who: Identity) -> Entry | None:
        """The Kubernetes Service is called like the service's first workload, or like the service."""
        cluster = self._clusters.of(place)
        base = place.deployment.removesuffix(f"-{blue_green.GREEN}")
        for name in dict.fromkeys((base, place.service)):
            try:
                return await cluster.entry(place.namespace, name, as_who=who)
            except NotFound:
                continue
        return None

    async def last_words(self, deployment: Deployment, view: View) -> str:
        """The last log lines of a pod of the new version that is not well; empty where there are none.

        Those of a container that has crashed are its previous run's: the present one may have said nothing.
        """
        place, who = deployment.place, deployment.as_who
        cluster = self._clusters.of(place)
        for sight in filter(None, (view.other, view.active)):
            try:
                pods = await cluster.pods(place.namespace, sight.workload.selector, as_who=who)
            except (Unavailable, UserError):  # only a help to the reader
                return ""
            sick = [(pod, container) for pod in pods for container in _sick(pod, deployment.image)]
            for pod, container in sorted(sick, key=lambda each: -each[1].restarts)[:MOST_ASKED]:
                for previous in (True, False) if container.restarts else (False,):
                    wanted = LogRequest(
                        pod=pod.name, container=container.name, tail=LAST_LINES, previous=previous
                    )
                    if said := await self._log(place, who, wanted):
                        return said
        return ""

    async def _log(self, place: Place, who: Identity, wanted: LogRequest) -> str:
        try:
            return (await self._clusters.of(place).log(place.namespace, wanted, as_who=who)).strip()
        except (Unavailable, UserError):
            return ""

    async def left(self, deployment: Deployment) -> Left | None:
        """What runs now that it has succeeded; None where the cluster does not say."""
        place, who = deployment.place, deployment.as_who
        cluster, name = self._clusters.of(place), place.deployment
        if deployment.strategy is Strategy.BLUE_GREEN:
            name = blue_green.other_of(name)
        try:
            workload = await cluster.workload(place.namespace, name, as_who=who)
            found = await cluster.revisions(workload, as_who=who)
        except (Unavailable, UserError):  # only a help to who reads the next proposal
            return None
        now = next((one for one in found if one.number == workload.revision), None)
        return Left(template=now.hash, replicas=workload.desired) if now else None

    async def served(self, deployment: Deployment) -> None:
        """Remember which of the two sets of a blue-green pair serves now."""
        if deployment.strategy is not Strategy.BLUE_GREEN:
            return
        new = blue_green.other_of(deployment.place.deployment)
        switched = deployment.phase is Phase.KEEPING or deployment.state is State.SUCCEEDED
        await self._serving.serve(deployment.place, new if switched else deployment.place.deployment)


def _labels(workload: Workload) -> dict[str, str]:
    metadata = workload.template.get("metadata")
    labels = metadata.get("labels") if isinstance(metadata, dict) else None
    return dict(labels) if isinstance(labels, dict) else {}


def _well(pods: Sequence[Pod]) -> bool:
    return all(pod.ready or pod.deleting for pod in pods)


def _runs(pod: Pod, image: str) -> bool:
    return any(container.image == image for container in pod.containers)


def _sick(pod: Pod, image: str) -> Sequence[Container]:
    return [one for one in pod.containers if one.image == image and not (pod.ready and one.ready)]
