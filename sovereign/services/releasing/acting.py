"""Does in the cluster, or at the smoke address, the one thing that a strategy wants next."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import InvalidTransition, Unavailable
from sovereign.domain.deployment import Deployment
from sovereign.domain.rollout import blue_green
from sovereign.domain.rollout.manifests import copied
from sovereign.domain.rollout.steps import (
    Act,
    Copy,
    Hold,
    Label,
    Probe,
    Remove,
    Scale,
    Select,
    SetImage,
    View,
)
from sovereign.services.clusters import Clusters
from sovereign.services.ports.calls import Probing

NOTHING: Mapping[str, object] = {}


class Acting:
    def __init__(self, clusters: Clusters, probing: Probing) -> None:
        self._clusters, self._probing = clusters, probing

    async def do(self, deployment: Deployment, view: View, step: Act) -> Mapping[str, object]:
        """Do it as the member who executed the deployment; what is to be remembered of it.

        Raises what the cluster raises: NotAllowed, NotFound, InvalidTransition, Unavailable.
        """
        if isinstance(step, Probe):
            return {"smoke": await self._probe(deployment)}
        if isinstance(step, Copy | Remove | Scale | Select):
            await self._arrange(deployment, view, step)
        else:
            await self._change(deployment, view, step)
        return NOTHING

    async def _change(self, deployment: Deployment, view: View, step: SetImage | Hold | Label) -> None:
        """What the pods of a workload are."""
        namespace, who = deployment.place.namespace, deployment.as_who
        cluster = self._clusters.of(deployment.place)
        match step:
            case SetImage(workload=name, image=image):
                await cluster.set_image(namespace, name, {_container(deployment, view): image}, as_who=who)
            case Hold(workload=name, paused=paused):
                await cluster.hold(namespace, name, paused=paused, as_who=who)
            case Label(workload=name, name=label, value=value):
                await cluster.label_pods(namespace, name, {label: value}, as_who=who)

    async def _arrange(
        self, deployment: Deployment, view: View, step: Copy | Remove | Scale | Select
    ) -> None:
        """Which workloads there are, how large, and which of them the Service leads to."""
        namespace, who = deployment.place.namespace, deployment.as_who
        cluster = self._clusters.of(deployment.place)
        match step:
            case Copy():
                await cluster.apply(_manifest(deployment, view, step), as_who=who)
            case Scale(workload=name, replicas=replicas):
                await cluster.scale(namespace, name, replicas, as_who=who)
            case Remove(workload=name):
                workload = await cluster.workload(namespace, name, as_who=who)
                await cluster.delete(workload, as_who=who)
            case Select(selector=selector):
                if view.entry is None:
                    raise InvalidTransition(f"{deployment.place} has no Service that could lead elsewhere.")
                await cluster.select(view.entry, selector, as_who=who)

    async def _probe(self, deployment: Deployment) -> str:
        """`ok`, or what the address said instead."""
        place = deployment.place
        address = (deployment.terms.smoke or "").format(
            service=place.service,
            environment=place.environment,
            namespace=place.namespace,
            preview=blue_green.other_of(place.deployment),
        )
        try:
            status = await self._probing(address)
        except Unavailable as silent:
            return str(silent)
        return "ok" if 200 <= status < 300 else f"status {status}"


def _container(deployment: Deployment, view: View) -> str:
    images = view.active.workload.images if view.active else {}
    return deployment.place.main_container(images)


def _manifest(deployment: Deployment, view: View, step: Copy) -> Mapping[str, object]:
    if view.active is None:
        raise InvalidTransition(f"{deployment.place} has nothing that could be copied.")
    existing = view.other.workload if view.other else None
    return copied(view.active.workload, existing, _container(deployment, view), step)
