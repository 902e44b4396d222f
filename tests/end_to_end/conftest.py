from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.end_to_end.world import World, world


@pytest.fixture
async def everything(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as it:
        yield it
