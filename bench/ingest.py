"""Deliveries accepted in a second by the whole product, against a bare aiohttp handler in the same run."""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from pathlib import Path

from bench import _processes as processes
from bench._loading import BODIES, CONNECTIONS, Load, has_wrk, load, write_bodies
from bench._report import Numbers, arguments, say, tell


async def measure(seconds: float, rounds: int, warm_up: float, connections: int, bodies: int) -> Numbers:
    yardsticks: list[Load] = []
    loads: list[Load] = []
    lags: list[float] = []
    async with processes.folder() as place, processes.discord() as discord:
        file = write_bodies(place / "bodies", bodies)
        fsync = fsync_ms(place)
        for number in range(rounds):
            async with processes.bare() as base:
                if warm_up:
                    await load(base, file, "warm", warm_up, connections)
                yardsticks.append(await load(base, file, "bare", seconds, connections))
            async with processes.product(discord, place / f"data{number}") as product:
                before = 0
                if warm_up:
                    warm = await load(product.gateway, file, f"warm{number}", warm_up, connections)
                    before = warm.requests
                loads.append(await load(product.gateway, file, f"round{number}", seconds, connections))
                lags.append(await _checked(product, before + loads[-1].requests))
            say(f"round {number + 1}: bare {yardsticks[-1].rps:.0f}/s, product {loads[-1].rps:.0f}/s")
    bare_rps = statistics.median(one.rps for one in yardsticks)
    rps = statistics.median(one.rps for one in loads)
    return {
        "bare_rps": round(bare_rps),
        "rps": round(rps),
        "ratio": round(rps / bare_rps, 3),
        "p50_ms": round(statistics.median(one.p50_ms for one in loads), 1),
        "p99_ms": round(statistics.median(one.p99_ms for one in loads), 1),
        "fsync_ms": round(fsync, 3),
        "errors": sum(one.errors for one in loads),
        "worked_off_s": round(statistics.median(lags), 1),
        "connections": connections,
        "comparable": has_wrk(),
    }


async def _checked(product: processes.Product, answered: int) -> float:
    """Every delivery that was answered must be in the store. The seconds until all are worked off."""
    stored = product.count()
    if stored < answered:
        raise SystemExit(f"{answered} deliveries were answered, and {stored} are stored")
    return await product.worked_off(patience=600)


def fsync_ms(place: Path, times: int = 100) -> float:
    """The median of 4 KB written and brought to the disk, in the file system of the store."""
    taken: list[float] = []
    with (place / "fsync").open("wb", buffering=0) as file:
        for _ in range(times):
            file.write(os.urandom(4096))
            began = time.perf_counter()
            os.fsync(file.fileno())
            taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--seconds", type=float, default=10, help="length of each run")
    parser.add_argument("--rounds", type=int, default=2, help="runs of each, alternating")
    parser.add_argument("--warm-up", type=float, default=2, help="load before each run that is not counted")
    parser.add_argument("--connections", type=int, default=CONNECTIONS, help="how many send at a time")
    parser.add_argument("--bodies", type=int, default=BODIES, help="how many different ones are sent")
    given = parser.parse_args()
    if not has_wrk():
        say("wrk is not installed: two Python processes send instead; their numbers are not comparable")
    sizes = (given.seconds, given.rounds, given.warm_up, given.connections, given.bodies)
    tell("ingest", asyncio.run(measure(*sizes)), as_json=given.json)


if __name__ == "__main__":
    main()
