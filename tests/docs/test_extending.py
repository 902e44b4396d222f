"""docs/extending.md is followed to the letter in a copy of the checkout, and what it promises is there."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sovereign.sandbox.server import Running as Sandbox
from tests.docs.walk import Walk, blocks, changed
from tests.end_to_end.world import ROOT, World, text

PAGE = ROOT / "docs/extending.md"
COPIED = ("sovereign", "tests", "docs", "pyproject.toml", "discovery.yml", ".importlinter")
LEFT_OUT = shutil.ignore_patterns("node_modules", "sandbox.png")


@pytest.fixture
async def walk(tmp_path: Path) -> AsyncIterator[Walk]:
    """In a copy of the checkout, with the installed tools and the copy's own code."""
    root = tmp_path / "checkout"
    root.mkdir()
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name, ignore=LEFT_OUT)
        else:
            shutil.copy(ROOT / name, root / name)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    it = Walk(
        root=root,
        environment={
            **environment,
            "PYTHONPATH": str(root),
            "SOVEREIGN_PORT": "0",
        },
    )
    yield it
    await it.stop()


@pytest.mark.timeout(300)
async def test_the_walks_lead_where_they_say(walk: Walk) -> None:
    for block in blocks(PAGE.read_text(encoding="utf-8")):
        await walk.follow(block)
        if channel := block.named.get("channel"):
            await seen(walk, channel, block.text)
    await answered(walk)
    files = " ".join(str(path.relative_to(walk.root)) for path in walk.written if path.suffix == ".py")
    await walk.run(f"ruff check {files}\nruff format --check {files}")


async def seen(walk: Walk, channel: str, words: str) -> None:
    """Each line stands in the newest message of the channel."""
    wanted = words.splitlines()
    async with aiohttp.ClientSession() as http:
        await looking_at(walk, http).until(
            channel, lambda found: found and all(line in text(found[-1]) for line in wanted)
        )


async def answered(walk: Walk) -> None:
    """The bot of the copy, as the page left it running, knows the command."""
    async with aiohttp.ClientSession() as http:
        it = looking_at(walk, http)
        words = await answer_to(it, "ada")
        assert "What Ada may do" in words
        assert "**Everywhere** · `all`" in words
        assert "needs the role Owner" in await answer_to(it, "kit")


async def answer_to(it: World, member: str) -> str:
    """What `/access member:ada` answers, once the bot has arrived and told its commands."""
    answer: Any = None
    for _ in range(300):
        answer = await it.act(member, "dev-feed", "command", command="access", options={"member": "ada"})
        if "messages" in answer:
            return text(answer["messages"][0])
        await asyncio.sleep(0.1)
    raise AssertionError(answer)


def looking_at(walk: Walk, http: aiohttp.ClientSession) -> World:
    """The sandbox that the page told to start, by the address that it said."""
    page = re.search(r"http://(?P<host>[\d.]+):(?P<port>\d+)/$", walk.said, re.MULTILINE)
    assert page, walk.said
    return World(sandbox=Sandbox(host=page["host"], port=int(page["port"])), gateway="", http=http)


def test_a_change_that_fits_nowhere_or_twice_is_a_fault_of_the_page() -> None:
    assert changed("a\nb\nc\n", " a\n+x\n-b\n") == "a\nx\nc\n"
    for text_of_file in ("a\nc\n", "a\nb\na\nb\n"):
        with pytest.raises(AssertionError, match="places look like this"):
            changed(text_of_file, " a\n-b\n")
