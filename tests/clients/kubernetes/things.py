"""Objects as the API gives them, as small as the adapter needs them."""

from __future__ import annotations

from typing import Any


def deployment(name: str = "shop", *, version: str = "7", generation: int = 3, **spec: Any) -> dict[str, Any]:
    return {
        "metadata": {
            "name": name,
            "namespace": "prod",
            "uid": "u-1",
            "resourceVersion": version,
            "generation": generation,
            "annotations": {"deployment.kubernetes.io/revision": "4"},
        },
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": name, "image": f"acme/{name}:2"}]},
            },
            **spec,
        },
        "status": {"observedGeneration": generation, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2},
    }


def replica_set(number: int, *, owner: str = "u-1", image: str = "acme/shop:1") -> dict[str, Any]:
    labels = {"app": "shop", "pod-template-hash": f"h{number}"}
    return {
        "metadata": {
            "name": f"shop-h{number}",
            "labels": labels,
            "annotations": {"deployment.kubernetes.io/revision": str(number)},
            "ownerReferences": [{"kind": "Deployment", "uid": owner, "controller": True}],
        },
        "spec": {
            "replicas": 0,
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "shop", "image": image}]},
            },
        },
    }


def pod(name: str, *, version: str = "9") -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": "prod", "uid": f"u-{name}", "resourceVersion": version},
        "spec": {"containers": [{"name": "shop", "image": "acme/shop:2"}]},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
    }


def listed(*things: dict[str, Any], version: str = "10", more: str = "") -> dict[str, Any]:
    return {"metadata": {"resourceVersion": version, "continue": more}, "items": [*things]}


def refused(code: int, reason: str, message: str) -> dict[str, Any]:
    return {"kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": message}
