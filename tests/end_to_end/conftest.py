from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sovereign.app import process
from tests.end_to_end.world import World, world


@pytest.fixture
async def everything(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as it:
        yield it


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """The product stops with what it has yet to say: a channel takes five messages in five seconds."""
    monkeypatch.setattr(process, "FLUSH", 0.0)
