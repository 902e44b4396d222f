"""What is changed in a cluster: patches that refuse when somebody else was faster, creation and removal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sovereign.clients.kubernetes import paths, reading
from sovereign.clients.kubernetes.connection import APPLY, MERGE, STRATEGIC, Call, Connection, Json
from sovereign.core.errors import Moved
from sovereign.domain.cluster import RESTARTED_AT, Entry, Identity, Revision, Workload

MANAGER = "sovereign"
"""What the cluster knows our changes by (`managedFields`)."""
ATTEMPTS = 5
"""How often a change is tried over while only the state of the thing moves, and not what is wanted of it."""


class Changes:
    """The half of Cluster that writes."""

    _connection: Connection

    async def set_image(
        self,
        namespace: str,
        name: str,
        images: Mapping[str, str],
        *,
        expecting: int | None = None,
        dry_run: bool = False,
        as_who: Identity | None = None,
    ) -> Workload:
        containers = [{"name": container, "image": image} for container, image in images.items()]
        patch: Json = {"spec": {"template": {"spec": {"containers": containers}}}}
        return await self._patched(namespace, name, patch, STRATEGIC, expecting, dry_run, as_who)

    async def scale(
        self,
        namespace: str,
        name: str,
        replicas: int,
        *,
        expecting: int | None = None,
        dry_run: bool = False,
        as_who: Identity | None = None,
    ) -> None:
        patch: Json = {"spec": {"replicas": replicas}}
        path = f"{paths.deployments(namespace, name)}/scale"
        await self._unmoved(namespace, name, patch, MERGE, expecting, dry_run, as_who, path)

    async def restart(
        self,
        namespace: str,
        name: str,
        at: datetime,
        *,
        expecting: int | None = None,
        as_who: Identity | None = None,
    ) -> Workload:
        annotations = {RESTARTED_AT: at.isoformat(timespec="seconds")}
        patch: Json = {"spec": {"template": {"metadata": {"annotations": annotations}}}}
        return await self._patched(namespace, name, patch, STRATEGIC, expecting, False, as_who)

    async def hold(
        self, namespace: str, name: str, *, paused: bool, as_who: Identity | None = None
    ) -> Workload:
        patch: Json = {"spec": {"paused": paused}}
        return await self._patched(namespace, name, patch, MERGE, None, dry_run=False, as_who=as_who)

    async def label_pods(
        self, namespace: str, name: str, labels: Mapping[str, str], *, as_who: Identity | None = None
    ) -> Workload:
        patch: Json = {"spec": {"template": {"metadata": {"labels": dict(labels)}}}}
        return await self._patched(namespace, name, patch, MERGE, None, dry_run=False, as_who=as_who)

    async def roll_back(
        self,
        workload: Workload,
        revision: Revision,
        *,
        dry_run: bool = False,
        as_who: Identity | None = None,
    ) -> Workload:
        patch: Json = {"spec": {"template": merge_patch(workload.template, _template(revision))}}
        return await self._patched(
            workload.namespace, workload.name, patch, MERGE, workload.generation, dry_run, as_who
        )

    async def apply(
        self, manifest: Mapping[str, object], *, dry_run: bool = False, as_who: Identity | None = None
    ) -> Workload:
        namespace, name = _named(manifest)
        query = (("fieldManager", MANAGER), ("force", "true"), *paths.dry(dry_run))
        path = paths.deployments(namespace, name)
        call = Call(method="PATCH", path=path, query=query, body=manifest, content=APPLY, as_who=as_who)
        return reading.workload(await self._connection.json(call))

    async def create(
        self, manifest: Mapping[str, object], *, dry_run: bool = False, as_who: Identity | None = None
    ) -> Workload:
        namespace, _ = _named(manifest)
        query = (("fieldManager", MANAGER), ("fieldValidation", "Strict"), *paths.dry(dry_run))
        call = Call(
            method="POST", path=paths.deployments(namespace), query=query, body=manifest, as_who=as_who
        )
        return reading.workload(await self._connection.json(call))

    async def delete(self, workload: Workload, *, as_who: Identity | None = None) -> None:
        body = {"propagationPolicy": "Background", "preconditions": {"uid": workload.uid}}
        path = paths.deployments(workload.namespace, workload.name)
        await self._connection.raw(Call(method="DELETE", path=path, body=body, as_who=as_who))

    async def select(
        self, entry: Entry, selector: Mapping[str, str], *, as_who: Identity | None = None
    ) -> Entry:
        patch = {
            "metadata": {"resourceVersion": entry.version},
            "spec": {"selector": merge_patch(entry.selector, selector)},
        }
        path = paths.services(entry.namespace, entry.name)
        call = Call(method="PATCH", path=path, body=patch, content=MERGE, as_who=as_who)
        return reading.entry(await self._connection.json(call))

    async def _patched(
        self,
        namespace: str,
        name: str,
        patch: Json,
        content: str,
        expecting: int | None,
        dry_run: bool,
        as_who: Identity | None,
    ) -> Workload:
        path = paths.deployments(namespace, name)
        found = await self._unmoved(namespace, name, patch, content, expecting, dry_run, as_who, path)
        return reading.workload(found)

    async def _now(self, namespace: str, name: str, as_who: Identity | None) -> Workload:
        call = Call(method="GET", path=paths.deployments(namespace, name), as_who=as_who)
        return reading.workload(await self._connection.json(call))

    async def _unmoved(
        self,
        namespace: str,
        name: str,
        patch: Json,
        content: str,
        expecting: int | None,
        dry_run: bool,
        as_who: Identity | None,
        path: str,
    ) -> Json:
        """Patch only while the generation is the expected one: state changes may come between, others not."""
        query = (("fieldManager", MANAGER), *paths.dry(dry_run))
        for attempt in range(ATTEMPTS):
            body = patch
            if expecting is not None:
                now = await self._now(namespace, name, as_who)
                if now.generation != expecting:
                    raise Moved(f"{name} in {namespace} was changed meanwhile by somebody else: look again.")
                body = patch | {"metadata": {"resourceVersion": now.version}}
            call = Call(method="PATCH", path=path, query=query, body=body, content=content, as_who=as_who)
            try:
                return await self._connection.json(call)
            except Moved:
                if expecting is None or attempt == ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")


def merge_patch(old: Mapping[str, object], new: Mapping[str, object]) -> Json:
    """The RFC 7386 patch that makes `new` of `old`: what is gone is null, lists are replaced whole."""
    patch: Json = {key: None for key in old if key not in new}
    for key, value in new.items():
        before = old.get(key)
        if isinstance(value, Mapping) and isinstance(before, Mapping):
            if inner := merge_patch(before, value):
                patch[key] = inner
        elif value != before or key not in old:
            patch[key] = value
    return patch


def _template(revision: Revision) -> Mapping[str, object]:
    """The pods of a revision as a Deployment has them: the hash is the controller's to add."""
    template = dict(revision.template)
    meta = template.get("metadata")
    if isinstance(meta, Mapping):
        labels = meta.get("labels")
        kept = {k: v for k, v in labels.items() if k != reading.HASH} if isinstance(labels, Mapping) else {}
        template["metadata"] = {**meta, "labels": kept}
    return template


def _named(manifest: Mapping[str, object]) -> tuple[str, str]:
    meta = manifest.get("metadata")
    meta = meta if isinstance(meta, Mapping) else {}
    return str(meta.get("namespace") or "default"), str(meta.get("name") or "")
