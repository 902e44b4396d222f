"""Tables, as kubectl prints them: the columns of each kind, and a row for each object."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sovereign.core import clock
from sovereign.sandbox.cluster.kinds import Kind
from sovereign.sandbox.cluster.objects import (
    Object,
    is_going,
    metadata,
    moment_of,
    name_of,
    spec_of,
    status_of,
)
from sovereign.sandbox.cluster.selectors import written

Cell = Callable[[Object], Any]
WIDE = 1
"""Columns that only `-o wide` shows have this priority."""


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    cell: Cell
    type: str = "string"
    priority: int = 0


def table(kind: Kind, items: Sequence[Object], include: str) -> Object:
    columns = [Column("Name", name_of), *_COLUMNS.get(kind.plural, ()), Column("Age", _age)]
    if kind.plural == "events":
        columns = list(_EVENTS)
    columns.sort(key=lambda column: column.priority)
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {},
        "columnDefinitions": [
            {
                "name": column.name,
                "type": column.type,
                "format": "name" if column.name == "Name" else "",
                "description": "",
                "priority": column.priority,
            }
            for column in columns
        ],
        "rows": [
            {"cells": [column.cell(item) for column in columns], **_carried(kind, item, include)}
            for item in items
        ],
    }


def _carried(kind: Kind, item: Object, include: str) -> Object:
    if include == "None":
        return {}
    if include == "Object":
        return {"object": {"kind": kind.name, "apiVersion": kind.api_version, **item}}
    meta = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata(item)}
    return {"object": meta}


def ago(text: object) -> str:
    """`5d`, `3h12m`, `45s`: how long ago a time was, as kubectl writes it."""
    moment = moment_of(text)
    if moment is None:
        return "<unknown>"
    seconds = max(0, int((clock.now() - moment).total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 120:
        return f"{seconds}s"
    if minutes < 10:
        return f"{minutes}m" + (f"{seconds % 60}s" if seconds % 60 else "")
    if hours < 3:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h" + (f"{minutes % 60}m" if minutes % 60 else "")
    if hours < 48:
        return f"{hours}h"
    if days < 8:
        return f"{days}d" + (f"{hours % 24}h" if hours % 24 else "")
    return f"{days}d" if days < 730 else f"{days // 365}y"


def _age(item: Object) -> str:
    return ago(metadata(item).get("creationTimestamp"))


def _at(*path: str, default: Any = "<none>") -> Cell:
    def cell(item: Object) -> Any:
        value: Any = item
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return default if value is None else value

    return cell


def _containers(item: Object) -> list[Object]:
    spec = spec_of(item)
    found: list[Object] = (spec.get("template") or {}).get("spec", spec).get("containers") or []
    return found


def _names(item: Object) -> str:
    return ",".join(str(one["name"]) for one in _containers(item))


def _images(item: Object) -> str:
    return ",".join(str(one.get("image", "")) for one in _containers(item))


def _selector(item: Object) -> str:
    return written(spec_of(item).get("selector") or {}) or "<none>"


def _pods_ready(item: Object) -> str:
    statuses = status_of(item).get("containerStatuses") or ()
    return f"{sum(bool(one['ready']) for one in statuses)}/{len(spec_of(item).get('containers') or ())}"


def pod_state(item: Object) -> str:
    """The word that kubectl shows as a pod's status."""
    word = str(status_of(item).get("phase", "Unknown"))
    for one in status_of(item).get("containerStatuses") or ():
        state = one["state"]
        if "waiting" in state and state["waiting"].get("reason"):
            word = str(state["waiting"]["reason"])
        elif "terminated" in state:
            word = str(state["terminated"].get("reason") or f"ExitCode:{state['terminated']['exitCode']}")
    return "Terminating" if is_going(item) else word


def _restarts(item: Object) -> str:
    statuses = status_of(item).get("containerStatuses") or ()
    count = sum(int(one["restartCount"]) for one in statuses)
    ends = [
        str(one["lastState"]["terminated"]["finishedAt"]) for one in statuses
        if (one.get("lastState") or {}).get("terminated")
    ]  # fmt: skip
    return f"{count} ({ago(max(ends))} ago)" if count and ends else str(count)


def _ready_of(item: Object) -> str:
    return f"{status_of(item).get('readyReplicas', 0)}/{spec_of(item).get('replicas', 0)}"


def _ports(item: Object) -> str:
    found = [
        f"{one['port']}"
        + (f":{one['nodePort']}" if one.get("nodePort") else "")
        + f"/{one.get('protocol', 'TCP')}"
        for one in spec_of(item).get("ports") or ()
    ]
    return ",".join(found) or "<none>"


def _service_selector(item: Object) -> str:
    pairs = sorted((spec_of(item).get("selector") or {}).items())
    return ",".join(f"{key}={value}" for key, value in pairs) or "<none>"


def _addresses(item: Object) -> str:
    found = [
        f"{one['ip']}:{port['port']}"
        for subset in item.get("subsets") or ()
        for one in subset.get("addresses") or ()
        for port in subset.get("ports") or ()
    ]
    return ",".join(found[:3]) + (f" + {len(found) - 3} more..." if len(found) > 3 else "") or "<none>"


def _slice_addresses(item: Object) -> str:
    found = [address for one in item.get("endpoints") or () for address in one["addresses"]]
    return ",".join(found[:3]) + (f" + {len(found) - 3} more..." if len(found) > 3 else "") or "<unset>"


def _slice_ports(item: Object) -> str:
    return ",".join(str(port["port"]) for port in item.get("ports") or ()) or "<unset>"


def _quota(item: Object) -> str:
    used, hard = status_of(item).get("used") or {}, spec_of(item).get("hard") or {}
    return ", ".join(f"{key}: {used.get(key, '0')}/{value}" for key, value in sorted(hard.items()))


def _node_state(item: Object) -> str:
    ready = [one for one in status_of(item).get("conditions") or () if one["type"] == "Ready"]
    return "Ready" if ready and ready[0]["status"] == "True" else "NotReady"


def _about(item: Object) -> str:
    about = item.get("involvedObject") or {}
    return f"{str(about.get('kind', '')).lower()}/{about.get('name', '')}"


def _count(field: str) -> Cell:
    def cell(item: Object) -> int:
        return len(item.get(field) or ())

    return cell


_WORKLOAD = (
    Column("Containers", _names, priority=WIDE), Column("Images", _images, priority=WIDE),
    Column("Selector", _selector, priority=WIDE),
)  # fmt: skip
_COLUMNS: dict[str, tuple[Column, ...]] = {
    "deployments": (
        Column("Ready", _ready_of),
        Column("Up-to-date", _at("status", "updatedReplicas", default=0), "integer"),
        Column("Available", _at("status", "availableReplicas", default=0), "integer"),
        *_WORKLOAD,
    ),
    "replicasets": (
        Column("Desired", _at("spec", "replicas", default=0), "integer"),
        Column("Current", _at("status", "replicas", default=0), "integer"),
        Column("Ready", _at("status", "readyReplicas", default=0), "integer"),
        *_WORKLOAD,
    ),
    "pods": (
        Column("Ready", _pods_ready),
        Column("Status", pod_state),
        Column("Restarts", _restarts),
        Column("IP", _at("status", "podIP"), priority=WIDE),
        Column("Node", _at("spec", "nodeName"), priority=WIDE),
        Column("Nominated Node", _at("status", "nominatedNodeName"), priority=WIDE),
        Column("Readiness Gates", _at("spec", "readinessGates"), priority=WIDE),
    ),
    "services": (
        Column("Type", _at("spec", "type")),
        Column("Cluster-IP", _at("spec", "clusterIP")),
        Column("External-IP", _at("spec", "externalIP")),
        Column("Port(s)", _ports),
        Column("Selector", _service_selector, priority=WIDE),
    ),
    "endpoints": (Column("Endpoints", _addresses),),
    "endpointslices": (
        Column("AddressType", _at("addressType")),
        Column("Ports", _slice_ports),
        Column("Endpoints", _slice_addresses),
    ),
    "namespaces": (Column("Status", _at("status", "phase")),),
    "nodes": (
        Column("Status", _node_state),
        Column("Roles", lambda item: "<none>"),
        Column("Version", _at("status", "nodeInfo", "kubeletVersion")),
    ),
    "leases": (Column("Holder", _at("spec", "holderIdentity")),),
    "configmaps": (Column("Data", _count("data"), "integer"),),
    "secrets": (Column("Type", _at("type")), Column("Data", _count("data"), "integer")),
    "resourcequotas": (Column("Request", _quota), Column("Limit", lambda item: "")),
    "clusterrolebindings": (Column("Role", lambda item: f"ClusterRole/{item['roleRef']['name']}"),),
    "rolebindings": (Column("Role", lambda item: f"{item['roleRef']['kind']}/{item['roleRef']['name']}"),),
}
_EVENTS = (
    Column("Last Seen", lambda item: ago(item.get("lastTimestamp") or item.get("eventTime"))),
    Column("Type", _at("type")),
    Column("Reason", _at("reason")),
    Column("Object", _about),
    Column("Subobject", _at("involvedObject", "fieldPath", default=""), priority=WIDE),
    Column("Source", _at("source", "component", default=""), priority=WIDE),
    Column("Message", _at("message")),
    Column(
        "First Seen", lambda item: ago(item.get("firstTimestamp") or item.get("eventTime")), priority=WIDE
    ),
    Column("Count", _at("count", default=1), "integer", WIDE),
    Column("Name", name_of, priority=WIDE),
)
