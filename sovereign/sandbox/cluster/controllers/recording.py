"""Events as the scheduler, the kubelet and the controllers write them; the same one again only counts."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import datetime, timedelta

from sovereign.core import clock
from sovereign.sandbox.cluster.kinds import EVENT, Kind
from sovereign.sandbox.cluster.objects import (
    Object,
    metadata,
    micro_stamp,
    moment_of,
    name_of,
    namespace_of,
    stamp,
    uid_of,
)
from sovereign.sandbox.cluster.statuses import Refused
from sovereign.sandbox.cluster.writing import Manner, Writer

LIFE = timedelta(hours=1)
"""How long an event is kept."""
MOST = 5_000
NORMAL, WARNING = "Normal", "Warning"


class Recorder:
    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def say(
        self, kind: Kind, item: Object, reason: str, message: str, *, component: str, type_: str = NORMAL,
        host: str = "", container: str = "",
    ) -> None:  # fmt: skip
        """Write the event down, or count it once more."""
        namespace = namespace_of(item) or "default"
        told = hashlib.sha256(f"{uid_of(item)}{reason}{message}{component}{container}".encode()).hexdigest()
        name = f"{name_of(item)}.{told[:16]}"
        known = self._writer.store.get(EVENT, namespace, name)
        if known is not None:
            again = {**known, "count": int(known.get("count") or 1) + 1, "lastTimestamp": stamp()}
            self._writer.change(EVENT, known, again, component)
            return
        body = {
            "metadata": {"name": name, "namespace": namespace},
            "involvedObject": _reference(kind, item, container), "reason": reason, "message": message,
            "source": {"component": component} | ({"host": host} if host else {}),
            "firstTimestamp": stamp(), "lastTimestamp": stamp(), "count": 1, "type": type_, "eventTime": None,
            "reportingComponent": "" if host else component, "reportingInstance": "",
        }  # fmt: skip
        self._keep(namespace, body, "kubelet" if host else component)

    def scheduled(self, kind: Kind, item: Object, node: str) -> None:
        """The scheduler writes events of the newer form."""
        namespace, now = namespace_of(item), clock.now()
        body = {
            "metadata": {"name": f"{name_of(item)}.{clock.micros(now) * 1000:x}", "namespace": namespace},
            "involvedObject": _reference(kind, item, ""), "reason": "Scheduled",
            "message": f"Successfully assigned {namespace}/{name_of(item)} to {node}", "source": {},
            "firstTimestamp": None, "lastTimestamp": None, "type": NORMAL, "eventTime": micro_stamp(now),
            "action": "Binding", "reportingComponent": "default-scheduler",
            "reportingInstance": "default-scheduler-control-plane",
        }  # fmt: skip
        self._keep(namespace, body, "kube-scheduler")

    def prune(self) -> None:
        """Let go of what is too old, or too much."""
        store, now = self._writer.store, clock.now()
        dated = sorted(
            ((_seen(event) or now, name_of(event), event) for event in store.items(EVENT)), key=_order
        )
        spare = len(dated) - MOST
        for index, (at, _, event) in enumerate(dated):
            if index < spare or now - at > LIFE:
                store.remove(EVENT, event)

    def _keep(self, namespace: str, body: Object, manager: str) -> None:
        with suppress(Refused):  # of what goes with its namespace nobody needs to hear
            self._writer.create(EVENT, namespace, body, Manner(manager=manager))


def _order(entry: tuple[datetime, str, Object]) -> tuple[datetime, str]:
    return entry[0], entry[1]


def _seen(event: Object) -> datetime | None:
    return moment_of(event.get("lastTimestamp") or event.get("eventTime"))


def _reference(kind: Kind, item: Object, container: str) -> Object:
    found = {
        "kind": kind.name, "namespace": namespace_of(item), "name": name_of(item), "uid": uid_of(item),
        "apiVersion": kind.api_version, "resourceVersion": str(metadata(item).get("resourceVersion") or ""),
    }  # fmt: skip
    return found | ({"fieldPath": f"spec.containers{{{container}}}"} if container else {})
