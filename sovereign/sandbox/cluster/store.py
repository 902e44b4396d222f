"""Every object of the cluster with its resourceVersion, what changed lately, and the journal under it.

A change is in the journal before it is in memory, and in memory before anybody is told of it.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sovereign.sandbox.cluster.kinds import TABLES, Kind
from sovereign.sandbox.cluster.objects import Object, controller_of, name_of, namespace_of, with_metadata
from sovereign.sandbox.journal import Journal

ADDED, MODIFIED, DELETED = "ADDED", "MODIFIED", "DELETED"
FIRST = 1000
"""The first resourceVersion; a cluster has always had a life before."""
REMEMBERED = 4096
"""How many changes a watch can be resumed over."""
LARGEST = 64 * 1024 * 1024
"""Bytes that the journal may grow by before it is written afresh."""

Key = tuple[str, str]
"""Namespace and name."""


@dataclass(frozen=True, slots=True)
class Change:
    """`before` is what the object was until then; None when it is new."""

    version: int
    type: str
    kind: Kind
    item: Object
    raw: bytes
    before: Object | None


Listener = Callable[[Change], None]


class Store:
    def __init__(self, path: Path) -> None:
        self.version = FIRST
        self.changes: deque[Change] = deque(maxlen=REMEMBERED)
        self.listeners: list[Listener] = []
        self._items: dict[str, dict[Key, Object]] = {table: {} for table in TABLES}
        self._raws: dict[str, dict[Key, bytes]] = {table: {} for table in TABLES}
        self._owned: dict[str, dict[tuple[str, Key], None]] = {}
        self._sorted: dict[str, list[Key]] = {}
        """The keys of a table in order, until one is added or taken away."""
        self._oldest = FIRST
        self._journal = Journal(path)
        self._written = 0
        for line in self._journal.replay():
            self._replay(line[0])
        self.is_new = self.version == FIRST
        if len(self.changes) == REMEMBERED:
            self._compact()

    @property
    def oldest(self) -> int:
        """The version since which every change is remembered."""
        return self._oldest

    def get(self, kind: Kind, namespace: str, name: str) -> Object | None:
        return self._items[kind.table].get((namespace, name))

    def raw(self, kind: Kind, item: Object) -> bytes:
        """The stored object as JSON, without `kind` and `apiVersion`."""
        return self._raws[kind.table][_key(item)]

    def items(self, kind: Kind, namespace: str = "") -> list[Object]:
        """All of a kind, in one namespace or everywhere, by namespace and name."""
        table = self._items[kind.table]
        return [table[key] for key in self._keys(kind) if not namespace or key[0] == namespace]

    def owned(self, kind: Kind, uid: str) -> list[Object]:
        """What that owner controls, by name."""
        keys = sorted(key for table, key in self._owned.get(uid, ()) if table == kind.table)
        return [self._items[kind.table][key] for key in keys]

    def count(self, kind: Kind, namespace: str) -> int:
        return sum(key[0] == namespace for key in self._items[kind.table])

    def put(self, kind: Kind, item: Object) -> Object:
        """Keep it as its next version, which is given back. Raises OSError when the disk is full."""
        version = self.version + 1
        item = with_metadata(item, resourceVersion=str(version))
        return self._change(kind, ADDED, item, version)

    def remove(self, kind: Kind, item: Object) -> Object:
        version = self.version + 1
        item = with_metadata(item, resourceVersion=str(version))
        return self._change(kind, DELETED, item, version)

    def forget(self) -> None:
        """Act as if nothing before this moment were remembered: whoever watches from earlier gets 410."""
        self.changes.clear()
        self._oldest = self.version + 1
        self.version += 1

    def reset(self) -> None:
        """Lose every object. Versions go on, so that nobody takes the new past for the old one."""
        for table in self._items:
            self._items[table].clear()
            self._raws[table].clear()
        self._owned.clear()
        self._sorted.clear()
        self.forget()
        self._compact()

    def replace_text(self, old: str, new: str) -> None:
        """Write one text for another in every object, for nobody to notice: no version changes."""
        for name, kind in TABLES.items():
            for key, raw in list(self._raws[name].items()):
                if old.encode() in raw:
                    changed = raw.replace(old.encode(), new.encode())
                    self._keep(kind, key, json.loads(changed), changed)
        self.changes.clear()
        self._oldest = self.version
        self._compact()

    def close(self) -> None:
        self._journal.close()

    def _change(self, kind: Kind, type_: str, item: Object, version: int) -> Object:
        raw = json.dumps(item, separators=(",", ":")).encode()
        line = _line(kind, type_, version, raw)
        self._journal.append_line(line)
        self._written += len(line)
        change = self._apply(kind, type_, item, raw, version)
        if self._written > LARGEST:
            self._compact()
        for listener in list(self.listeners):
            listener(change)
        return item

    def _apply(self, kind: Kind, type_: str, item: Object, raw: bytes, version: int) -> Change:
        key = _key(item)
        before = self._items[kind.table].get(key)
        if type_ == DELETED:
            self._drop(kind, key)
        else:
            self._keep(kind, key, item, raw)
            type_ = MODIFIED if before is not None else ADDED
        change = Change(version, type_, kind, item, raw, before)
        if len(self.changes) == self.changes.maxlen:
            self._oldest = self.changes[0].version
        self.changes.append(change)
        self.version = version
        return change

    def _keys(self, kind: Kind) -> list[Key]:
        if kind.table not in self._sorted:
            self._sorted[kind.table] = sorted(self._items[kind.table])
        return self._sorted[kind.table]

    def _keep(self, kind: Kind, key: Key, item: Object, raw: bytes) -> None:
        self._disown(kind, key)
        if key not in self._items[kind.table]:
            self._sorted.pop(kind.table, None)
        self._items[kind.table][key], self._raws[kind.table][key] = item, raw
        uid = controller_of(item).get("uid")
        if uid:
            self._owned.setdefault(uid, {})[kind.table, key] = None

    def _drop(self, kind: Kind, key: Key) -> None:
        self._disown(kind, key)
        self._sorted.pop(kind.table, None)
        self._items[kind.table].pop(key, None)
        self._raws[kind.table].pop(key, None)

    def _disown(self, kind: Kind, key: Key) -> None:
        known = self._items[kind.table].get(key)
        uid = controller_of(known).get("uid") if known else None
        if uid in self._owned:
            self._owned[uid].pop((kind.table, key), None)
            if not self._owned[uid]:
                del self._owned[uid]

    def _replay(self, line: Object) -> None:
        if "oldest" in line:
            self.version = self._oldest = int(line["oldest"])
            return
        kind, item, version = TABLES.get(line["table"]), line["item"], int(line["version"])
        if kind is not None:
            raw = json.dumps(item, separators=(",", ":")).encode()
            if line["type"] == "KEPT":
                self._keep(kind, _key(item), item, raw)
            else:
                self._apply(kind, line["type"], item, raw, version)

    def _compact(self) -> None:
        """Write what there is as a fresh journal. What changed lately is kept in memory, not on disk."""
        self._journal.rewrite_lines(self._snapshot())
        self._written = 0

    def _snapshot(self) -> Iterable[bytes]:
        yield from self._kept()
        yield json.dumps([{"oldest": self.version}], separators=(",", ":")).encode() + b"\n"

    def _kept(self) -> Iterator[bytes]:
        for name, kind in TABLES.items():
            for raw in self._raws[name].values():
                yield _line(kind, "KEPT", 0, raw)


def _key(item: Object) -> Key:
    return (namespace_of(item), name_of(item))


def _line(kind: Kind, type_: str, version: int, raw: bytes) -> bytes:
    head = f'[{{"type":"{type_}","table":"{kind.table}","version":{version},"item":'
    return head.encode() + raw + b"}]\n"
