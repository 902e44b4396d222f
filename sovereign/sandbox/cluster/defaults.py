"""What the API server fills in where a body says nothing."""

from __future__ import annotations

from collections.abc import Callable

from sovereign.sandbox.cluster import addresses
from sovereign.sandbox.cluster.images import Reference
from sovereign.sandbox.cluster.kinds import (
    DEPLOYMENT,
    NAMESPACE,
    POD,
    QUOTA,
    REPLICA_SET,
    SERVICE,
    Kind,
)
from sovereign.sandbox.cluster.objects import Object, clone, name_of, suffix

_ACCESS = "/var/run/secrets/kubernetes.io/serviceaccount"
_ALLOTTED = {
    NAMESPACE.table: frozenset({"finalizers"}),
    SERVICE.table: frozenset({"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"}),
    POD.table: frozenset(
        {"volumes", "tolerations", "serviceAccountName", "serviceAccount", "priority", "preemptionPolicy"}
    ),
}
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_TOLERATED = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")


def filled(kind: Kind, item: Object) -> Object:
    """The object with every default of its kind."""
    fill = _OF_KIND.get(kind.table)
    if fill is None:
        return item
    copy = clone(item)
    fill(copy)
    return dict(copy)


def stated(kind: Kind, item: Object, spec: Object) -> Object:
    """The object as its writer is held to manage it: without what the server alone has allotted."""
    allotted = _ALLOTTED.get(kind.table, frozenset()) - set(spec)
    left = {key: value for key, value in item.items() if key != "status" or not kind.has_status}
    if "spec" in item:
        left["spec"] = {key: value for key, value in item["spec"].items() if key not in allotted}
    if kind is POD:
        left["spec"]["containers"] = [_without_access(container) for container in left["spec"]["containers"]]
    return {key: value for key, value in left.items() if key != "spec" or value}


def _without_access(container: Object) -> Object:
    mounts = [one for one in container.get("volumeMounts") or () if one["mountPath"] != _ACCESS]
    rest = {key: value for key, value in container.items() if key != "volumeMounts"}
    return rest | ({"volumeMounts": mounts} if mounts else {})


def _deployment(item: Object) -> None:
    spec = item.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    strategy = spec.setdefault("strategy", {})
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", "25%")
        rolling.setdefault("maxSurge", "25%")
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("progressDeadlineSeconds", 600)
    _template(spec)
    item.setdefault("status", {})


def _replica_set(item: Object) -> None:
    spec = item.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    _template(spec)
    item.setdefault("status", {"replicas": 0})


def _template(spec: Object) -> None:
    template = spec.setdefault("template", {})
    template.setdefault("metadata", {})
    pod_spec(template.setdefault("spec", {}))


def pod_spec(spec: Object) -> None:
    """Fill in what every pod's spec says, in place."""
    for name in ("initContainers", "containers"):
        for container in spec.get(name) or ():
            _container(container)
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("terminationGracePeriodSeconds", 30)
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("securityContext", {})
    spec.setdefault("schedulerName", "default-scheduler")


def _container(container: Object) -> None:
    container.setdefault("resources", {})
    container.setdefault("terminationMessagePath", "/dev/termination-log")
    container.setdefault("terminationMessagePolicy", "File")
    image = Reference.parse(str(container.get("image") or ""))
    latest = image.tag == "latest" and not image.digest
    container.setdefault("imagePullPolicy", "Always" if latest else "IfNotPresent")
    for port in container.get("ports") or ():
        port.setdefault("protocol", "TCP")
    for name in _PROBES:
        if container.get(name):
            _probe(container[name])


def _probe(probe: Object) -> None:
    for key, value in (
        ("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)
    ):  # fmt: skip
        probe.setdefault(key, value)
    if probe.get("httpGet"):
        probe["httpGet"].setdefault("scheme", "HTTP")


def _pod(item: Object) -> None:
    spec = item.setdefault("spec", {})
    pod_spec(spec)
    account = spec.setdefault("serviceAccountName", "default")
    spec.setdefault("serviceAccount", account)
    spec.setdefault(
        "tolerations",
        [
            {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
            for key in _TOLERATED
        ],
    )
    spec.setdefault("priority", 0)
    spec.setdefault("enableServiceLinks", True)
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
    _access(spec)
    item["status"] = {"phase": "Pending", "qosClass": _quality(spec), **(item.get("status") or {})}


def _access(spec: Object) -> None:
    """The volume through which a pod reaches the API, as admission adds it."""
    if any("projected" in volume for volume in spec.get("volumes") or ()):
        return
    name = f"kube-api-access-{suffix()}"
    spec["volumes"] = [*(spec.get("volumes") or ()), {"name": name, "projected": _projected()}]
    mount = {"name": name, "readOnly": True, "mountPath": _ACCESS}
    for container in spec.get("containers") or ():
        container["volumeMounts"] = [*(container.get("volumeMounts") or ()), mount]


def _projected() -> Object:
    here = {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
    return {
        "sources": [
            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
            {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
            {"downwardAPI": {"items": [here]}},
        ],
        "defaultMode": 420,
    }


def _quality(spec: Object) -> str:
    wants = [container.get("resources") or {} for container in spec.get("containers") or ()]
    if not any(want.get("limits") or want.get("requests") for want in wants):
        return "BestEffort"
    sure = all(
        want.get("limits") and want.get("requests", want["limits"]) == want["limits"] for want in wants
    )
    return "Guaranteed" if sure else "Burstable"


def _service(item: Object) -> None:
    spec = item.setdefault("spec", {})
    for port in spec.get("ports") or ():
        port.setdefault("protocol", "TCP")
        port.setdefault("targetPort", port.get("port"))
    spec.setdefault("type", "ClusterIP")
    if spec["type"] != "ExternalName":
        spec.setdefault(
            "clusterIP", addresses.of_service(name_of(item) + str(item["metadata"].get("namespace")))
        )
        spec.setdefault("clusterIPs", [spec["clusterIP"]])
    for key, value in (
        ("sessionAffinity", "None"), ("ipFamilies", ["IPv4"]), ("ipFamilyPolicy", "SingleStack"),
        ("internalTrafficPolicy", "Cluster"),
    ):  # fmt: skip
        spec.setdefault(key, value)
    item.setdefault("status", {"loadBalancer": {}})


def _namespace(item: Object) -> None:
    labels = item["metadata"].setdefault("labels", {})
    labels.setdefault("kubernetes.io/metadata.name", name_of(item))
    item.setdefault("spec", {"finalizers": ["kubernetes"]})
    item.setdefault("status", {"phase": "Active"})


def _with_status(item: Object) -> None:
    item.setdefault("status", {})


_OF_KIND: dict[str, Callable[[Object], None]] = {
    DEPLOYMENT.table: _deployment, REPLICA_SET.table: _replica_set, POD.table: _pod, SERVICE.table: _service,
    NAMESPACE.table: _namespace, QUOTA.table: _with_status,
}  # fmt: skip
