"""Puts workloads into the cluster as if they had been rolled out long ago, without a rollout."""

from __future__ import annotations

from datetime import datetime, timedelta

from sovereign.core import clock
from sovereign.sandbox.cluster.controllers import podstatus
from sovereign.sandbox.cluster.controllers.deployments import REVISION, replica_set_of
from sovereign.sandbox.cluster.controllers.replicasets import pod_of
from sovereign.sandbox.cluster.kinds import DEPLOYMENT, NODE, POD, REPLICA_SET, Kind
from sovereign.sandbox.cluster.objects import (
    Object,
    annotations_of,
    clone,
    metadata,
    name_of,
    namespace_of,
    new_uid,
    spec_of,
    stamp,
    suffix,
    with_metadata,
)
from sovereign.sandbox.cluster.registry import Registry
from sovereign.sandbox.cluster.writing import Manner, Writer


class Settling:
    def __init__(self, writer: Writer, registry: Registry) -> None:
        self._writer, self._registry = writer, registry

    def put(
        self, kind: Kind, namespace: str, body: Object, born: datetime, manager: str = "kubectl"
    ) -> Object:
        """Create it as of an earlier moment; what is there already stays."""
        known = self._writer.store.get(kind, namespace, name_of(body))
        if known is not None:
            return known
        item = self._writer.create(kind, namespace, body, Manner(manager=manager, dry_run=True))
        return self._writer.store.put(kind, with_metadata(item, creationTimestamp=stamp(born)))

    def roll_out(self, namespace: str, body: Object, images: list[str], born: datetime) -> Object:
        """A deployment that ran these images one after the other, and runs the last."""
        item = self.put(
            DEPLOYMENT, namespace, _with_image(body, images[0]), born, "kubectl-client-side-apply"
        )
        current: Object = {}
        for number, image in enumerate(images, 1):
            at = born + (clock.now() - timedelta(hours=20) - born) * (number / len(images))
            made = self._replica_set(_with_image(item, image), str(number), at)
            current = made if number == len(images) else current
        return self._finish(_with_image(item, images[-1]), current, len(images))

    def _replica_set(self, item: Object, revision: str, born: datetime) -> Object:
        body = replica_set_of(item, revision)
        made = self._writer.create(REPLICA_SET, namespace_of(item), body, Manner(dry_run=True))
        made = with_metadata(made, creationTimestamp=stamp(born))
        status = {"replicas": 0, "terminatingReplicas": 0, "observedGeneration": 1}
        return self._writer.store.put(REPLICA_SET, {**made, "status": status})

    def _finish(self, item: Object, current: Object, revision: int) -> Object:
        count = int(spec_of(item)["replicas"])
        born = _moment(current)
        self._pods(current, count, born + timedelta(seconds=4))
        counts = (
            {"replicas": count, "readyReplicas": count, "availableReplicas": count}
            if count
            else {"replicas": 0}
        )
        filled: Object = {
            **current,
            "spec": {**spec_of(current), "replicas": count},
            "status": {
                **counts,
                "fullyLabeledReplicas": count,
                "terminatingReplicas": 0,
                "observedGeneration": 1,
            },
        }
        self._writer.store.put(REPLICA_SET, filled)
        status = {
            "observedGeneration": metadata(item)["generation"],
            **counts,
            "updatedReplicas": count,
            "terminatingReplicas": 0,
            "conditions": _conditions(name_of(current), stamp(born + timedelta(seconds=9))),
        }
        notes = {**annotations_of(item), REVISION: str(revision)}
        return self._writer.store.put(
            DEPLOYMENT, with_metadata({**item, "status": status}, annotations=notes)
        )

    def _pods(self, replica_set: Object, count: int, born: datetime) -> None:
        """All from one: only what tells them apart is made anew."""
        if not count:
            return
        namespace, nodes = namespace_of(replica_set), self._writer.store.items(NODE)
        first = self._writer.create(POD, namespace, pod_of(replica_set), Manner(dry_run=True))
        for index in range(count):
            name = f"{name_of(replica_set)}-{suffix()}"
            about = {"name": name, "uid": new_uid(), "creationTimestamp": stamp(born)}
            node = name_of(nodes[index % len(nodes)]) if nodes else "node-a"
            pod = with_metadata({**first, "spec": {**spec_of(first), "nodeName": node}}, **about)
            self._writer.store.put(POD, {**pod, "status": _backdated(self._ready(pod), stamp(born))})

    def _ready(self, pod: Object) -> Object:
        for step in (podstatus.scheduled, podstatus.accepted):
            pod = {**pod, "status": step(pod)}
        for index, container in enumerate(spec_of(pod)["containers"]):
            image = container["image"]
            pod = {**pod, "status": podstatus.started(pod, index, image, self._registry.image_id(image))}
            pod = {**pod, "status": podstatus.ready(pod, index)}
        return dict(pod["status"])


def _with_image(item: Object, image: str) -> Object:
    changed = clone(item)
    changed["spec"]["template"]["spec"]["containers"][0]["image"] = image
    return dict(changed)


def _moment(item: Object) -> datetime:
    return datetime.fromisoformat(str(metadata(item)["creationTimestamp"]).replace("Z", "+00:00"))


def _backdated(status: Object, at: str) -> Object:
    aged = clone(status)
    aged["startTime"] = at
    for condition in aged["conditions"]:
        condition["lastTransitionTime"] = at
    for container in aged["containerStatuses"]:
        container["state"] = {"running": {"startedAt": at}}
    return dict(aged)


def _conditions(replica_set: str, at: str) -> list[Object]:
    told = (
        ("Available", "MinimumReplicasAvailable", "Deployment has minimum availability."),
        ("Progressing", "NewReplicaSetAvailable", f'ReplicaSet "{replica_set}" has successfully progressed.'),
    )
    return [
        {
            "type": type_, "status": "True", "lastUpdateTime": at, "lastTransitionTime": at, "reason": reason,
            "message": message,
        }
        for type_, reason, message in told
    ]  # fmt: skip
