"""The whole product on real sockets: embedded Discord, bot, gateway, and a person who looks on."""

from __future__ import annotations

import asyncio
import io
import json
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from sovereign.app import process
from sovereign.app.folder import DATABASE
from sovereign.config.secrets import SecretSource
from sovereign.core import clock, samples
from sovereign.core.settings import Settings
from sovereign.integrations._source import Inbound, all_sources
from sovereign.sandbox.server import Running as Sandbox
from sovereign.sandbox.server import SandboxOptions, running
from sovereign.store import outbox
from tests.sandbox import heartbeats
from tests.store.prepared import prepared

ROOT = Path(__file__).parents[2]


def unlimited() -> str:
    """The sample configuration, with everything told one by one however much it is."""
    sample = (ROOT / "discovery.yml").read_text(encoding="utf-8")
    return sample.replace("source: 100\n", "source: 0\n").replace("channel: 30\n", "channel: 0\n")


PATHS = {"github": "/git", "alertmanager": "/alert", "generic": "/event"}
PATIENCE = 30.0
"""Seconds for what is expected: a busy machine is no fault of the product."""
STARTER = 21
"""The type of the message that Discord begins a thread with."""
Message = Mapping[str, Any]


@dataclass(slots=True)
class World:
    """`gateway` is the base URL; calls are made as senders and members make them."""

    sandbox: Sandbox
    gateway: str
    http: aiohttp.ClientSession
    bot: process.Running | None = None

    async def send(
        self, source: str, body: bytes, headers: Mapping[str, str] = {}, *, sign: bool = True
    ) -> int:
        """Post a body as its sender would, rightly signed; the answer's status."""
        url = self.gateway + PATHS[source]
        given = {"content-type": "application/json", **headers}
        if sign:
            inbound = Inbound(headers=given, body=body, url=url, received_at=clock.now())
            given |= all_sources()[source].scheme.sign(inbound, "sandbox")
        async with self.http.post(url, data=io.BytesIO(body), headers=given) as answer:
            await answer.read()
            return answer.status

    async def sample(self, source: str, case: str) -> int:
        found = samples.sample(source, case, clock.now())
        number = {"x-github-delivery": str(uuid.uuid4())} if source == "github" else {}
        return await self.send(source, found.body, {**found.headers, **number})

    async def messages(self, channel: str, member: str = "ada", limit: int = 500) -> Sequence[Message]:
        parameters = {"channel": channel, "as": member, "limit": str(limit)}
        async with self.http.get(f"{self.sandbox.url}/sandbox/messages", params=parameters) as answer:
            if answer.status == 404 and channel.isdecimal():
                return []  # a thread that nobody has started yet
            assert answer.status == 200, await answer.text()
            found: list[Message] = await answer.json()
            return found

    async def act(self, member: str, channel: str, do: str, **more: Any) -> Any:
        body = {"as": member, "channel": channel, "do": do, **more}
        async with self.http.post(f"{self.sandbox.url}/sandbox/act", json=body) as answer:
            return await answer.json()

    async def fault(self, **fault: Any) -> None:
        async with self.http.post(f"{self.sandbox.url}/sandbox/fault", json=fault) as answer:
            assert answer.status == 200, await answer.text()

    async def traffic(self) -> list[Mapping[str, Any]]:
        async with self.http.get(f"{self.sandbox.url}/sandbox/traffic") as answer:
            return [json.loads(line) for line in (await answer.text()).splitlines()]

    async def until(
        self, channel: str, enough: Callable[[Sequence[Message]], object], seconds: float = PATIENCE
    ) -> Sequence[Message]:
        """The messages of a channel or thread as soon as they are as wanted."""
        deadline = clock.monotonic() + seconds
        while True:
            found = await self.messages(channel)
            if enough(found):
                return found
            assert clock.monotonic() < deadline, f"not within {seconds} s; #{channel} has {texts(found)}"
            await asyncio.sleep(0.05)

    async def told(self) -> None:
        """Wait until the product has nothing left to say: what is not said twice by now never will be."""
        assert self.bot is not None
        database = self.bot.services.gateway._database
        async with asyncio.timeout(PATIENCE):
            while True:
                waiting, _ = await database.read(outbox.backlog)
                if not waiting:
                    return
                await asyncio.sleep(0.02)

    async def thread(self, head: Message, count: int = 1, seconds: float = PATIENCE) -> Sequence[Message]:
        """What was said in the thread under a head message, once there is that much of the bot's."""
        found = await self.until(head["id"], lambda found: len(bots(said(found))) >= count, seconds)
        return said(found)


def said(found: Sequence[Message]) -> list[Message]:
    """Without what Discord itself puts first into a thread: it has the head's author and no words."""
    return [message for message in found if message["type"] != STARTER]


def bots(found: Sequence[Message]) -> list[Message]:
    return [message for message in found if message["author"].get("bot")]


def text(message: Message) -> str:
    """Everything that a message says, in one text."""
    parts = [message.get("content", "")]
    for embed in message.get("embeds", ()):
        parts += [embed.get("title", ""), embed.get("description", "")]
        parts += [f"{field['name']}: {field['value']}" for field in embed.get("fields", ())]
        parts.append(embed.get("footer", {}).get("text", ""))
    return "\n".join(parts)


def texts(found: Sequence[Message]) -> list[str]:
    return [text(message) for message in found]


def settings(data: Path, sandbox: Sandbox, **changed: Any) -> Settings:
    return Settings(
        data=data,
        port=0,
        sandbox=True,
        discord_api=sandbox.api,
        discord_gateway=sandbox.gateway,
        **changed,
    )


@asynccontextmanager
async def product(
    data: Path,
    sandbox: Sandbox,
    configuration: Path = ROOT / "discovery.yml",
    environment: Mapping[str, str] = {},
) -> AsyncIterator[process.Running]:
    """The bot and the gateway against that sandbox, until left; then it stops as SIGTERM would stop it."""
    if not (data / DATABASE).exists():
        prepared(data / DATABASE)
    stopping, started = asyncio.Event(), asyncio.get_running_loop().create_future()
    secrets = SecretSource(environment=environment, sandbox=True)
    task = asyncio.ensure_future(
        process.run(
            settings(data, sandbox, config=configuration), secrets,
            stopping=stopping, started=started.set_result,
        )
    )  # fmt: skip
    await asyncio.wait([task, started], return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        await task
    try:
        yield started.result()
    finally:
        stopping.set()
        await task
        await heartbeats.stopped()


@asynccontextmanager
async def world(folder: Path, options: SandboxOptions | None = None) -> AsyncIterator[World]:
    """Everything, started; the bot is connected."""
    async with (
        running(folder / "sandbox", options=options or SandboxOptions()) as sandbox,
        product(folder, sandbox) as it,
        aiohttp.ClientSession() as http,
    ):
        async with asyncio.timeout(PATIENCE):
            await it.bot.usable.wait()
        yield World(sandbox=sandbox, gateway=f"http://127.0.0.1:{it.port}", http=http, bot=it)
