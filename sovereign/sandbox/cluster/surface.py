"""The cluster as one thing: what it holds, who works on it, what stands in the way."""

from __future__ import annotations

from pathlib import Path

from sovereign.sandbox.cluster.controllers.loop import Controllers
from sovereign.sandbox.cluster.faults import Faults
from sovereign.sandbox.cluster.identity import Identities
from sovereign.sandbox.cluster.kinds import NAMESPACE, POD, Kind
from sovereign.sandbox.cluster.listing import Lists
from sovereign.sandbox.cluster.log_routes import Logs
from sovereign.sandbox.cluster.objects import Object, with_metadata
from sovereign.sandbox.cluster.rbac import Access
from sovereign.sandbox.cluster.registry import Registry
from sovereign.sandbox.cluster.store import Store
from sovereign.sandbox.cluster.timetable import Timetable
from sovereign.sandbox.cluster.watching import Watches
from sovereign.sandbox.cluster.writing import Writer


class Surface:
    """Open it with a data folder; close it when done."""

    def __init__(self, data: Path, speed: float) -> None:
        data.mkdir(parents=True, exist_ok=True)
        self.store = Store(data / "journal.jsonl")
        self.registry = Registry(data / "registry.json")
        self.timetable = Timetable(speed)
        self.faults = Faults()
        self.writer = Writer(self.store)
        self.controllers = Controllers(self.writer, self.timetable, self.registry)
        self.access = Access(self.store)
        self.identities = Identities(self.access)
        self.lists = Lists(self.store)
        self.watches = Watches(self.store, self.faults)
        self.logs = Logs(self.registry.fate, self.faults)

    def delete(self, kind: Kind, item: Object, seconds: int | None, *, orphan: bool = False) -> None:
        """Pods are given time to stop, namespaces are emptied first; everything else is gone at once."""
        if kind is POD:
            self.controllers.pods.delete(item, seconds)
        elif kind is NAMESPACE:
            self.writer.begin_deletion(kind, {**item, "status": {"phase": "Terminating"}}, 0)
        else:
            self.writer.remove(kind, with_metadata(item, finalizers=["orphan"]) if orphan else item)

    def stop(self) -> None:
        """Let go of whoever waits."""
        self.logs.closing = True
        self.timetable.close()
        self.watches.end_all()

    def close(self) -> None:
        self.timetable.close()
        self.store.close()
