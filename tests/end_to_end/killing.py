"""A bot in a process of its own that is killed at random instants while senders go on, as senders do."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from sovereign.core import clock
from sovereign.core.lockfile import read_facts
from sovereign.integrations._source import Inbound, all_sources
from sovereign.sandbox.server import Running as Sandbox
from tests.end_to_end.world import PATHS, PATIENCE, ROOT, World, text, unlimited

THREADS = 8
"""Each takes five messages in five seconds: with fewer, half of the time is spent on waiting for that."""


@dataclass(slots=True)
class Bot:
    """The product as `sovereign run` starts it; `gateway` is known once it takes deliveries. Without `config`
    of its own it tells everything one by one."""

    data: Path
    sandbox: Sandbox
    process: asyncio.subprocess.Process | None = None
    gateway: str = ""
    config: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)

    async def start(self) -> None:
        environment = os.environ | {
            "SOVEREIGN_SANDBOX": "true",
            "SOVEREIGN_DISCORD_API": self.sandbox.api,
            "SOVEREIGN_DISCORD_GATEWAY": self.sandbox.gateway,
            "SOVEREIGN_LOG_LEVEL": "error",
            **self.environment,
        }
        config = self.config or self.data / "unlimited.yml"
        if self.config is None:
            config.write_text(unlimited())
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "sovereign", "run", "--port", "0", "--data", str(self.data),
            "--config", str(config),
            cwd=ROOT, env=environment, stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        deadline = clock.monotonic() + 2 * PATIENCE
        while clock.monotonic() < deadline:
            facts = read_facts(self.data / "sovereign.lock")
            if facts.get("pid") == self.process.pid and "gateway" in facts:
                self.gateway = str(facts["gateway"])
                return
            assert self.process.returncode is None, "the bot ended by itself"
            await asyncio.sleep(0.025)
        raise AssertionError("the bot did not start")

    async def kill(self) -> None:
        assert self.process is not None
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()

    async def stop(self) -> float:
        """SIGTERM; the seconds until it had ended."""
        assert self.process is not None
        began = clock.monotonic()
        self.process.terminate()
        await self.process.wait()
        assert self.process.returncode == 0
        return clock.monotonic() - began


@dataclass(slots=True)
class Sender:
    """Sends numbered facts, each again and again until it is acknowledged."""

    bot: Bot
    acknowledged: list[str] = field(default_factory=list)
    attempts: Counter[str] = field(default_factory=Counter)

    async def run(self, count: int, pause: float) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http:
            for number in range(count):
                await self._insist(http, number)
                await asyncio.sleep(pause)

    async def _insist(self, http: aiohttp.ClientSession, number: int) -> None:
        name = f"fact-{number:04}"
        source, body, headers = _fact(number, name)
        inbound = Inbound(headers=headers, body=body, url="", received_at=clock.now())
        signed = {**headers, **all_sources()[source].scheme.sign(inbound, "sandbox")}
        while True:
            self.attempts[name] += 1
            with suppress(aiohttp.ClientError, TimeoutError, OSError):
                async with http.post(self.bot.gateway + PATHS[source], data=body, headers=signed) as answer:
                    if answer.status == 202:
                        self.acknowledged.append(name)
                        return
            await asyncio.sleep(0.05)


def _fact(number: int, name: str) -> tuple[str, bytes, dict[str, str]]:
    """Pull requests first, comments on them then; now and then a message of its own."""
    if number >= THREADS and number % 10 == 9:
        return "generic", json.dumps({"title": name}).encode(), {"x-delivery-id": name}
    request, sender = number % THREADS + 1, {"login": "ada"}
    body: dict[str, Any] = {"repository": {"full_name": "acme/shop"}, "sender": sender}
    if number < THREADS:
        kind = "pull_request"
        head = {"sha": f"{request:040}", "ref": "x"}
        thing = {"number": request, "title": name, "state": "open", "user": sender, "head": head}
        body |= {"action": "opened", "number": request, "pull_request": thing}
    else:
        kind = "issue_comment"
        thing = {"number": request, "title": "t", "pull_request": {"url": "u"}, "user": sender}
        comment = {"body": name, "user": sender, "html_url": f"https://github.com/acme/{number}"}
        body |= {"action": "created", "issue": thing, "comment": comment}
    return "github", json.dumps(body).encode(), {"x-github-delivery": name, "x-github-event": kind}


async def said(world: World) -> Counter[str]:
    """How often each fact stands in the guild."""
    found: Counter[str] = Counter()
    heads = await world.messages("prs")
    for place in ["prs", "cluster-status", *(head["id"] for head in heads if head.get("thread"))]:
        for message in await world.messages(place):
            words = text(message).replace("\\", "")
            found.update({word for word in words.replace("\n", " ").split() if word.startswith("fact-")})
    return found


async def killed_at_random(
    world: World, bot: Bot, *, kills: int, facts: int, pause: float, seed: int, seconds: float = 60
) -> tuple[Counter[str], Sender]:
    """Kill the bot so many times while the facts are sent, then let it finish: what stands in the guild."""
    dice, sender = random.Random(seed), Sender(bot=bot)
    await bot.start()
    sending = asyncio.ensure_future(sender.run(facts, pause))
    for number in range(kills):
        await asyncio.sleep(dice.uniform(0.0, 1.2))
        await bot.kill()
        if number == kills // 2:
            await world.fault(kind="nonces")
        await bot.start()
    await sending
    for _ in range(int(seconds / 0.25)):
        if len(await said(world)) >= facts:
            break
        await asyncio.sleep(0.25)
    await asyncio.sleep(1)  # whatever would be said twice has its chance
    return await said(world), sender
