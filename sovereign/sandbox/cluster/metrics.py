"""What pods and nodes use, as the metrics server tells it: the same each time but for a little drift."""

from __future__ import annotations

from sovereign.core import clock
from sovereign.core.ids import digest
from sovereign.sandbox.cluster.kinds import NODE, POD, POD_METRICS
from sovereign.sandbox.cluster.objects import (
    Object,
    labels_of,
    name_of,
    namespace_of,
    spec_of,
    stamp,
    status_of,
)
from sovereign.sandbox.cluster.selectors import Selector
from sovereign.sandbox.cluster.store import Store


def pod_list(store: Store, namespace: str, holds: Selector) -> Object:
    found = [pod_usage(pod) for pod in store.items(POD, namespace) if has_usage(pod) and holds(pod)]
    return _list("PodMetricsList", found)


def node_list(store: Store) -> Object:
    return _list("NodeMetricsList", [node_usage(node) for node in store.items(NODE)])


def has_usage(pod: Object) -> bool:
    return status_of(pod).get("phase") == "Running"


def pod_usage(pod: Object) -> Object:
    containers = [
        {"name": container["name"], "usage": _usage(name_of(pod) + container["name"], 200, 256)}
        for container in spec_of(pod).get("containers") or ()
    ]
    meta: Object = {"name": name_of(pod), "namespace": namespace_of(pod), "labels": labels_of(pod)}
    return {"metadata": meta, "timestamp": stamp(), "window": "15s", "containers": containers}


def node_usage(node: Object) -> Object:
    usage = _usage(name_of(node), 2000, 8192)
    return {"metadata": {"name": name_of(node)}, "timestamp": stamp(), "window": "20s", "usage": usage}


def _usage(name: str, cpu: int, memory: int) -> Object:
    seed, drift = int(digest("usage", name)[:8], 16), int(clock.now().timestamp() // 15)
    share = (seed % 700 + (seed // 7 + drift * 37) % 300) / 1000
    return {"cpu": f"{round(cpu * share)}m", "memory": f"{48 + round(memory * share)}Mi"}


def _list(name: str, items: list[Object]) -> Object:
    return {"kind": name, "apiVersion": POD_METRICS.api_version, "metadata": {}, "items": items}
