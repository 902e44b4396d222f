"""Creating, changing and deleting objects as the API server does, for callers and controllers alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sovereign.core import clock
from sovereign.sandbox.cluster import defaults, managers, ownership, quotas, statuses, validation
from sovereign.sandbox.cluster.kinds import NAMESPACE, NODE, POD, TABLES, Kind
from sovereign.sandbox.cluster.managers import Manager
from sovereign.sandbox.cluster.objects import (
    Object,
    is_going,
    metadata,
    name_of,
    namespace_of,
    new_uid,
    spec_of,
    stamp,
    suffix,
    uid_of,
    with_metadata,
)
from sovereign.sandbox.cluster.store import Store

CONTROLLER = "kube-controller-manager"
_SERVER_SIDE = ("uid", "resourceVersion", "generation", "creationTimestamp", "selfLink", "managedFields")
_FIXED = ("name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """Who writes, and whether only to see what would come of it."""

    manager: str = CONTROLLER
    dry_run: bool = False


class Writer:
    """Raises Refused wherever the API server would, and OSError when the disk is full."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def create(self, kind: Kind, namespace: str, body: Object, manner: Manner) -> Object:
        item = self._fresh(kind, namespace, body)
        item = defaults.filled(kind, item)
        validation.check(kind, item)
        if self.store.get(kind, namespace, name_of(item)) is not None:
            raise statuses.exists(kind, name_of(item))
        if kind is POD:
            quotas.admit(self.store, item)
        stated = defaults.stated(kind, item, spec_of(body))
        entries = metadata(managers.updated({}, stated, Manager(manner.manager, kind.api_version)))
        item = with_metadata(item, managedFields=entries.get("managedFields"))
        return item if manner.dry_run else self.store.put(kind, item)

    def create_applied(
        self, kind: Kind, namespace: str, config: Object, manager: Manager, manner: Manner
    ) -> Object:
        """Create it as somebody's first apply: they manage what they state, and nothing of the defaults."""
        item = self.create(kind, namespace, config, Manner(manager=manner.manager, dry_run=True))
        item = with_metadata(item, managedFields=[manager.entry(ownership.applied(config))])
        return item if manner.dry_run else self.store.put(kind, item)

    def apply(
        self, kind: Kind, current: Object, config: Object, manager: Manager, manner: Manner, *, force: bool
    ) -> Object:
        """Raises 409 when others manage what the configuration wants otherwise, unless `force`."""
        merged = managers.applied(current, config, manager, force=force)
        after = self.prepared(kind, current, merged, manager.subresource)
        after = with_metadata(after, managedFields=metadata(merged).get("managedFields"))
        if after == current or manner.dry_run:
            return after
        return self.store.put(kind, after)

    def replace(
        self, kind: Kind, current: Object, body: Object, manner: Manner, subresource: str = ""
    ) -> Object:
        """The object with another content. Raises 409 when the body is of an older version."""
        given = metadata(body)
        if given.get("uid") and given["uid"] != uid_of(current):
            raise statuses.another(kind, name_of(current), given["uid"], uid_of(current))
        if given.get("resourceVersion") and given["resourceVersion"] != metadata(current)["resourceVersion"]:
            raise statuses.conflict(kind, name_of(current))
        after = self.prepared(kind, current, body, subresource)
        after = managers.updated(
            current, after, Manager(manner.manager, kind.api_version, subresource=subresource)
        )
        return self.keep(kind, current, after, manner)

    def prepared(self, kind: Kind, current: Object, body: Object, subresource: str = "") -> Object:
        """What would stand there after the body is written: defaults filled in, the rest kept. Raises 422."""
        meta = {**metadata(body), **{key: metadata(current).get(key) for key in _FIXED}}
        meta["generation"] = metadata(current).get("generation")
        meta["resourceVersion"] = metadata(current).get("resourceVersion")
        after = with_metadata({**body, "metadata": meta})
        for key in ("kind", "apiVersion"):
            after.pop(key, None)
        if subresource == "status":
            return {**current, "status": after.get("status") or {}}
        if kind.has_status and "status" in current:
            after["status"] = current["status"]
        after = defaults.filled(kind, after)
        validation.check_update(kind, current, after)
        if kind.counts_generations and _content(after) != _content(current):
            after = with_metadata(after, generation=int(metadata(current).get("generation") or 0) + 1)
        return after

    def keep(self, kind: Kind, current: Object, after: Object, manner: Manner) -> Object:
        """Store it, unless nothing but who manages it and when is new."""
        if _comparable(after) == _comparable(current) or manner.dry_run:
            return current if _comparable(after) == _comparable(current) else after
        if is_going(after) and not metadata(after).get("finalizers") and not _grace(after):
            return self.store.remove(kind, after)
        return self.store.put(kind, after)

    def change(
        self, kind: Kind, current: Object, after: Object, manager: str = CONTROLLER, sub: str = ""
    ) -> Object:
        """As a controller: what it makes of the object, without a look at versions."""
        if _comparable(after) == _comparable(current):
            return current
        if kind.counts_generations and not sub and _content(after) != _content(current):
            after = with_metadata(after, generation=int(metadata(current).get("generation") or 0) + 1)
        after = managers.updated(current, after, Manager(manager, kind.api_version, subresource=sub))
        return self.store.put(kind, after)

    def set_status(self, kind: Kind, current: Object, status: Object, manager: str = CONTROLLER) -> Object:
        return self.change(kind, current, {**current, "status": status}, manager, "status")

    def remove(self, kind: Kind, item: Object) -> Object:
        """Without further ado; what it owned is collected by the controllers."""
        return self.store.remove(kind, item)

    def begin_deletion(self, kind: Kind, item: Object, seconds: int, **changed: object) -> Object:
        if is_going(item):
            return item
        until = stamp(clock.now())
        going = with_metadata(item, deletionTimestamp=until, deletionGracePeriodSeconds=seconds, **changed)
        if kind.counts_generations:
            going = with_metadata(going, generation=int(metadata(item).get("generation") or 0) + 1)
        return self.store.put(kind, going)

    def each(self, namespace: str, do: Callable[[Kind, Object], object]) -> None:
        """Something with everything in a namespace."""
        for kind in TABLES.values():
            if kind.namespaced:
                for item in self.store.items(kind, namespace):
                    do(kind, item)

    def _fresh(self, kind: Kind, namespace: str, body: Object) -> Object:
        meta = {key: value for key, value in metadata(body).items() if key not in _SERVER_SIDE}
        if not meta.get("name") and meta.get("generateName"):
            meta["name"] = meta["generateName"] + suffix()
        if kind.namespaced:
            self._need_namespace(kind, namespace, str(meta.get("name") or ""))
            meta["namespace"] = namespace
        meta |= {"uid": new_uid(), "creationTimestamp": stamp()}
        if kind.counts_generations:
            meta["generation"] = 1
        rest = {key: value for key, value in body.items() if key not in ("kind", "apiVersion", "metadata")}
        if kind.has_status and kind not in (NAMESPACE, NODE):
            rest.pop("status", None)
        return {"metadata": meta, **rest}

    def _need_namespace(self, kind: Kind, namespace: str, name: str) -> None:
        found = self.store.get(NAMESPACE, "", namespace)
        if found is None:
            raise statuses.not_found(NAMESPACE, namespace)
        if is_going(found):
            why = f"unable to create new content in namespace {namespace} because it is being terminated"
            raise statuses.forbidden(kind, name, why)


def _content(item: Object) -> Object:
    return {"spec": spec_of(item)} | {
        key: value for key, value in item.items() if key not in ("metadata", "status", "spec")
    }


def _comparable(item: Object) -> Object:
    return with_metadata(item, managedFields=None, resourceVersion=None)


def _grace(item: Object) -> int:
    return int(metadata(item).get("deletionGracePeriodSeconds") or 0)


def namespace_and_name(item: Object) -> str:
    return f"{namespace_of(item)}/{name_of(item)}"
