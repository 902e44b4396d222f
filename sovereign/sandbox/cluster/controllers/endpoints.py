"""The endpoint controllers: for each Service with a selector, the pods behind it, ready or not."""

from __future__ import annotations

from sovereign.sandbox.cluster.controllers.replicasets import is_ready
from sovereign.sandbox.cluster.kinds import ENDPOINTS, POD, SERVICE, SLICE
from sovereign.sandbox.cluster.objects import (
    Object,
    is_going,
    labels_of,
    name_of,
    namespace_of,
    owner,
    spec_of,
    stamp,
    status_of,
    suffix,
    uid_of,
    with_metadata,
)
from sovereign.sandbox.cluster.selectors import by_labels
from sovereign.sandbox.cluster.store import Store
from sovereign.sandbox.cluster.writing import CONTROLLER, Manner, Writer

_TRIGGERED = "endpoints.kubernetes.io/last-change-trigger-time"
_MANAGED_BY = {"endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"}
SLICE_SIZE = 100


class Endpoints:
    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def reconcile(self, service: Object) -> None:
        selector = spec_of(service).get("selector")
        if not selector or spec_of(service).get("type") == "ExternalName":
            return
        pods = _behind(self._writer.store, service, selector)
        self._slices(service, pods)
        self._classic(service, pods)

    def _slices(self, service: Object, pods: list[Object]) -> None:
        store, ports = self._writer.store, _ports(service, pods)
        known = store.owned(SLICE, uid_of(service))
        wanted = [pods[start : start + SLICE_SIZE] for start in range(0, len(pods), SLICE_SIZE)] or [[]]
        for index, part in enumerate(wanted):
            content = {"addressType": "IPv4", "endpoints": [_endpoint(pod) for pod in part], "ports": ports}
            if index >= len(known):
                self._make(service, content)
                continue
            current = known[index]
            after = {"metadata": current["metadata"], **content}
            if after != current:
                notes = {_TRIGGERED: stamp()}
                self._writer.change(SLICE, current, with_metadata(after, annotations=notes))
        for spare in known[len(wanted) :]:
            self._writer.remove(SLICE, spare)

    def _make(self, service: Object, content: Object) -> None:
        prefix = f"{name_of(service)}-"
        body = {
            "metadata": {
                "name": prefix + suffix(),
                "generateName": prefix,
                "labels": {
                    **labels_of(service),
                    **_MANAGED_BY,
                    "kubernetes.io/service-name": name_of(service),
                },
                "annotations": {_TRIGGERED: stamp()},
                "ownerReferences": [owner("v1", "Service", service)],
            },
            **content,
        }
        self._writer.create(SLICE, namespace_of(service), body, Manner())

    def _classic(self, service: Object, pods: list[Object]) -> None:
        namespace, name = namespace_of(service), name_of(service)
        subset: Object = {}
        for key, wanted in (("addresses", True), ("notReadyAddresses", False)):
            found = [_address(pod) for pod in pods if is_ready(pod) is wanted and not is_going(pod)]
            subset |= {key: found} if found else {}
        ports = [{key: value for key, value in port.items() if value != ""} for port in _ports(service, pods)]
        subsets = [{**subset, "ports": ports}] if subset else []
        current = self._writer.store.get(ENDPOINTS, namespace, name)
        if current is None:
            body: Object = {"metadata": {"name": name, "labels": labels_of(service)}}
            self._writer.create(
                ENDPOINTS, namespace, body | ({"subsets": subsets} if subsets else {}), Manner()
            )
        elif (current.get("subsets") or []) != subsets:
            after: Object = {"metadata": current["metadata"]} | ({"subsets": subsets} if subsets else {})
            self._writer.change(ENDPOINTS, current, after, CONTROLLER)


def matching(store: Store, pod: Object) -> list[Object]:
    """The Services that the pod stands behind."""
    labels = labels_of(pod)
    return [
        service for service in store.items(SERVICE, namespace_of(pod))
        if (wanted := spec_of(service).get("selector"))
        and all(labels.get(key) == value for key, value in wanted.items())
    ]  # fmt: skip


def standing(pod: Object) -> tuple[object, ...]:
    """All of a pod that its Services care about."""
    return (status_of(pod).get("podIP"), is_ready(pod), is_going(pod), labels_of(pod))


def _behind(store: Store, service: Object, selector: dict[str, str]) -> list[Object]:
    holds = by_labels(selector)
    found = [
        pod
        for pod in store.items(POD, namespace_of(service))
        if holds(pod)
        and status_of(pod).get("podIP")
        and status_of(pod).get("phase") not in ("Succeeded", "Failed")
    ]
    return sorted(found, key=lambda pod: str(status_of(pod)["podIP"]))


def _endpoint(pod: Object) -> Object:
    ready, going = is_ready(pod), is_going(pod)
    return {
        "addresses": [status_of(pod)["podIP"]],
        "conditions": {"ready": ready and not going, "serving": ready, "terminating": going},
        "targetRef": _target(pod), "nodeName": spec_of(pod).get("nodeName", ""),
    }  # fmt: skip


def _address(pod: Object) -> Object:
    return {
        "ip": status_of(pod)["podIP"],
        "nodeName": spec_of(pod).get("nodeName", ""),
        "targetRef": _target(pod),
    }


def _target(pod: Object) -> Object:
    return {"kind": "Pod", "namespace": namespace_of(pod), "name": name_of(pod), "uid": uid_of(pod)}


def _ports(service: Object, pods: list[Object]) -> list[Object]:
    return [
        {"name": port.get("name", ""), "protocol": port.get("protocol", "TCP"), "port": _number(port, pods)}
        for port in spec_of(service).get("ports") or ()
    ]


def _number(port: Object, pods: list[Object]) -> int:
    target = port.get("targetPort", port["port"])
    if isinstance(target, int):
        return target
    for container in spec_of(pods[0]).get("containers") or () if pods else ():
        for each in container.get("ports") or ():
            if each.get("name") == target:
                return int(each["containerPort"])
    return int(port["port"])
