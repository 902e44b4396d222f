"""Hears of every change and has the controllers look at what it concerns, soon and each thing once."""

from __future__ import annotations

from sovereign.sandbox.cluster import quotas
from sovereign.sandbox.cluster.controllers.deployments import Deployments
from sovereign.sandbox.cluster.controllers.endpoints import Endpoints, matching, standing
from sovereign.sandbox.cluster.controllers.pods import Pods
from sovereign.sandbox.cluster.controllers.recording import Recorder
from sovereign.sandbox.cluster.controllers.replicasets import ReplicaSets
from sovereign.sandbox.cluster.kinds import (
    DEPLOYMENT,
    ENDPOINTS,
    NAMESPACE,
    POD,
    QUOTA,
    REPLICA_SET,
    SERVICE,
    TABLES,
    Kind,
)
from sovereign.sandbox.cluster.objects import (
    Object,
    controller_of,
    is_going,
    metadata,
    name_of,
    namespace_of,
    uid_of,
    with_metadata,
)
from sovereign.sandbox.cluster.registry import Registry
from sovereign.sandbox.cluster.statuses import Refused
from sovereign.sandbox.cluster.store import DELETED, Change
from sovereign.sandbox.cluster.timetable import Timetable
from sovereign.sandbox.cluster.writing import Writer

SOON = 0.02
"""Seconds of the cluster's time between a change and a controller's look at it."""
RETRY = 5.0
"""Seconds after which what was refused is tried again."""
TIDY = 60.0
_ORPHANED = "orphan"


class Controllers:
    def __init__(self, writer: Writer, timetable: Timetable, registry: Registry) -> None:
        self._writer, self._store, self._timetable = writer, writer.store, timetable
        self.recorder = Recorder(writer)
        self.pods = Pods(writer, self.recorder, timetable, registry)
        self._sets = ReplicaSets(writer, self.recorder, self.pods.delete)
        self._deployments = Deployments(writer, self.recorder)
        self._endpoints = Endpoints(writer)

    def start(self) -> None:
        """Go on from wherever everything stands."""
        for pod in self._store.items(POD):
            self.pods.remember(pod)
        self._store.listeners.append(self.hear)
        self.look_at_all()
        self._tidy()

    def look_at_all(self) -> None:
        for kind in (DEPLOYMENT, REPLICA_SET, SERVICE, QUOTA, POD, NAMESPACE):
            for item in self._store.items(kind):
                self._look(kind, item)

    def hear(self, change: Change) -> None:
        item = change.item
        if change.type == DELETED:
            self._gone(change.kind, item)
        elif change.kind in (DEPLOYMENT, REPLICA_SET, SERVICE, NAMESPACE, QUOTA):
            self._look(change.kind, item)
        elif change.kind is POD:
            self.pods.plan(item)
        if change.kind in (POD, REPLICA_SET):
            self._look_at_owner(item)
        if change.kind is POD:
            self._look_at_services(change)

    def _look(self, kind: Kind, item: Object) -> None:
        if kind is POD:
            self.pods.plan(item)
            return
        namespace, name = namespace_of(item), name_of(item)
        self._timetable.once(
            SOON, (kind.table, namespace, name), lambda: self._reconcile(kind, namespace, name)
        )

    def _reconcile(self, kind: Kind, namespace: str, name: str) -> None:
        item = self._store.get(kind, namespace, name)
        if item is None:
            return
        try:
            again = self._once(kind, item)
        except Refused:  # such as a namespace that is being emptied
            again = RETRY
        if again is not None:
            key = ("later", kind.table, namespace, name)
            self._timetable.after(again, key, lambda: self._reconcile(kind, namespace, name))

    def _once(self, kind: Kind, item: Object) -> float | None:
        """One look at a thing; seconds after which to look again, if that matters."""
        if kind is DEPLOYMENT:
            return self._deployments.reconcile(item, self._timetable.speed)
        if kind is REPLICA_SET:
            return self._sets.reconcile(item)
        if kind is SERVICE:
            self._endpoints.reconcile(item)
        elif kind is QUOTA:
            self._writer.set_status(QUOTA, item, quotas.usage(self._store, item))
        elif is_going(item):
            self._empty(item)
        return None

    def _look_at_owner(self, item: Object) -> None:
        owner = controller_of(item)
        kind = {"Deployment": DEPLOYMENT, "ReplicaSet": REPLICA_SET}.get(str(owner.get("kind")))
        found = self._store.get(kind, namespace_of(item), owner["name"]) if kind else None
        if kind and found and uid_of(found) == owner["uid"]:
            self._look(kind, found)

    def _look_at_services(self, change: Change) -> None:
        before = change.before
        if change.type == DELETED or before is None or standing(before) != standing(change.item):
            for service in matching(self._store, change.item):
                self._look(SERVICE, service)
            for quota in self._store.items(QUOTA, namespace_of(change.item)):
                self._look(QUOTA, quota)

    def _gone(self, kind: Kind, item: Object) -> None:
        """What it owned goes as well, unless it was to be left."""
        if kind is POD:
            self.pods.forget(item)
        if kind is DEPLOYMENT:
            self._deployments.forget(item)
        if kind is SERVICE:
            self._drop_endpoints(item)
        for owned in TABLES.values():
            for each in self._store.owned(owned, uid_of(item)):
                if _ORPHANED in (metadata(item).get("finalizers") or ()):
                    self._writer.change(owned, each, with_metadata(each, ownerReferences=None))
                elif owned is POD:
                    self.pods.delete(each)
                else:
                    self._writer.remove(owned, each)

    def _drop_endpoints(self, service: Object) -> None:
        found = self._store.get(ENDPOINTS, namespace_of(service), name_of(service))
        if found is not None:
            self._writer.remove(ENDPOINTS, found)

    def _empty(self, namespace: Object) -> None:
        def drop(kind: Kind, item: Object) -> None:
            if self._store.get(kind, namespace_of(item), name_of(item)) is item:
                self._writer.remove(kind, item)

        self._writer.each(name_of(namespace), drop)
        self._writer.remove(NAMESPACE, namespace)

    def _tidy(self) -> None:
        self.recorder.prune()
        self._timetable.after(TIDY * self._timetable.speed, "tidy", self._tidy)
