"""Sends deliveries as fast as they are taken: wrk where it is installed, or two Python processes."""

from __future__ import annotations

import asyncio
import json
import shutil
import statistics
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import aiohttp

from bench._bodies import comment, signature
from bench._processes import ROOT

CONNECTIONS = 64
BODIES = 20_000
"""Distinct bodies; further requests repeat them under new delivery ids, which makes them new deliveries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What came of a run; `errors` counts every request that was not accepted."""

    requests: int
    seconds: float
    errors: int
    p50_ms: float
    p99_ms: float

    @property
    def rps(self) -> float:
        return self.requests / self.seconds


def has_wrk() -> bool:
    return shutil.which("wrk") is not None


def write_bodies(path: Path, count: int) -> Path:
    """A file of signed bodies, as both loaders read it."""
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            body = comment(number)
            file.write(f"{signature(body)} {body.decode()}\n")
    return path


async def load(base: str, bodies: Path, word: str, seconds: float, connections: int) -> Load:
    """Send for so long. `word` begins the delivery ids: another one makes other deliveries."""
    if has_wrk():
        script = str(ROOT / "bench" / "github.lua")
        told = await _output(
            "wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "--timeout", "10s", "-s", script, base,
            "--", str(bodies), word,
        )  # fmt: skip
        return Load(**json.loads(told.splitlines()[-1]))
    return _together(
        await asyncio.gather(
            *(
                _output(
                    sys.executable,
                    "-m",
                    "bench._loading",
                    base,
                    str(bodies),
                    f"{word}{n}",
                    str(seconds),
                    str(max(1, connections // 2)),
                )
                for n in range(2)
            )
        )
    )


async def _output(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    told, _ = await process.communicate()
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with status {process.returncode}")
    return told.decode()


def _together(told: list[str]) -> Load:
    halves = [Load(**json.loads(one.splitlines()[-1])) for one in told]
    return Load(
        requests=sum(half.requests for half in halves),
        seconds=max(half.seconds for half in halves),
        errors=sum(half.errors for half in halves),
        p50_ms=statistics.mean(half.p50_ms for half in halves),
        p99_ms=max(half.p99_ms for half in halves),
    )


async def _half(base: str, bodies: Path, word: str, seconds: float, connections: int) -> Load:
    """Half of the connections, in this process."""
    lines = [line.split(" ", 1) for line in bodies.read_text(encoding="utf-8").splitlines()]
    times: list[float] = []
    errors = sent = 0
    began = time.perf_counter()

    async def sender(http: aiohttp.ClientSession) -> None:
        nonlocal errors, sent
        while time.perf_counter() - began < seconds:
            proof, body = lines[sent % len(lines)]
            sent += 1
            headers = {
                "content-type": "application/json",
                "x-github-event": "issue_comment",
                "x-github-delivery": f"{word}-{sent}",
                "x-hub-signature-256": proof,
            }
            start = time.perf_counter()
            async with http.post(f"{base}/git", data=body.encode(), headers=headers) as answer:
                errors += answer.status != 202
            times.append((time.perf_counter() - start) * 1000)

    connector = aiohttp.TCPConnector(limit=connections)
    async with aiohttp.ClientSession(connector=connector) as http:
        await asyncio.gather(*(sender(http) for _ in range(connections)))
    return Load(
        requests=len(times),
        seconds=time.perf_counter() - began,
        errors=errors,
        p50_ms=statistics.median(times),
        p99_ms=statistics.quantiles(times, n=100)[98],
    )


if __name__ == "__main__":
    base, bodies, word, seconds, connections = sys.argv[1:]
    half = _half(base, Path(bodies), word, float(seconds), int(connections))
    print(json.dumps(asdict(asyncio.run(half))))
