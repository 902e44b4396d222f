"""The long runs: `make soak`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.end_to_end.test_weather import in_order, say
from tests.end_to_end.world import bots, world

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1200)]


async def test_an_outage_of_two_minutes_loses_nothing_and_repeats_nothing(tmp_path: Path) -> None:
    async with world(tmp_path) as it:
        await say(it, 0)
        await it.until("cluster-status", bots)
        await it.fault(kind="down", seconds=120)
        for number in range(1, 25):
            await say(it, number)
            await asyncio.sleep(5)
        await in_order(it, 25, seconds=120)
