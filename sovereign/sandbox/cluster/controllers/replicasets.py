"""The replica set controller: as many pods as are wanted, and a count of those that are ready."""

from __future__ import annotations

from collections.abc import Callable

from sovereign.core import clock
from sovereign.sandbox.cluster.controllers import conditions
from sovereign.sandbox.cluster.controllers.recording import WARNING, Recorder
from sovereign.sandbox.cluster.kinds import POD, REPLICA_SET
from sovereign.sandbox.cluster.objects import (
    Object,
    clone,
    is_going,
    metadata,
    moment_of,
    name_of,
    namespace_of,
    owner,
    spec_of,
    status_of,
    uid_of,
)
from sovereign.sandbox.cluster.statuses import Refused
from sovereign.sandbox.cluster.store import Store
from sovereign.sandbox.cluster.writing import Manner, Writer

NAME = "replicaset-controller"
BURST = 500
"""Most pods that are made in one go."""
AGAIN = 5.0
"""Seconds after which pods that could not be made are tried again."""


class ReplicaSets:
    def __init__(self, writer: Writer, recorder: Recorder, delete_pod: Callable[[Object], None]) -> None:
        self._writer, self._recorder, self._delete = writer, recorder, delete_pod

    def reconcile(self, item: Object) -> float | None:
        """Make and delete pods as wanted. Seconds after which to look again, if that matters."""
        wanted, failure = int(spec_of(item).get("replicas") or 0), ""
        alive = living_pods(self._writer.store, item)
        if not is_going(item):
            if len(alive) < wanted:
                failure = self._make(item, min(wanted - len(alive), BURST))
            elif len(alive) > wanted:
                self._reduce(item, alive, len(alive) - wanted)
        current = self._writer.store.get(REPLICA_SET, namespace_of(item), name_of(item))
        if current is None:
            return None
        self._writer.set_status(REPLICA_SET, current, self._status(current, failure))
        return AGAIN if failure else self._until_available(current)

    def _make(self, item: Object, count: int) -> str:
        for _ in range(count):
            try:
                pod = self._writer.create(POD, namespace_of(item), pod_of(item), Manner())
            except Refused as refusal:
                message = str(refusal.body["message"])
                self._recorder.say(
                    REPLICA_SET,
                    item,
                    "FailedCreate",
                    f"Error creating: {message}",
                    component=NAME,
                    type_=WARNING,
                )
                return message
            self._recorder.say(
                REPLICA_SET, item, "SuccessfulCreate", f"Created pod: {name_of(pod)}", component=NAME
            )
        return ""

    def _reduce(self, item: Object, alive: list[Object], count: int) -> None:
        for pod in sorted(alive, key=_keep_last)[:count]:
            self._delete(pod)
            self._recorder.say(
                REPLICA_SET, item, "SuccessfulDelete", f"Deleted pod: {name_of(pod)}", component=NAME
            )

    def _status(self, item: Object, failure: str) -> Object:
        pods = self._writer.store.owned(POD, uid_of(item))
        alive = [pod for pod in pods if not is_going(pod)]
        counts = {
            "replicas": len(alive), "fullyLabeledReplicas": len(alive),
            "readyReplicas": sum(map(is_ready, alive)),
            "availableReplicas": sum(is_available(pod, _minimum(item)) for pod in alive),
        }  # fmt: skip
        status: Object = {key: count for key, count in counts.items() if count or key == "replicas"}
        status["terminatingReplicas"] = len(pods) - len(alive)
        status["observedGeneration"] = metadata(item).get("generation", 1)
        if failure:
            known = status_of(item).get("conditions") or []
            status["conditions"] = conditions.with_condition(
                known, "ReplicaFailure", "True", "FailedCreate", failure
            )
            for condition in status["conditions"]:
                condition.pop("lastUpdateTime", None)
        return status

    def _until_available(self, item: Object) -> float | None:
        minimum = _minimum(item)
        if not minimum or status_of(item).get("readyReplicas", 0) == status_of(item).get(
            "availableReplicas", 0
        ):
            return None
        return float(minimum)


def pod_of(item: Object) -> Object:
    """A pod from the replica set's template."""
    template = spec_of(item)["template"]
    return {
        "metadata": {
            **clone(metadata(template)), "generateName": f"{name_of(item)}-",
            "ownerReferences": [owner("apps/v1", "ReplicaSet", item)],
        },
        "spec": clone(template["spec"]),
    }  # fmt: skip


def living_pods(store: Store, item: Object) -> list[Object]:
    return [
        pod for pod in store.owned(POD, uid_of(item))
        if not is_going(pod) and status_of(pod).get("phase") not in ("Succeeded", "Failed")
    ]  # fmt: skip


def is_ready(pod: Object) -> bool:
    found = conditions.find(status_of(pod).get("conditions") or (), "Ready")
    return bool(found and found["status"] == "True")


def is_available(pod: Object, seconds: int) -> bool:
    if not is_ready(pod):
        return False
    if not seconds:
        return True
    found = conditions.find(status_of(pod).get("conditions") or (), "Ready")
    since = moment_of(found["lastTransitionTime"]) if found else None
    return bool(since and (clock.now() - since).total_seconds() >= seconds)


def _minimum(item: Object) -> int:
    return int(spec_of(item).get("minReadySeconds") or 0)


def _keep_last(pod: Object) -> tuple[int, int, str]:
    """What goes first when there are too many: not scheduled, not ready, then the youngest."""
    scheduled = 1 if spec_of(pod).get("nodeName") else 0
    born = str(metadata(pod).get("creationTimestamp"))
    return scheduled, int(is_ready(pod)), "".join(chr(0x10FFFF - ord(letter)) for letter in born)
