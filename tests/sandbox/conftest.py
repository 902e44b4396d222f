"""A sandbox on a free port, a person's hand on its driver, and the real discord.py client pointed at it."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, NoReturn

import aiohttp
import discord
import pytest
import yarl
from discord import app_commands

from sovereign.sandbox.guild import CHANNELS, GUILD_ID
from sovereign.sandbox.server import Running, SandboxOptions, running
from tests.sandbox import heartbeats
from tests.sandbox.chromium import Browser, connected, executable, launched

WITHIN = 20.0
"""Seconds in which something expected must have happened: a busy machine is no fault of the sandbox."""


def lacking(reason: str) -> NoReturn:
    """Skips a test for want of something; fails it where SOVEREIGN_NO_SKIPS=1 says that all must run."""
    if os.environ.get("SOVEREIGN_NO_SKIPS") == "1":
        pytest.fail(f"{reason}, and SOVEREIGN_NO_SKIPS=1 lets no test be skipped")
    pytest.skip(reason)


class Person:
    """Plays people, and breaks things, through the driver."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session, self.url = session, url

    async def get(self, path: str, **query: object) -> Any:
        params = {key: str(value) for key, value in query.items()}
        async with self.session.get(f"{self.url}/sandbox/{path}", params=params) as response:
            return await response.json(content_type=None)

    async def post(self, path: str, body: object, status: int = 200) -> Any:
        async with self.session.post(f"{self.url}/sandbox/{path}", json=body) as response:
            answer = await response.json()
            assert response.status == status, answer
            return answer

    async def act(self, who: str, channel: str, do: str, status: int = 200, **more: object) -> Any:
        return await self.post("act", {"as": who, "channel": channel, "do": do, **more}, status)

    async def messages(self, channel: str | int, who: str = "ada", **more: object) -> Any:
        return await self.get("messages", channel=channel, **{"as": who}, **more)

    async def fault(self, **fault: object) -> Any:
        return await self.post("fault", fault)

    async def traffic(self) -> list[dict[str, Any]]:
        async with self.session.get(f"{self.url}/sandbox/traffic") as response:
            text = await response.text()
        return [json.loads(line) for line in text.splitlines()]

    async def rest(
        self, method: str, path: str, body: object = None, token: str = "sandbox"
    ) -> tuple[int, Any, Any]:
        """A raw REST call: status, body, headers."""
        headers = {"Authorization": f"Bot {token}"}
        url = yarl.URL(f"{self.url}/api/v10{path}", encoded="%" in path)
        async with self.session.request(method, url, json=body, headers=headers) as response:
            answer = await response.json() if response.content_type == "application/json" else None
            return response.status, answer, response.headers


class Bot(discord.Client):
    """A client that remembers what happened to it and has commands to answer with."""

    def __init__(self, intents: discord.Intents) -> None:
        super().__init__(intents=intents, guild_ready_timeout=0.05)
        self.tree = app_commands.CommandTree(self)
        self.heard: list[str] = []
        self.is_up = asyncio.Event()

    @property
    def hub(self) -> discord.Guild:
        guild = self.get_guild(GUILD_ID)
        assert guild is not None
        return guild

    def text(self, name: str) -> discord.TextChannel:
        channel = self.get_channel(CHANNELS[name])
        assert isinstance(channel, discord.TextChannel)
        return channel

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Log in again at once, where the library would wait for five seconds."""

    async def on_ready(self) -> None:
        self.heard.append("ready")
        self.is_up.set()

    async def on_resumed(self) -> None:
        self.heard.append("resumed")


BotMaker = Callable[..., AbstractAsyncContextManager[Bot]]


async def until(
    condition: Callable[[], Awaitable[object]] | Callable[[], object], within: float = WITHIN
) -> Any:
    """Poll until it is true, and give back what it gave."""
    async with asyncio.timeout(within):
        while True:
            found = condition()
            if isinstance(found, Awaitable):
                found = await found
            if found:
                return found
            await asyncio.sleep(0.01)


@pytest.fixture
def options() -> SandboxOptions:
    return SandboxOptions()


@pytest.fixture
async def sandbox(tmp_path: Path, options: SandboxOptions) -> AsyncIterator[Running]:
    async with running(tmp_path, options=options) as server:
        yield server


@pytest.fixture
async def person(sandbox: Running) -> AsyncIterator[Person]:
    async with aiohttp.ClientSession() as session:
        yield Person(session, sandbox.url)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the one browser that all page tests share."""
    if executable() is None:
        lacking("no Chromium is installed")
    with launched(tmp_path_factory.mktemp("chromium")) as address:
        yield address


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with connected(chromium) as browser:
        yield browser


@pytest.fixture
def redirected(sandbox: Running) -> Iterator[None]:
    with redirect(sandbox):
        yield


@contextmanager
def redirect(server: Running) -> Iterator[None]:
    """Points discord.py at a sandbox for the length of a block."""
    before = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    discord.http.Route.BASE = server.api
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(server.gateway)
    try:
        yield
    finally:
        discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = before


@asynccontextmanager
async def logged_in(
    *, intents: discord.Intents | None = None, prepare: Callable[[Bot], None] | None = None
) -> AsyncIterator[Bot]:
    """A bot that is ready, its commands registered for the guild."""
    bot = Bot(intents or discord.Intents.all())
    if prepare is not None:
        prepare(bot)
    task = asyncio.create_task(bot.start("sandbox"))
    try:
        ready = asyncio.create_task(bot.is_up.wait())
        done, _ = await asyncio.wait({task, ready}, timeout=WITHIN, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        assert ready in done, task.exception() if task.done() else "not ready in time"
        if prepare is not None:
            bot.tree.copy_global_to(guild=bot.hub)
            await bot.tree.sync(guild=bot.hub)
        yield bot
    finally:
        await bot.close()
        await asyncio.wait_for(asyncio.gather(task, return_exceptions=True), WITHIN)
        await heartbeats.stopped()


@pytest.fixture
def bot(redirected: None) -> BotMaker:
    return logged_in
