"""The long runs, and the numbers that they print: `make soak`."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from sovereign.core import clock
from sovereign.integrations._source import Inbound, all_sources
from sovereign.sandbox.server import SandboxOptions, running
from sovereign.store import outbox
from tests.end_to_end.killing import Bot
from tests.end_to_end.test_weather import in_order, say
from tests.end_to_end.world import World, bots, world
from tests.services.conftest import works_over

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1200)]


def report(name: str, **numbers: float | str) -> None:
    """One line that `make soak` shows."""
    sys.stdout.write(f"\n{name}: {', '.join(f'{key} {value}' for key, value in numbers.items())}\n")


@asynccontextmanager
async def apart(folder: Path) -> AsyncIterator[tuple[World, Bot]]:
    """The sandbox here, the product in a process of its own, as it really runs."""
    async with running(folder / "sandbox") as sandbox, aiohttp.ClientSession() as http:
        bot = Bot(data=folder, sandbox=sandbox)
        await bot.start()
        try:
            it = World(sandbox=sandbox, gateway=bot.gateway, http=http)
            await ready(it)
            yield it, bot
        finally:
            await bot.kill()


async def ready(it: World) -> None:
    for _ in range(400):
        async with it.http.get(f"{it.gateway}/readyz") as answer:
            if answer.status == 200:
                return
        await asyncio.sleep(0.025)
    raise AssertionError("never ready")


def signed(number: int, size: int) -> tuple[bytes, dict[str, str]]:
    """A comment on one of forty pull requests, in a body of about `size` bytes."""
    sender = {"login": "ada"}
    body = {
        "action": "created",
        "repository": {"full_name": "acme/shop"},
        "sender": sender,
        "issue": {"number": number % 40 + 1, "title": "t", "pull_request": {"url": "u"}, "user": sender},
        "comment": {"body": f"fact-{number:05}", "user": sender, "padding": "x" * size},
    }
    raw = json.dumps(body).encode()
    headers = {
        "content-type": "application/json",
        "x-github-event": "issue_comment",
        "x-github-delivery": f"n{number}",
    }
    inbound = Inbound(headers=headers, body=raw, url="", received_at=clock.now())
    return raw, headers | dict(all_sources()["github"].scheme.sign(inbound, "sandbox"))


async def test_an_outage_of_two_minutes_loses_nothing_and_repeats_nothing(tmp_path: Path) -> None:
    async with world(tmp_path) as it:
        await say(it, 0)
        await it.until("cluster-status", bots)
        await it.fault(kind="down", seconds=120)
        for number in range(1, 25):
            await say(it, number)
            await asyncio.sleep(5)
        await in_order(it, 25, seconds=120)


async def test_deliveries_accepted_per_second_with_everything_on(tmp_path: Path) -> None:
    count, at_once = 6000, 64
    async with apart(tmp_path) as (it, _):
        ready_made = [signed(number, 1500) for number in range(count)]
        times: list[float] = []
        waiting = iter(ready_made)

        async def sender() -> None:
            for raw, headers in waiting:
                began = time.perf_counter()
                async with it.http.post(f"{it.gateway}/git", data=raw, headers=headers) as answer:
                    assert answer.status == 202
                times.append(time.perf_counter() - began)

        began = time.perf_counter()
        await asyncio.gather(*(sender() for _ in range(at_once)))
        seconds = time.perf_counter() - began
    p99 = statistics.quantiles(times, n=100)[98]
    report("accepted", per_second=round(count / seconds), p99_ms=round(p99 * 1000), connections=at_once)


async def test_events_to_committed_outbox_rows_per_second(tmp_path: Path) -> None:
    count = 5000
    from sovereign.store.database import opened

    async with opened(tmp_path / "s.db") as database:
        works = works_over(database, "event_gateway: {limits: {source: 0, channel: 0}}")
        for start in range(0, count, 100):
            batch = [signed(number, 500) for number in range(start, start + 100)]
            await asyncio.gather(*(works.gateway.accept("/git", headers, raw, "") for raw, headers in batch))
        began = time.perf_counter()
        await works.pipeline.drain()
        seconds = time.perf_counter() - began
        (rows, _) = await database.read(outbox.backlog)
    report("pipeline", events_per_second=round(count / seconds), outbox_rows=rows)
    assert rows >= count
    assert count / seconds >= 2000


async def test_webhook_sent_to_message_visible_at_ten_events_a_second(tmp_path: Path) -> None:
    threads, count = 40, 600
    async with apart(tmp_path) as (it, _):
        for number in range(threads):
            raw, headers = signed(100_000 + number, 10)
            async with it.http.post(f"{it.gateway}/git", data=raw, headers=headers) as answer:
                assert answer.status == 202
        heads = await it.until("prs", lambda found: len(bots(found)) >= threads, seconds=90)
        assert heads
        sent: dict[str, float] = {}
        seen: dict[str, float] = {}

        async def watch() -> None:
            async with it.http.get(
                f"{it.sandbox.url}/sandbox/stream?as=ada", timeout=aiohttp.ClientTimeout()
            ) as stream:
                async for line in stream.content:
                    if line.startswith(b"data:") and b"fact-" in line:
                        name = line.decode().partition("fact-")[2][:5]
                        seen.setdefault(name, time.perf_counter())

        watching = asyncio.ensure_future(watch())
        for number in range(count):
            raw, headers = signed(number, 500)
            sent[f"{number:05}"] = time.perf_counter()
            async with it.http.post(f"{it.gateway}/git", data=raw, headers=headers) as answer:
                assert answer.status == 202
            await asyncio.sleep(0.1)
        for _ in range(200):
            if len(seen.keys() & sent.keys()) == count:
                break
            await asyncio.sleep(0.05)
        watching.cancel()
    waits = [seen[name] - moment for name, moment in sent.items()]
    p95 = statistics.quantiles(waits, n=20)[18]
    report(
        "visible", p50_ms=round(statistics.median(waits) * 1000), p95_ms=round(p95 * 1000), threads=threads
    )
    assert p95 <= 0.5


async def test_start_to_ready_and_idle_memory(tmp_path: Path) -> None:
    async with (
        running(tmp_path / "sandbox", options=SandboxOptions()) as sandbox,
        aiohttp.ClientSession() as http,
    ):
        seconds, memory = [], 0.0
        for _ in range(3):
            bot = Bot(data=tmp_path, sandbox=sandbox)
            began = time.perf_counter()
            await bot.start()
            await ready(World(sandbox=sandbox, gateway=bot.gateway, http=http))
            seconds.append(time.perf_counter() - began)
            await asyncio.sleep(2)
            assert bot.process is not None
            memory = resident(bot.process.pid)
            await bot.stop()
    report("start", ready_seconds=round(statistics.median(seconds), 2), idle_mb=round(memory))
    assert statistics.median(seconds) <= 2.0
    assert memory <= 130


def resident(pid: int) -> float:
    """MB of memory that the process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
