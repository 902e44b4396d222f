"""The status of a pod at each step of its life, as the kubelet writes it."""

from __future__ import annotations

from typing import Any

from sovereign.core.ids import digest
from sovereign.sandbox.cluster import addresses
from sovereign.sandbox.cluster.objects import Object, metadata, spec_of, stamp, status_of, uid_of

_TYPES = ("PodReadyToStartContainers", "Initialized", "ContainersReady", "Ready", "PodScheduled")


def scheduled(pod: Object) -> Object:
    status = status_of(pod)
    return {**status, "conditions": [_condition(pod, "PodScheduled", holds=True)]}


def accepted(pod: Object) -> Object:
    """The kubelet has taken it: its containers are being created."""
    waiting = [
        {
            "name": container["name"], "state": {"waiting": {"reason": "ContainerCreating"}}, "lastState": {},
            "ready": False, "restartCount": 0, "image": container["image"], "imageID": "", "started": False,
        }
        for container in spec_of(pod).get("containers") or ()
    ]  # fmt: skip
    node = str(spec_of(pod).get("nodeName") or "")
    status = {
        "phase": "Pending",
        "conditions": status_of(pod).get("conditions") or [],
        "hostIP": f"10.0.0.{10 + sum(map(ord, node)) % 200}",
        "startTime": stamp(),
        "containerStatuses": waiting,
        "qosClass": status_of(pod).get("qosClass", "BestEffort"),
    }
    return _with_conditions(pod, status)


def waiting(pod: Object, index: int, reason: str, message: str) -> Object:
    return _container(pod, index, state={"waiting": {"reason": reason, "message": message}}, started=False)


def started(pod: Object, index: int, image: str, image_id: str) -> Object:
    known = status_of(pod)["containerStatuses"][index]
    again = bool(known["lastState"])
    count = known["restartCount"] + (1 if again else 0)
    status = _container(
        pod, index, state={"running": {"startedAt": stamp()}}, started=True, ready=False, restartCount=count,
        image=image, imageID=image_id, containerID=_container_id(pod, index, count),
    )  # fmt: skip
    address = addresses.of_pod(uid_of(pod))
    return {**status, "phase": "Running", "podIP": address, "podIPs": [{"ip": address}]}


def ready(pod: Object, index: int) -> Object:
    return _container(pod, index, ready=True)


def unready(pod: Object, index: int) -> Object:
    return _container(pod, index, ready=False)


def ended(pod: Object, index: int, *, oom: bool, told: str) -> Object:
    """It has failed, and waits to be started again."""
    known = status_of(pod)["containerStatuses"][index]
    running = known["state"].get("running") or {}
    terminated = {
        "exitCode": 137 if oom else 1, "reason": "OOMKilled" if oom else "Error",
        "startedAt": running.get("startedAt", stamp()), "finishedAt": stamp(),
        "containerID": known.get("containerID", ""),
    }  # fmt: skip
    return _container(
        pod, index, state={"waiting": {"reason": "CrashLoopBackOff", "message": told}},
        lastState={"terminated": terminated}, ready=False, started=False,
    )  # fmt: skip


def _container(pod: Object, index: int, **changed: Any) -> Object:
    """The pod's status with that container changed, and the conditions that follow from it."""
    statuses = list(status_of(pod)["containerStatuses"])
    statuses[index] = _in_order({**statuses[index], **changed})
    return _with_conditions(pod, {**status_of(pod), "containerStatuses": statuses})


def _in_order(status: Object) -> Object:
    order = (
        "name", "state", "lastState", "ready", "restartCount", "image", "imageID", "containerID", "started",
    )  # fmt: skip
    return {key: status[key] for key in order if key in status}


def _with_conditions(pod: Object, status: Object) -> Object:
    late = [one["name"] for one in status["containerStatuses"] if not one["ready"]]
    begun = any("running" in one["state"] or one["lastState"] for one in status["containerStatuses"])
    holds = {
        "PodReadyToStartContainers": begun,
        "Initialized": True,
        "ContainersReady": not late,
        "Ready": not late,
        "PodScheduled": True,
    }
    known = {one["type"]: one for one in status.get("conditions") or ()}
    conditions = []
    for type_ in _TYPES:
        fresh = _condition(pod, type_, holds=holds[type_], late=late)
        before = known.get(type_)
        if before and before["status"] == fresh["status"]:
            fresh["lastTransitionTime"] = before["lastTransitionTime"]
        conditions.append(fresh)
    return {**status, "conditions": conditions}


def _condition(pod: Object, type_: str, *, holds: bool, late: list[str] | None = None) -> Object:
    made: Object = {"type": type_}
    if type_ != "PodScheduled":
        made["observedGeneration"] = metadata(pod).get("generation", 1)
    made |= {"status": "True" if holds else "False", "lastProbeTime": None, "lastTransitionTime": stamp()}
    if not holds and type_ in ("ContainersReady", "Ready"):
        names = " ".join(late or ())
        made |= {"reason": "ContainersNotReady", "message": f"containers with unready status: [{names}]"}
    return made


def _container_id(pod: Object, index: int, count: int) -> str:
    told = digest(uid_of(pod), str(index), str(count))
    return f"containerd://{told}{told[::-1]}"
