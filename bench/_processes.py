"""The processes: the yardstick, the embedded Discord, and the product as `sovereign run` starts it."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from sovereign.core.lockfile import read_facts

ROOT = Path(__file__).parents[1]
UNLIMITED = "event_gateway: {limits: {source: 0, channel: 0}}\n"
"""A configuration in which nothing is gathered: every event is told by itself."""
PATIENCE = 30.0
"""Seconds that a process may take to answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """`gateway` and `discord` are base URLs; `data` is the folder of the store and of the log."""

    data: Path
    pid: int
    gateway: str
    discord: str

    def count(self, where: str = "1 = 1") -> int:
        """Deliveries in the store for which that holds."""
        with closing(sqlite3.connect(f"{(self.data / 'sovereign.db').as_uri()}?mode=ro", uri=True)) as store:
            return int(store.execute(f"SELECT COUNT(*) FROM deliveries WHERE {where}").fetchone()[0])

    def resident_mb(self) -> float:
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    async def worked_off(self, patience: float) -> float:
        """Wait until the pipeline has read every delivery; the seconds that took."""
        began = time.monotonic()
        while self.count("state = 'received'"):
            if time.monotonic() - began > patience:
                raise SystemExit(f"the pipeline was not done after {patience:.0f} s")
            await asyncio.sleep(0.1)
        return time.monotonic() - began


@asynccontextmanager
async def folder() -> AsyncIterator[Path]:
    """A temporary one, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="sovereign-bench-", ignore_cleanup_errors=True) as path:
        yield Path(path)


@asynccontextmanager
async def bare() -> AsyncIterator[str]:
    """The yardstick's base URL."""
    async with _process("-m", "bench._bare", stdout=asyncio.subprocess.PIPE) as process:
        assert process.stdout is not None
        port = int(await asyncio.wait_for(process.stdout.readline(), PATIENCE))
        yield f"http://127.0.0.1:{port}"


@asynccontextmanager
async def discord() -> AsyncIterator[str]:
    """The embedded Discord's base URL."""
    async with folder() as data, _sandbox(data) as url:
        yield url


@asynccontextmanager
async def product(discord: str, data: Path, configuration: str = UNLIMITED) -> AsyncIterator[Product]:
    """The product over `data`, ready for deliveries and connected; it logs into a file there, as it would."""
    environment = os.environ | {
        "SOVEREIGN_SANDBOX": "true",
        "SOVEREIGN_DISCORD_API": f"{discord}/api/v10",
        "SOVEREIGN_DISCORD_GATEWAY": f"{discord.replace('http', 'ws', 1)}/gateway",
        "SOVEREIGN_LOG_LEVEL": "info",
        "SOVEREIGN_LOG_FORMAT": "json",
    }
    data.mkdir(parents=True, exist_ok=True)
    with (data / "log").open("ab") as log:
        config = data.with_suffix(".yml")
        config.write_text(configuration)
        arguments = ("-m", "sovereign", "run", "--port", "0", "--data", str(data), "--config", str(config))
        async with _process(*arguments, stdout=log.fileno(), stderr=log.fileno(), env=environment) as process:
            gateway = await _fact(process, data / "sovereign.lock", "gateway")
            await _ready(f"{gateway}/readyz")
            yield Product(data=data, pid=process.pid, gateway=gateway, discord=discord)


@asynccontextmanager
async def _sandbox(data: Path) -> AsyncIterator[str]:
    arguments = ("-m", "sovereign", "sandbox", "--only", "discord", "--data", str(data), "--port", "0")
    async with _process(*arguments, stdout=asyncio.subprocess.DEVNULL) as process:
        url = await _fact(process, data / "sandbox" / "sandbox.lock", "url")
        await _ready(f"{url}/sandbox/state")
        yield url


@asynccontextmanager
async def _process(
    *arguments: str,
    stdout: int,
    stderr: int | None = None,
    env: dict[str, str] | None = None,
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A Python process in the project's folder, ended at the end: asked to first, and then killed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=ROOT, stdout=stdout, stderr=stderr, env=env
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), 15)
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _fact(process: asyncio.subprocess.Process, lock: Path, name: str) -> str:
    """What the process writes into its lock file once it listens."""

    def found() -> str | None:
        if process.returncode is not None:
            raise SystemExit(f"the process over {lock.parent} ended by itself")
        facts = read_facts(lock)
        return str(facts[name]) if facts.get("pid") == process.pid and name in facts else None

    return await _until(found)


async def _until(found: Callable[[], str | None]) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if answer := found():
            return answer
        await asyncio.sleep(0.01)
    raise SystemExit("a process did not start")


async def _ready(url: str) -> None:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with suppress(aiohttp.ClientError, TimeoutError):
                async with http.get(url) as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.01)
    raise SystemExit(f"{url} was never ready")
