"""Watches: what changes from a version on, line by line, until the time is up or the past is forgotten."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass

from aiohttp import web

from sovereign.core import clock
from sovereign.sandbox.cluster import asking, shown, statuses
from sovereign.sandbox.cluster.asking import Target
from sovereign.sandbox.cluster.faults import Faults
from sovereign.sandbox.cluster.kinds import Kind
from sovereign.sandbox.cluster.objects import Object
from sovereign.sandbox.cluster.selectors import Selector, selector
from sovereign.sandbox.cluster.shown import Look
from sovereign.sandbox.cluster.store import ADDED, DELETED, MODIFIED, Change, Store

WAITING = 20_000
"""Changes that may wait for a slow watcher; after that the watch ends, and it lists again."""
BOOKMARK_EVERY = 60.0
USUAL = 1800.0
"""Seconds that a watch lasts when none are asked for."""
_INITIAL_END = "k8s.io/initial-events-end"


@dataclass(slots=True, eq=False)
class Watcher:
    """Hears every change, and keeps what concerns it until it is written."""

    kind: Kind
    namespace: str
    holds: Selector
    queue: asyncio.Queue[Change | None]
    overrun: bool = False

    def hear(self, change: Change) -> None:
        if change.kind.table != self.kind.table:
            return
        if self.namespace and change.item["metadata"].get("namespace") != self.namespace:
            return
        try:
            self.queue.put_nowait(change)
        except asyncio.QueueFull:
            self.overrun = True

    def seen(self, change: Change) -> str | None:
        """As what the watcher sees the change: what ceases to be selected is deleted to it."""
        if not self.holds:
            return change.type
        after = change.type != DELETED and self.holds(change.item)
        before = change.before is not None and self.holds(change.before)
        if after:
            return MODIFIED if before else ADDED
        return DELETED if before else None


class Watches:
    def __init__(self, store: Store, faults: Faults) -> None:
        self._store, self._faults = store, faults
        self._watchers: set[Watcher] = set()
        self.started = 0
        """How many there have been."""

    def end_all(self) -> None:
        """Cut every watch, as a server that goes down does."""
        for watcher in list(self._watchers):
            watcher.overrun = True
            while not watcher.queue.empty():
                watcher.queue.get_nowait()
            watcher.queue.put_nowait(None)

    @property
    def open(self) -> int:
        return len(self._watchers)

    async def serve(self, request: web.Request, to: Target) -> web.StreamResponse:
        """Raises 400 before the first line; later faults are lines of their own."""
        query = request.query
        names = query.get("fieldSelector", "")
        if to.name:
            names = f"metadata.name={to.name}" + (f",{names}" if names else "")
        holds = selector(to.kind, query.get("labelSelector", ""), names)
        since = asking.number(request, "resourceVersion")
        seconds = asking.number(request, "timeoutSeconds") or USUAL * (1 + random.random())  # noqa: S311
        watcher = Watcher(to.kind, to.namespace, holds, asyncio.Queue(WAITING))
        form = shown.look(request)
        response = web.StreamResponse(
            headers={"Content-Type": "application/json", "Cache-Control": "no-cache, private"}
        )
        response.enable_chunked_encoding()
        self.started += 1
        self._watchers.add(watcher)
        self._store.listeners.append(watcher.hear)
        try:
            first = list(self._first(watcher, since, form, request))
            await response.prepare(request)
            await response.write(b"".join(first))
            if not (first and first[-1].startswith(b'{"type":"ERROR"')):
                await self._follow(request, response, watcher, form, float(seconds))
        finally:
            self._store.listeners.remove(watcher.hear)
            self._watchers.discard(watcher)
        if watcher.overrun and request.transport is not None:
            request.transport.abort()
        return response

    def _first(
        self, watcher: Watcher, since: int | None, form: Look, request: web.Request
    ) -> Iterator[bytes]:
        """What is sent at once: everything there is, or everything since the version that was asked for."""
        if self._faults.take_gone():
            yield _error(statuses.too_old(since or 0, self._store.version))
        elif not since or asking.flag(request, "sendInitialEvents"):
            yield from self._everything(watcher, form)
            if asking.flag(request, "sendInitialEvents"):
                yield _bookmark(watcher.kind, self._store.version, form, initial=True)
        elif since < self._store.oldest:
            yield _error(statuses.too_old(since, self._store.oldest))
        else:
            for change in self._store.changes:
                watcher.hear(change)

    def _everything(self, watcher: Watcher, form: Look) -> Iterator[bytes]:
        for item in self._store.items(watcher.kind, watcher.namespace):
            if watcher.holds(item):
                raw = self._store.raw(watcher.kind, item)
                yield shown.event(watcher.kind, ADDED, item, raw, form)

    async def _follow(
        self, request: web.Request, response: web.StreamResponse, watcher: Watcher, form: Look, seconds: float
    ) -> None:
        """Until the time is up. `since` is what the client knows already."""
        since = asking.number(request, "resourceVersion") or 0
        bookmarks, end = asking.flag(request, "allowWatchBookmarks"), clock.monotonic() + seconds
        marked = clock.monotonic()
        while not watcher.overrun:
            rest = end - clock.monotonic()
            if rest <= 0:
                return
            try:
                async with asyncio.timeout(min(rest, BOOKMARK_EVERY)):
                    change = await watcher.queue.get()
            except TimeoutError:
                change = None
            await self._faults.thawed()
            lines = [] if change is None else _lines(watcher, change, since, form)
            if bookmarks and clock.monotonic() - marked >= BOOKMARK_EVERY:
                lines.append(_bookmark(watcher.kind, self._store.version, form))
                marked = clock.monotonic()
            if lines:
                await response.write(b"".join(lines))


def _lines(watcher: Watcher, change: Change, since: int, form: Look) -> list[bytes]:
    """This change and those that wait behind it."""
    changes: list[Change | None] = [change]
    while not watcher.queue.empty() and len(changes) < 500:
        changes.append(watcher.queue.get_nowait())
    lines = []
    for one in changes:
        seen = watcher.seen(one) if one is not None and one.version > since else None
        if one is not None and seen is not None:
            lines.append(shown.event(watcher.kind, seen, one.item, one.raw, form))
    return lines


def _error(body: Object) -> bytes:
    return b'{"type":"ERROR","object":' + shown.dumped(body) + b"}\n"


def _bookmark(kind: Kind, version: int, form: Look, *, initial: bool = False) -> bytes:
    meta: Object = {"resourceVersion": str(version), "creationTimestamp": None}
    if initial:
        meta["annotations"] = {_INITIAL_END: "true"}
    item: Object = {"kind": kind.name, "apiVersion": kind.api_version, "metadata": meta}
    if form.form == shown.TABLE:
        item = {
            "kind": "Table",
            "apiVersion": "meta.k8s.io/v1",
            "metadata": meta,
            "columnDefinitions": [],
            "rows": [],
        }
    return b'{"type":"BOOKMARK","object":' + shown.dumped(item) + b"}\n"
