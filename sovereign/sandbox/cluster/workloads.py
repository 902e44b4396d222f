"""The sample services: what runs where, in which version, and which of them is unwell."""

from __future__ import annotations

from dataclasses import dataclass

from sovereign.sandbox.cluster.objects import Object

ENVIRONMENTS = ("dev", "staging", "prod")
ORG = "acme"
TAGS = (
    "v1.2.0",
    "v1.3.0",
    "v1.3.1",
    "v1.4.0",
    "v1.4.1",
    "v1.4.2",
    "v1.5.0",
    "v1.5.1",
    "v1.6.0",
    "v2.0",
    "v2.0.0",
    "v2.0.1",
    "v2.1.0",
    "v2.1.0-crash",
    "v2.1.0-oom",
    "v2.1.0-nopull",
    "v2.1.0-unready",
    "v2.1.0-slow",
    "latest",
)
"""What the registry has of each service."""
HISTORY = ("v1.3.1", "v1.4.0", "v1.4.1")
"""What ran before, oldest first, so that there is something to roll back to."""
REPLICAS = {"dev": 1, "staging": 2, "prod": 3}
RUNNING = {"dev": "v1.5.1", "staging": "v1.5.0", "prod": "v1.4.2"}


@dataclass(frozen=True, slots=True)
class Workload:
    name: str
    environments: tuple[str, ...] = ENVIRONMENTS
    port: int = 8080
    ills: tuple[tuple[str, str], ...] = ()
    """Environments in which a version that does not work is being rolled out."""


SAMPLES = (
    Workload("shop"),
    Workload("payments", ("staging", "prod")),
    Workload("accounts"),
    Workload("cart"),
    Workload("catalog"),
    Workload("checkout", ("staging", "prod")),
    Workload("inventory"),
    Workload("mailer"),
    Workload("recommendations", ills=(("staging", "v2.1.0-oom"),)),
    Workload("reviews"),
    Workload("search"),
    Workload("shipping", ("staging", "prod")),
)


def image(host: str, name: str, tag: str) -> str:
    return f"{host}/{ORG}/{name}:{tag}"


def deployment(name: str, image_name: str, replicas: int, port: int = 8080) -> Object:
    probe = {"httpGet": {"path": "/readyz", "port": "http"}, "periodSeconds": 5}
    container = {
        "name": name, "image": image_name, "ports": [{"name": "http", "containerPort": port}],
        "env": [{"name": "LOG_LEVEL", "value": "info"}, {"name": "PORT", "value": str(port)}],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
        "readinessProbe": probe,
    }  # fmt: skip
    labels = {"app": name, "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": ORG}
    return {
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "replicas": replicas, "progressDeadlineSeconds": 30, "revisionHistoryLimit": 10,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }  # fmt: skip


def service(name: str, port: int = 8080) -> Object:
    ports = [{"name": "http", "port": 80, "targetPort": port}]
    labels = {"app": name, "app.kubernetes.io/name": name}
    return {"metadata": {"name": name, "labels": labels}, "spec": {"selector": {"app": name}, "ports": ports}}
