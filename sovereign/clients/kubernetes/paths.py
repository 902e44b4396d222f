"""Paths and queries of Kubernetes' API. Names come from people too: none of them ends a segment."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from sovereign.domain.cluster import LogRequest

Query = tuple[tuple[str, str], ...]


def deployments(namespace: str, name: str | None = None) -> str:
    return f"/apis/apps/v1/namespaces/{_segment(namespace)}/deployments" + _last(name)


def replica_sets(namespace: str) -> str:
    return f"/apis/apps/v1/namespaces/{_segment(namespace)}/replicasets"


def pods(namespace: str, name: str | None = None) -> str:
    return f"/api/v1/namespaces/{_segment(namespace)}/pods" + _last(name)


def events(namespace: str) -> str:
    return f"/api/v1/namespaces/{_segment(namespace)}/events"


def services(namespace: str, name: str) -> str:
    return f"/api/v1/namespaces/{_segment(namespace)}/services" + _last(name)


def endpoint_slices(namespace: str) -> str:
    return f"/apis/discovery.k8s.io/v1/namespaces/{_segment(namespace)}/endpointslices"


def labels(selector: Mapping[str, str]) -> Query:
    return (("labelSelector", ",".join(f"{k}={v}" for k, v in selector.items())),) if selector else ()


def dry(dry_run: bool) -> Query:
    return (("dryRun", "All"),) if dry_run else ()


def of_log(wanted: LogRequest) -> Query:
    given = {
        "container": wanted.container,
        "tailLines": "" if wanted.tail is None else str(wanted.tail),
        "sinceSeconds": "" if wanted.since is None else str(wanted.since),
        "previous": "true" if wanted.previous else "",
        "timestamps": "true" if wanted.timestamps else "",
    }
    return tuple((key, value) for key, value in given.items() if value)


def _last(name: str | None) -> str:
    return f"/{_segment(name)}" if name is not None else ""


def _segment(name: str) -> str:
    return quote(name, safe="").replace(".", "%2E") if set(name) <= {"."} else quote(name, safe="")
