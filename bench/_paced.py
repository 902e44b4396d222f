"""Sends each delivery at its own time, whatever the answers: an open loop, in a process of its own.

All are made and signed before the first is sent, so that the loader needs little of the machine that it
shares with what it measures. A benchmark names itself and what it wants sent; its `deliveries` yields them in
the order of their times.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import statistics
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from bench._processes import ROOT

PATIENCE = 30.0
"""Seconds that an answer may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A delivery that is due so many seconds after the beginning."""

    due: float
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Paced:
    """What came of it. Times count from when a delivery was due, so that one that had to wait for its turn
    counts as late; `began` is on the clock that all processes share (`time.monotonic`)."""

    began: float
    sent: int
    errors: int
    seconds: float
    p50_ms: float
    p99_ms: float
    longest_ms: float
    behind_ms: float


async def paced(benchmark: str, base: str, wish: Mapping[str, object]) -> Paced:
    """Let a process of its own send what `bench.<benchmark>.deliveries(**wish)` yields."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench._paced", benchmark, base, json.dumps(wish),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    told, _ = await process.communicate()
    if process.returncode:
        raise SystemExit(f"the loader ended with status {process.returncode}")
    return Paced(**json.loads(told.splitlines()[-1]))


class _Line(asyncio.Protocol):
    """A connection with one request under way. A client library would take half of a core for this."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[int] | None = None
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, problem: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError("the connection was closed"))

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, found, body = self._got.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if found and len(body) >= int(length or 0) and self._answer is not None and not self._answer.done():
            self._answer.set_result(int(head[9:12]))

    async def ask(self, request: bytes) -> int:
        """The status of the answer."""
        assert self._transport is not None
        self._got, self._answer = b"", asyncio.get_running_loop().create_future()
        self._transport.write(request)
        async with asyncio.timeout(PATIENCE):
            return await self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class _Lines:
    """As many connections as answers are late."""

    def __init__(self, base: str) -> None:
        place = urlsplit(base)
        self._host, self._port, self._idle = place.hostname or "", place.port or 80, list[_Line]()

    async def send(self, request: bytes) -> int:
        line = self._idle.pop() if self._idle else await self._open()
        try:
            status = await line.ask(request)
        except BaseException:
            line.close()
            raise
        self._idle.append(line)
        return status

    def close(self) -> None:
        for line in self._idle:
            line.close()

    async def _open(self) -> _Line:
        _, line = await asyncio.get_running_loop().create_connection(_Line, self._host, self._port)
        return line

    def request(self, shot: Shot) -> bytes:
        lines = [f"POST {shot.path} HTTP/1.1", f"host: {self._host}:{self._port}"]
        lines += [f"{name}: {value}" for name, value in shot.headers.items()]
        return "\r\n".join([*lines, f"content-length: {len(shot.body)}", "", ""]).encode() + shot.body


async def _send(base: str, shots: Iterator[Shot]) -> Paced:
    times: list[float] = []
    behind: list[float] = []
    errors = 0
    lines = _Lines(base)
    ready = [(shot.due, lines.request(shot)) for shot in shots]
    gc.freeze()
    began = time.monotonic()

    async def send(due: float, request: bytes) -> None:
        nonlocal errors
        try:
            status = await lines.send(request)
            errors += status not in (200, 202)  # added once it is there: others count meanwhile
        except (OSError, TimeoutError):
            errors += 1
        times.append((time.monotonic() - began - due) * 1000)

    async with asyncio.TaskGroup() as group:
        for due, request in ready:
            pause = began + due - time.monotonic()
            await asyncio.sleep(max(0.0, pause))
            behind.append(max(0.0, -pause * 1000))
            group.create_task(send(due, request))
    lines.close()
    return Paced(
        began=began,
        sent=len(times),
        errors=errors,
        seconds=time.monotonic() - began,
        p50_ms=statistics.median(times),
        p99_ms=statistics.quantiles(times, n=100)[98],
        longest_ms=max(times),
        behind_ms=statistics.quantiles(behind, n=100)[98],
    )


if __name__ == "__main__":
    benchmark, base, wish = sys.argv[1:]
    shots = importlib.import_module(f"bench.{benchmark}").deliveries(**json.loads(wish))
    print(json.dumps(asdict(asyncio.run(_send(base, shots)))))
