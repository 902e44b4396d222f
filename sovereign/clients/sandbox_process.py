"""Starts the embedded Discord as a process of its own, or finds the one that is there already."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import structlog

from sovereign.core.errors import SovereignError
from sovereign.core.lockfile import read_facts

log = structlog.get_logger()

LOCK = "sandbox.lock"
"""In the sandbox's data folder; its holder writes `pid`, `url`, and whether a bot's process started it."""
START, STOP = 15.0, 5.0
"""Seconds that the server may take to answer, and to end."""


class NotStarted(SovereignError):
    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.public = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Addresses of a running sandbox: the page, and what discord.py needs."""

    url: str

    @property
    def api(self) -> str:
        return f"{self.url}/api/v10"

    @property
    def gateway(self) -> str:
        return f"{self.url.replace('http', 'ws', 1)}/gateway"


@dataclass(slots=True, kw_only=True)
class Child:
    """The embedded server as our child process; `keep` starts it again, where it was, whenever it ends."""

    data: Path
    config: Path | None
    process: asyncio.subprocess.Process
    place: Place

    async def keep(self) -> None:
        while True:
            status = await self.process.wait()
            log.error("sandbox.ended", status=status)
            port = urlsplit(self.place.url).port or 0
            self.process, self.place = await _start(self.data, port, self.config)

    async def stop(self) -> None:
        if self.process.returncode is None:
            self.process.terminate()
            with suppress(TimeoutError):
                async with asyncio.timeout(STOP):
                    await self.process.wait()
        if self.process.returncode is None:
            self.process.kill()


@asynccontextmanager
async def sandbox(data: Path, port: int, config: Path | None) -> AsyncIterator[tuple[Place, Child | None]]:
    """A sandbox that keeps its state under `data`; the one that somebody runs there on its own is joined.

    One that an earlier bot left behind when it was killed is replaced: its state is in the folder.
    """
    facts = read_facts(data / LOCK)
    if _alive(facts) and not facts.get("managed"):
        yield Place(url=str(facts["url"])), None
        return
    if _alive(facts):
        await _end(int(str(facts["pid"])))
    process, place = await _start(data, port, config)
    child = Child(data=data, config=config, process=process, place=place)
    try:
        yield place, child
    finally:
        await child.stop()


async def _start(data: Path, port: int, config: Path | None) -> tuple[asyncio.subprocess.Process, Place]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sovereign", "sandbox", "--only", "discord", "--managed",
        "--data", str(data.parent), "--port", str(port), *(("--config", str(config)) if config else ()),
        stdin=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        return process, await _answering(process, data)
    except BaseException:
        if process.returncode is None:
            process.kill()
        raise


async def _answering(process: asyncio.subprocess.Process, data: Path) -> Place:
    """Wait until the new process answers; it has said on stderr why if it has ended instead."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
        for _ in range(int(START / 0.05)):
            if process.returncode is not None:
                raise NotStarted("The sandbox did not start; its reason stands above.")
            facts = read_facts(data / LOCK)
            if facts.get("pid") == process.pid and "url" in facts:
                place = Place(url=str(facts["url"]))
                with suppress(aiohttp.ClientError, TimeoutError):
                    async with session.get(f"{place.url}/sandbox/state") as answer:
                        answer.raise_for_status()
                        return place
            await asyncio.sleep(0.05)
    raise NotStarted(f"The sandbox did not answer within {START:.0f} seconds.")


def _alive(facts: Mapping[str, object]) -> bool:
    pid = facts.get("pid")
    if not isinstance(pid, int) or "url" not in facts:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


async def _end(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        for _ in range(int(STOP / 0.05)):
            os.kill(pid, 0)  # raises once it is gone
            await asyncio.sleep(0.05)
        os.kill(pid, signal.SIGKILL)
