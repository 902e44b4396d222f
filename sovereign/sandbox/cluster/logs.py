"""What containers write: the same for each pod and image, growing with time, telling why one failed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sovereign.core.ids import digest
from sovereign.sandbox.cluster.images import Fate, Reference
from sovereign.sandbox.cluster.objects import Object, moment_of, name_of

EVERY = 1.4
"""Seconds between two lines of a service at work, on average."""
MOST = 20_000
"""Lines that a node keeps of one container; older ones are rotated away."""
_PATHS = (
    "/",
    "/healthz",
    "/api/items",
    "/api/items/42",
    "/api/cart",
    "/api/orders",
    "/api/search?q=lamp",
    "/metrics",
)
_CODES = (200, 200, 200, 200, 200, 201, 204, 304, 404)


@dataclass(frozen=True, slots=True)
class Line:
    at: datetime
    text: str

    def shown(self, *, stamped: bool) -> str:
        if not stamped:
            return self.text + "\n"
        return f"{self.at.strftime('%Y-%m-%dT%H:%M:%S.%f')}000Z {self.text}\n"


@dataclass(frozen=True, slots=True)
class Run:
    """One life of a container. `ended` is None while it runs."""

    pod: str
    container: str
    image: str
    fate: Fate
    number: int
    began: datetime
    ended: datetime | None

    def lines(
        self, until: datetime, *, since: datetime | None = None, tail: int | None = None
    ) -> Iterator[Line]:
        """What it wrote from one moment to another, oldest first; at least the last `tail` lines of it."""
        end = min(until, self.ended) if self.ended else until
        for line in self._opening():
            if (since is None or line.at >= since) and line.at <= end:
                yield line
        if self.fate in (Fate.CRASH, Fate.OOM):
            for line in self._closing(self.ended or end):
                if self.ended and (since is None or line.at >= since):
                    yield line
            return
        yield from self._working(end, since, MOST if tail is None else tail)

    def _opening(self) -> Iterator[Line]:
        image = Reference.parse(self.image)
        version = image.tag or image.digest[:19]
        yield self._line(0.01, f"INFO  starting {self.container} version={version} pod={self.pod}")
        yield self._line(0.12, "INFO  configuration loaded from /etc/app/config.yml")
        if self.fate not in (Fate.CRASH, Fate.OOM):
            yield self._line(0.31, "INFO  connected to postgres at postgres:5432, 8 connections")
            yield self._line(0.38, "INFO  listening on :8080")

    def _closing(self, end: datetime) -> Iterator[Line]:
        """Its last words."""
        told = (
            ("WARN  heap is at 94 % of the limit", "ERROR cannot allocate 67108864 bytes for the item cache")
            if self.fate is Fate.OOM
            else (
                "ERROR Traceback (most recent call last):",
                'ERROR   File "/app/main.py", line 12, in <module>',
                "ERROR RuntimeError: DATABASE_URL is not set",
            )
        )
        for index, text in enumerate(told):
            yield Line(end - timedelta(milliseconds=10 * (len(told) - index)), text)

    def _working(self, end: datetime, since: datetime | None, most: int) -> Iterator[Line]:
        first = self.began + timedelta(seconds=0.6)
        count = max(0, int((end - first).total_seconds() / EVERY) + 1)
        start = max(0, count - min(most, MOST) - 2)
        if since is not None:
            start = max(start, int((since - first).total_seconds() / EVERY) - 1)
        for index in range(start, count):
            line = self._request(first, index)
            if line.at <= end and (since is None or line.at >= since):
                yield line

    def _request(self, first: datetime, index: int) -> Line:
        seed = int(digest(self.pod, self.container, str(self.number), str(index))[:12], 16)
        at = first + timedelta(seconds=index * EVERY + (seed % 1000) / 1000 * EVERY * 0.9)
        if self.fate is Fate.UNREADY:
            return Line(at, "WARN  GET /readyz 503 1ms: waiting for the migration of the database to finish")
        path, code = _PATHS[seed % len(_PATHS)], _CODES[seed // 11 % len(_CODES)]
        took = 2 + seed // 101 % 90 + (400 if seed % 97 == 0 else 0)
        if seed % 211 == 0:
            return Line(at, f"ERROR GET {path} 500 {took}ms: upstream timed out trace={seed:012x}")
        level = "WARN " if took > 400 else "INFO "
        return Line(at, f"{level} GET {path} {code} {took}ms trace={seed:012x}")

    def _line(self, seconds: float, text: str) -> Line:
        return Line(self.began + timedelta(seconds=seconds), text)


def current(pod: Object, container: Object, status: Object, fate: Fate) -> Run | None:
    """The life that a container leads, or led last; None when it has not begun."""
    state, last = status.get("state") or {}, (status.get("lastState") or {}).get("terminated")
    running = state.get("running")
    if running:
        return _run(pod, container, status, fate, running.get("startedAt"), None)
    return _run(pod, container, status, fate, last["startedAt"], last["finishedAt"]) if last else None


def previous(pod: Object, container: Object, status: Object, fate: Fate) -> Run | None:
    """The life before; None when there was none."""
    last = (status.get("lastState") or {}).get("terminated")
    return _run(pod, container, status, fate, last["startedAt"], last["finishedAt"]) if last else None


def _run(pod: Object, container: Object, status: Object, fate: Fate, began: object, ended: object) -> Run:
    return Run(
        pod=name_of(pod), container=container["name"], image=str(status.get("image") or container["image"]),
        fate=fate, number=int(status.get("restartCount") or 0),
        began=moment_of(began) or datetime(1970, 1, 1, tzinfo=UTC), ended=moment_of(ended),
    )  # fmt: skip
