"""Resource quotas: what a namespace may have, and what it uses."""

from __future__ import annotations

from sovereign.sandbox.cluster import statuses
from sovereign.sandbox.cluster.kinds import (
    CONFIG_MAP,
    DEPLOYMENT,
    POD,
    QUOTA,
    REPLICA_SET,
    SECRET,
    SERVICE,
    Kind,
)
from sovereign.sandbox.cluster.objects import Object, name_of, namespace_of, spec_of, status_of
from sovereign.sandbox.cluster.store import Store

_COUNTED: dict[str, Kind] = {
    "pods": POD, "count/pods": POD, "services": SERVICE, "count/services": SERVICE, "configmaps": CONFIG_MAP,
    "secrets": SECRET, "count/deployments.apps": DEPLOYMENT, "count/replicasets.apps": REPLICA_SET,
}  # fmt: skip


def admit(store: Store, pod: Object) -> None:
    """Raises 403 when the namespace may not have one more pod."""
    namespace = namespace_of(pod)
    for quota in store.items(QUOTA, namespace):
        hard = spec_of(quota).get("hard") or {}
        for resource in ("pods", "count/pods"):
            if resource not in hard:
                continue
            used = _alive(store, namespace)
            if used + 1 > int(hard[resource]):
                raise statuses.forbidden(
                    POD, name_of(pod) or str(pod["metadata"].get("generateName") or ""),
                    f"exceeded quota: {name_of(quota)}, requested: {resource}=1, used: {resource}={used}, "
                    f"limited: {resource}={hard[resource]}",
                )  # fmt: skip


def usage(store: Store, quota: Object) -> Object:
    """The quota's status as of now."""
    hard = spec_of(quota).get("hard") or {}
    namespace = namespace_of(quota)
    used = {}
    for resource in hard:
        kind = _COUNTED.get(resource)
        if kind is POD:
            used[resource] = str(_alive(store, namespace))
        else:
            used[resource] = str(store.count(kind, namespace)) if kind else "0"
    return {"hard": hard, "used": used}


def _alive(store: Store, namespace: str) -> int:
    return sum(
        status_of(pod).get("phase") not in ("Succeeded", "Failed") for pod in store.items(POD, namespace)
    )
