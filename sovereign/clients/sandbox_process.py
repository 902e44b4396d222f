"""Starts the embedded Discord as a process of its own, or finds the one that is there already."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import structlog

from sovereign.core.errors import SovereignError
from sovereign.core.lockfile import read_facts

log = structlog.get_logger()

FOLDER = "sandbox"
"""The sandbox's data folder, inside the product's."""
LOCK = "sandbox.lock"
"""In that folder; its holder writes `pid`, `url`, whether a bot's process started it, the address of the
simulated `cluster`, and the `kubeconfig` that the bot is to use with it."""
KUBECONFIG = "SOVEREIGN_KUBECONFIG"
"""The variable in which the bot finds that kubeconfig."""
START, STOP = 15.0, 5.0
"""Seconds that the server may take to answer, and to end."""


class NotStarted(SovereignError):
    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.public = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Addresses of a running sandbox: the page, what discord.py needs, and the cluster."""

    url: str
    cluster: str = ""

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
        yield _place(facts), None
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
        start_new_session=True,  # a signal to the whole group is for its bot, which ends it when it is done
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
                place = _place(facts)
                with suppress(aiohttp.ClientError, TimeoutError):
                    async with session.get(f"{place.url}/sandbox/state") as answer:
                        answer.raise_for_status()
                        return place
            await asyncio.sleep(0.05)
    raise NotStarted(f"The sandbox did not answer within {START:.0f} seconds.")


def place_of(data: Path) -> Place | None:
    """The sandbox that runs in that folder, if one does."""
    facts = read_facts(data / LOCK)
    return _place(facts) if facts.get("url") else None


def _place(facts: Mapping[str, object]) -> Place:
    return Place(url=str(facts["url"]), cluster=str(facts.get("cluster") or ""))


@dataclass(frozen=True, slots=True)
class SandboxEnvironment(Mapping[str, str]):
    """The environment as a bot in the sandbox has it: with the way to the cluster that runs there now.

    It goes before a variable of that name that is set outside: trying things never reaches a real cluster.
    """

    outside: Mapping[str, str]
    data: Path

    def __getitem__(self, name: str) -> str:
        return self._added().get(name) or self.outside[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self.outside, **self._added()})

    def __len__(self) -> int:
        return len({**self.outside, **self._added()})

    def _added(self) -> Mapping[str, str]:
        known = read_facts(self.data / LOCK).get("kubeconfig")
        return {KUBECONFIG: known} if isinstance(known, str) and known else {}


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
