"""SIGKILL at random instants under load: nothing acknowledged is lost, and nothing is said twice."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest

from sovereign.sandbox.server import running
from tests.end_to_end.killing import Bot, killed_at_random
from tests.end_to_end.world import World


async def run(tmp_path: Path, *, kills: int, facts: int, pause: float, seed: int, seconds: float) -> None:
    async with running(tmp_path / "sandbox") as sandbox, aiohttp.ClientSession() as http:
        world, bot = World(sandbox=sandbox, gateway="", http=http), Bot(data=tmp_path, sandbox=sandbox)
        try:
            found, sender = await killed_at_random(
                world, bot, kills=kills, facts=facts, pause=pause, seed=seed, seconds=seconds
            )
            assert len(sender.acknowledged) == facts
            assert [name for name in sender.acknowledged if found[name] == 0] == [], "acknowledged and lost"
            assert {name: times for name, times in found.items() if times > 1} == {}, "said twice"
            assert await bot.stop() < 10
        finally:
            await bot.kill()


@pytest.mark.timeout(240)
async def test_three_kills_lose_nothing_and_repeat_nothing(tmp_path: Path) -> None:
    await run(tmp_path, kills=3, facts=60, pause=0.08, seed=7, seconds=60)


@pytest.mark.soak
@pytest.mark.timeout(1200)
async def test_a_hundred_kills_lose_nothing_and_repeat_nothing(tmp_path: Path) -> None:
    await run(tmp_path, kills=100, facts=1000, pause=0.15, seed=11, seconds=300)
