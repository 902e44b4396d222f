"""A backup taken while messages wait, restored after they were posted: nothing twice, nothing missing."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import aiohttp
import pytest
import structlog
from typer.testing import CliRunner

from sovereign.cli.main import app
from sovereign.core import clock
from sovereign.sandbox.server import running
from sovereign.store.backup import contents
from tests.end_to_end.world import PATIENCE, ROOT, Message, World, bots, product, text

COMMENTS = 7
"""Enough lines in one thread for some of them to go together in one message."""


async def say(it: World, name: str) -> None:
    body = json.dumps({"title": name, "service": "shop"}).encode()
    assert await it.send("generic", body, {"x-delivery-id": name}) == 202


async def comment(it: World, name: str) -> None:
    sender = {"login": "ada"}
    issue = {"number": 42, "title": "t", "pull_request": {"url": "u"}, "user": sender}
    said = {"body": name, "user": sender, "html_url": f"https://github.com/acme/shop/{name}"}
    body = {"repository": {"full_name": "acme/shop"}, "sender": sender, "action": "created", "issue": issue}
    headers = {"x-github-delivery": name, "x-github-event": "issue_comment"}
    assert await it.send("github", json.dumps(body | {"comment": said}).encode(), headers) == 202


async def said(it: World) -> Counter[str]:
    """How often each of our words stands in the guild."""
    heads = await it.messages("prs")
    places = ["cluster-status", *(head["id"] for head in heads)]
    found = [text(message) for place in places for message in bots(await it.messages(place))]
    words = " ".join(found).replace("\\", "").replace("\n", " ").split()
    return Counter(word for word in words if word.startswith("word-"))


async def everything_said(it: World, expected: set[str]) -> Counter[str]:
    deadline = clock.monotonic() + PATIENCE
    while clock.monotonic() < deadline:
        if set(await said(it)) >= expected:
            break
        await asyncio.sleep(0.1)
    await it.told()
    return await said(it)


async def command(*arguments: str | Path) -> str:
    """A command as in a process of its own, beside the running product."""
    result = await asyncio.to_thread(partial(CliRunner().invoke, app, [*map(str, arguments)]))
    structlog.reset_defaults()  # a command sets the log up for its process, which here has other tests
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


def ours(found: Sequence[Message]) -> list[Message]:
    return [head for head in bots(found) if "PR #42" in text(head)]


async def until_worked_off(data: Path, waiting: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            found = await asyncio.to_thread(contents, data / "sovereign.db")
            if found.unread == 0 and found.waiting >= waiting:
                return
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("forgotten", [False, True], ids=["within minutes", "later"])
async def test_a_restore_repeats_nothing_loses_nothing_and_goes_on(
    tmp_path: Path, *, forgotten: bool
) -> None:
    """`forgotten`: Discord no longer knows the nonces of what was posted."""
    early = {f"word-early-{n}" for n in range(2)}
    lines = [f"word-line-{n}" for n in range(COMMENTS)]
    late = {"word-late"}
    copy = tmp_path / "b.db"
    async with running(tmp_path / "sandbox") as sandbox, aiohttp.ClientSession() as http:
        it = World(sandbox=sandbox, gateway="", http=http)
        async with product(tmp_path, sandbox) as bot:
            await bot.bot.usable.wait()
            it.gateway, it.bot = f"http://127.0.0.1:{bot.port}", bot
            await it.sample("github", "pull_request.opened")
            await it.until("prs", ours)
            await it.fault(kind="down", seconds=60)
            for name in sorted(early):
                await say(it, name)
            for name in lines[:-1]:
                await comment(it, name)
            await until_worked_off(tmp_path, len(early) + len(lines) - 1)
            await command("backup", copy, "--data", tmp_path)
            await comment(it, lines[-1])
            await say(it, "word-late")
            await it.fault(kind="clear")
            assert set((await everything_said(it, {*early, *lines, *late})).values()) == {1}
        told = await command("restore", copy, "--data", tmp_path, "--config", ROOT / "discovery.yml", "--yes")
        assert "are gone from the database" in told
        if forgotten:
            await it.fault(kind="nonces")
        async with product(tmp_path, sandbox) as bot:
            it.gateway, it.bot = f"http://127.0.0.1:{bot.port}", bot
            await comment(it, "word-after")  # these two take the numbers of the two that are gone
            await say(it, "word-new")
            found = await everything_said(it, {*early, *lines, *late, "word-new", "word-after"})
            assert {word: times for word, times in found.items() if times != 1} == {}
            assert set(found) == {*early, *lines, *late, "word-new", "word-after"}
            assert len(ours(await it.messages("prs"))) == 1
        assert (await asyncio.to_thread(contents, tmp_path / "sovereign.db")).waiting == 0
