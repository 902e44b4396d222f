"""From a webhook sent to the message visible in the embedded Discord, at a steady rate over forty threads."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from bench import _bodies as bodies
from bench import _processes as processes
from bench._report import Numbers, arguments, say, tell

MARK = "fact-"
PATIENCE = 90.0
"""Seconds that the last message may take."""


class Onlooker:
    """A member who sees every message as it comes: when each fact was first seen, by its number."""

    def __init__(self, http: aiohttp.ClientSession, discord: str) -> None:
        self._http, self._discord = http, discord
        self.seen: dict[int, float] = {}

    async def watch(self) -> None:
        stream = f"{self._discord}/sandbox/stream?as=ada"
        async with self._http.get(stream, timeout=aiohttp.ClientTimeout()) as answer:
            async for line in answer.content:
                now, words = time.perf_counter(), line.decode()
                for found in words.split(MARK)[1:]:
                    self.seen.setdefault(int(found[:6]), now)

    async def has_seen(self, numbers: range) -> None:
        """Wait for all of them. Raises SystemExit when they do not come."""
        deadline = time.monotonic() + PATIENCE
        while missing := len(numbers) - len(self.seen.keys() & set(numbers)):
            if time.monotonic() > deadline:
                raise SystemExit(f"{missing} messages did not come within {PATIENCE:.0f} s")
            await asyncio.sleep(0.02)


@asynccontextmanager
async def _watching(http: aiohttp.ClientSession, discord: str) -> AsyncIterator[Onlooker]:
    onlooker = Onlooker(http, discord)
    watching = asyncio.ensure_future(onlooker.watch())
    try:
        yield onlooker
    finally:
        watching.cancel()


async def measure(events: int, per_second: float, threads: int) -> Numbers:
    async with (
        processes.folder() as place,
        processes.discord() as discord,
        processes.product(discord, place / "data") as product,
        aiohttp.ClientSession() as http,
        _watching(http, discord) as onlooker,
    ):
        say("the threads are being opened; Discord takes a message a second for each channel")
        for number in range(threads):
            await _send(http, product.gateway, number, threads)
        await onlooker.has_seen(range(threads))
        sent: dict[int, float] = {}
        began = time.perf_counter()
        for number in range(threads, threads + events):
            await asyncio.sleep(max(0.0, began + (number - threads) / per_second - time.perf_counter()))
            sent[number] = time.perf_counter()
            await _send(http, product.gateway, number, threads)
        await onlooker.has_seen(range(threads, threads + events))
    waits = [(onlooker.seen[number] - moment) * 1000 for number, moment in sent.items()]
    return {
        "p50_ms": round(statistics.median(waits), 1),
        "p95_ms": round(statistics.quantiles(waits, n=20)[18], 1),
        "events": events,
        "per_second": per_second,
        "threads": threads,
    }


async def _send(http: aiohttp.ClientSession, gateway: str, number: int, threads: int) -> None:
    body = bodies.comment(number, words=f"{MARK}{number:06}", threads=threads)
    headers = bodies.headers(body, f"delivery-{number}")
    async with http.post(f"{gateway}/git", data=body, headers=headers) as answer:
        if answer.status != 202:
            raise SystemExit(f"delivery {number} was answered {answer.status}")


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--events", type=int, default=600, help="how many to send")
    parser.add_argument("--rate", type=float, default=10, help="how many a second")
    parser.add_argument("--threads", type=int, default=bodies.THREADS, help="over how many threads")
    given = parser.parse_args()
    tell("latency", asyncio.run(measure(given.events, given.rate, given.threads)), as_json=given.json)


if __name__ == "__main__":
    main()
