"""Commands while the cluster is well, slow, frozen and gone; the board of all; a watch of many pods."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from bench import _processes as processes
from bench._processes import Embedded
from bench._report import Numbers, arguments, say, tell
from sovereign.clients.kubernetes.cluster import Kubernetes
from sovereign.domain.cluster import Changed, Listed
from sovereign.services.ports.cluster import ClusterAddress

MEMBER, CHANNEL = "ada", "dev-feed"
CONFIGURATION = """
event_gateway: {limits: {source: 0, channel: 0}}
discord: {rbac: {grants: [{role: Owner, capabilities: all}]}}
infra: {environments: [{name: crowd}], clusters: [{name: main, kubeconfig: "env://SOVEREIGN_KUBECONFIG"}]}
services:
"""
WEATHER: dict[str, dict[str, object]] = {
    "well": {"kind": "clear"},
    "slow": {"kind": "latency", "seconds": 1.5},
    "frozen": {"kind": "freeze", "seconds": 3600},
    "gone": {"kind": "down", "seconds": 3600},
}
AT_ONCE = 8
"""Commands that are given at the same time; each takes some seconds to be answered in bad weather."""
RATE = 50
"""Changes a second in the watch."""


async def measure(commands: int, services: int, pods: int, seconds: float, weather: Sequence[str]) -> Numbers:
    found: dict[str, float | int | bool | str] = {}
    async with processes.folder() as place, processes.embedded() as embedded, aiohttp.ClientSession() as http:
        names = [f"service-{number + 1:03}" for number in range(services)]
        await _drive(http, embedded, "many", deployments=services, pods=services, namespace="crowd")
        configuration = CONFIGURATION + "".join(
            f"  - {{name: {name}, environments: [crowd]}}\n" for name in names
        )
        more = {"SOVEREIGN_KUBECONFIG": embedded.kubeconfig}
        async with processes.product(embedded.discord, place / "data", configuration, more):
            await _ready(http, embedded)
            found["board_s"] = await _board(http, embedded, services)
            for name in weather:
                say(f"{commands} commands while the cluster is {name}")
                await _drive(http, embedded, "fault", kind="clear")
                await _drive(http, embedded, "fault", **WEATHER[name])
                found[f"ack_{name}_p99_ms"] = await _acknowledged(http, embedded, names, commands)
                say(f"  {found[f'ack_{name}_p99_ms']} ms")
        await _drive(http, embedded, "fault", kind="clear")
        say(f"a watch of {pods} pods at {RATE} changes a second")
        await _drive(
            http, embedded, "many", deployments=10, pods=pods, namespace="watched", changes_per_second=RATE
        )
        found |= await _watched(embedded, pods, seconds)
    return found | {"services": services, "pods": pods, "commands": commands}


async def _ready(http: aiohttp.ClientSession, embedded: Embedded) -> None:
    """Until Discord knows the commands, and the adapter has been imported."""
    answer: dict[str, Any] = {}
    for _ in range(600):
        answer = await _command(http, embedded, "status", {"service": "service-001"})
        if "messages" in answer:
            return
        await asyncio.sleep(0.05)
    raise SystemExit(f"no command was answered: {answer}")


async def _board(http: aiohttp.ClientSession, embedded: Embedded, services: int) -> float:
    """Seconds from the command to the board; the median of five."""
    took = []
    for _ in range(5):
        began = time.perf_counter()
        answer = await _command(http, embedded, "status", {})
        if f"page 1 of {-(-services // 10)}" not in json.dumps(answer):
            raise SystemExit(f"no board came: {answer}")
        took.append(time.perf_counter() - began)
    return round(statistics.median(took), 3)


async def _acknowledged(
    http: aiohttp.ClientSession, embedded: Embedded, names: list[str], commands: int
) -> float:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> float:
        async with gate:
            answer = await _command(http, embedded, "status", {"service": names[number % len(names)]})
            if "ack_ms" not in answer:
                raise SystemExit(f"a command was not acknowledged: {answer}")
            return float(answer["ack_ms"])

    found = sorted(await asyncio.gather(*(one(number) for number in range(commands))))
    return round(found[min(len(found) - 1, int(len(found) * 0.99))], 1)


async def _command(
    http: aiohttp.ClientSession, embedded: Embedded, name: str, options: dict[str, str]
) -> dict[str, Any]:
    body = {"as": MEMBER, "channel": CHANNEL, "do": "command", "command": name, "options": options}
    async with http.post(f"{embedded.discord}/sandbox/act", json=body) as answer:
        found: dict[str, Any] = await answer.json()
        return found


async def _drive(http: aiohttp.ClientSession, embedded: Embedded, what: str, **body: object) -> None:
    async with http.post(f"{embedded.cluster}/sandbox/{what}", json=body) as answer:
        if answer.status != 200:
            raise SystemExit(await answer.text())


async def _watched(embedded: Embedded, pods: int, seconds: float) -> Numbers:
    """In a process of its own, whose memory nothing else has used."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.operations", "--watch", embedded.kubeconfig,
        "--pods", str(pods), "--seconds", str(seconds),
        cwd=processes.ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    told, _ = await asyncio.wait_for(process.communicate(), seconds + 60)
    if process.returncode:
        raise SystemExit("the watch failed")
    found: Numbers = json.loads(told.splitlines()[-1])
    return found


async def watch(kubeconfig: str, pods: int, seconds: float) -> Numbers:
    """What a watch adds to a process that has the adapter already: megabytes, and percent of a core."""
    async with _reached(kubeconfig) as cluster:
        await cluster.version()  # imports kubernetes-asyncio, once for all clusters
        gc.collect()
        before = _resident_mb()
        kept: dict[str, object] = {}
        changes = 0
        async with aclosing(cluster.watch_pods("watched")) as found:
            first = await anext(found)
            if not isinstance(first, Listed) or len(first.items) < pods:
                raise SystemExit(f"the list came as {type(first).__name__}")
            kept = {pod.name: pod for pod in first.items}
            spent, began = time.process_time(), time.monotonic()
            async for change in found:
                if isinstance(change, Changed):
                    kept[change.item.name] = change.item
                    changes += 1
                if time.monotonic() - began > seconds:
                    break
        took = time.monotonic() - began
    return {
        "watch_mb": round(_resident_mb() - before, 1),
        "watch_core_percent": round(100 * (time.process_time() - spent) / took, 2),
        "watch_changes_per_s": round(changes / took, 1),
    }


@asynccontextmanager
async def _reached(kubeconfig: str) -> AsyncIterator[Kubernetes]:
    cluster = Kubernetes("main", lambda: ClusterAddress(kubeconfig=kubeconfig))
    try:
        yield cluster
    finally:
        await cluster.close()


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--commands", type=int, default=100, help="how many in each weather")
    parser.add_argument("--services", type=int, default=200, help="on the board")
    parser.add_argument("--pods", type=int, default=2000, help="in the watch")
    parser.add_argument("--seconds", type=float, default=20, help="of the watch")
    parser.add_argument("--weather", nargs="+", choices=[*WEATHER], default=[*WEATHER], help="of the cluster")
    parser.add_argument("--watch", metavar="KUBECONFIG", help="only the watch, in this process")
    given = parser.parse_args()
    if given.watch:
        print(json.dumps(asyncio.run(watch(given.watch, given.pods, given.seconds))))
        return
    sizes = (given.commands, given.services, given.pods, given.seconds, given.weather)
    tell("operations", asyncio.run(measure(*sizes)), as_json=given.json)


if __name__ == "__main__":
    main()
