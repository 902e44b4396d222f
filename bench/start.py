"""Seconds from the start of the process until it is ready, and the memory that it holds when idle."""

from __future__ import annotations

import asyncio
import statistics
import time

from bench import _processes as processes
from bench._report import Numbers, arguments, tell


async def measure(starts: int, idle: float) -> Numbers:
    seconds: list[float] = []
    memory: list[float] = []
    async with processes.folder() as place, processes.discord() as discord:
        for _ in range(starts):
            began = time.perf_counter()
            async with processes.product(discord, place / "data") as product:
                seconds.append(time.perf_counter() - began)
                await asyncio.sleep(idle)
                memory.append(product.resident_mb())
    return {
        "ready_s": round(statistics.median(seconds), 2),
        "idle_mb": round(statistics.median(memory), 1),
        "starts": starts,
    }


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--starts", type=int, default=5, help="how often to start")
    parser.add_argument("--idle", type=float, default=5, help="seconds before the memory is read")
    given = parser.parse_args()
    tell("start", asyncio.run(measure(given.starts, given.idle)), as_json=given.json)


if __name__ == "__main__":
    main()
