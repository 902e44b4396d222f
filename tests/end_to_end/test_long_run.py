"""An hour of ordinary and bad days: memory stays flat, and no task, descriptor or row is left behind."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from sovereign.core import clock
from sovereign.sandbox.server import running
from sovereign.store.sqlite import driver
from tests.end_to_end.killing import Bot
from tests.end_to_end.world import World, bots, unlimited

MINUTES = float(os.environ.get("SOVEREIGN_SOAK_MINUTES", "60"))
FILLING = 3000
"""Deliveries of some 8 KB that come before the clock runs."""
OUTAGE = 20
"""Seconds for which Discord is down now and then."""
GROWTH = 1.1
"""How much more memory the last fifth of the run may hold than the second."""

pytestmark = [pytest.mark.soak, pytest.mark.timeout(int(MINUTES * 60) + 600)]

WANTED = {
    "process_resident_memory_bytes": "memory",
    "process_open_fds": "descriptors",
    "sovereign_tasks": "tasks",
    "sovereign_outbox_waiting": "outbox",
    "sovereign_pipeline_waiting": "pipeline",
}


@dataclass(slots=True)
class Day:
    """What was done to the product, and what it said of itself each minute."""

    it: World
    config: Path
    sent: int = 0
    pressed: int = 0
    down_until: float = 0.0
    unanswered: list[object] = field(default_factory=list)
    samples: list[dict[str, float]] = field(default_factory=list)

    async def fill(self) -> None:
        """Large bodies, until the store is larger than SQLite's cache, which fills before it stays flat."""
        for first in range(0, FILLING, 50):
            await asyncio.gather(*(self.send(first + number, "x" * 8000) for number in range(1, 51)))

    async def work(self, until: float) -> None:
        """Senders, members and an administrator, until the clock says so."""
        turn = 0
        while clock.monotonic() < until:
            turn += 1
            await self.send(turn)
            if turn % 5 == 0:
                await self.command("alerts list")
                await self.command("help")
            if turn % 60 == 0:
                await self.command("admin reload", what=("alerts", "help", "admin")[turn // 60 % 3])
            if turn % 150 == 0:
                severity = ("medium", "high")[turn // 150 % 2]
                self.config.write_text(unlimited().replace("mention_from: high", f"mention_from: {severity}"))
            if turn % 400 == 0:
                self.down_until = clock.monotonic() + OUTAGE + 20
                await self.it.fault(kind="down", seconds=OUTAGE)
            await asyncio.sleep(0.3)

    async def send(self, turn: int, padding: str = "") -> None:
        number = turn % 40
        body = {
            "action": "created",
            "repository": {"full_name": "acme/shop"},
            "sender": {"login": "ada"},
            "issue": {
                "number": number + 1,
                "title": "t",
                "pull_request": {"url": "u"},
                "user": {"login": "ada"},
            },
            "comment": {"body": f"fact {turn}", "user": {"login": "ada"}, "padding": padding},
        }
        headers = {"x-github-event": "issue_comment", "x-github-delivery": str(uuid.uuid4())}
        assert await self.it.send("github", json.dumps(body).encode(), headers) == 202
        self.sent += 1
        if turn % 10 == 0 and not padding:
            assert await self.it.sample("alertmanager", ("firing", "resolved")[turn // 10 % 2]) == 202
            words = b"{%d" if turn % 100 == 0 else b'{"title": "t%d"}'  # the first cannot be read
            assert await self.it.send("generic", words % turn) == 202
            assert await self.it.send("generic", b"{}", sign=False) == 401
            self.sent += 2  # the unsigned one is not kept

    async def command(self, name: str, **options: object) -> None:
        answer = await self.it.act("ada", "alerts", "command", command=name, options=options)
        self.pressed += 1
        if "messages" not in answer and clock.monotonic() > self.down_until:
            self.unanswered.append(answer)

    async def watch(self, until: float) -> None:
        while clock.monotonic() < until:
            await asyncio.sleep(60 * MINUTES / 60)
            self.samples.append(await self.measure())
            shown = ", ".join(f"{name} {value:.0f}" for name, value in self.samples[-1].items())
            sys.stdout.write(f"\n{len(self.samples):3}: sent {self.sent}, {shown}")
            sys.stdout.flush()

    async def measure(self) -> dict[str, float]:
        async with self.it.http.get(f"{self.it.gateway}/metrics") as answer:
            lines = [line.rpartition(" ") for line in (await answer.text()).splitlines()]
        found = {WANTED[name]: float(value) for name, _, value in lines if name in WANTED}
        return found | {"memory": found["memory"] / 1e6}


async def test_an_hour_leaves_memory_tasks_descriptors_and_rows_as_they_were(tmp_path: Path) -> None:
    config = tmp_path / "discovery.yml"
    config.write_text(unlimited())
    async with running(tmp_path / "sandbox") as sandbox, aiohttp.ClientSession() as http:
        bot = Bot(data=tmp_path, sandbox=sandbox, config=config)
        await bot.start()
        day = Day(it=World(sandbox=sandbox, gateway=bot.gateway, http=http), config=config)
        await day.it.sample("github", "pull_request.opened")
        await day.it.until("prs", bots)
        await day.fill()
        end = clock.monotonic() + MINUTES * 60
        await asyncio.gather(day.work(end), day.watch(end))
        last: dict[str, float] = {}
        for _ in range(300):  # what the last outage held up goes out first
            last = await day.measure()
            if last["outbox"] == 0 and last["pipeline"] == 0:
                break
            await asyncio.sleep(1)
        seconds = await bot.stop()
    check(day.samples, last)
    rows = counted(tmp_path / "sovereign.db")
    assert rows["waiting"] == 0, rows
    assert rows["unread"] == 0, rows
    assert rows["orphans"] == 0, rows
    assert rows["deliveries"] == day.sent + 1
    assert day.unanswered == []
    sys.stdout.write(f"\nrows {rows}, commands {day.pressed}, stopped in {seconds:.1f} s\n")


def check(samples: list[dict[str, float]], last: dict[str, float]) -> None:
    """The second fifth of the run against the last one: caches are full by then."""
    fifth = max(1, len(samples) // 5)
    early, late = samples[fifth : 2 * fifth], samples[-fifth:]
    for name in ("memory", "descriptors", "tasks"):
        before = statistics.median(one[name] for one in early)
        after = statistics.median(one[name] for one in late)
        sys.stdout.write(f"\n{name}: {before:.1f} → {after:.1f}")
        assert after <= max(before * GROWTH, before + 3), f"{name} grew from {before} to {after}"
    assert (last["outbox"], last["pipeline"]) == (0, 0)


def counted(path: Path) -> dict[str, int]:
    """Rows that are left where none should be, and all deliveries."""
    queries = {
        "deliveries": "SELECT COUNT(*) FROM deliveries",
        "unread": "SELECT COUNT(*) FROM deliveries WHERE state = 'received'",
        "waiting": "SELECT COUNT(*) FROM outbox WHERE state = 'waiting'",
        "orphans": "SELECT COUNT(*) FROM outbox_parts WHERE outbox_id NOT IN (SELECT id FROM outbox)",
        "events": "SELECT COUNT(*) FROM events",
        "conversations": "SELECT COUNT(*) FROM conversations",
    }
    connection = driver.connect(str(path))
    try:
        return {name: connection.execute(query).fetchone()[0] for name, query in queries.items()}
    finally:
        connection.close()
