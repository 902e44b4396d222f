"""A flood of alerts, some critical: writes to Discord, and seconds until each critical name is seen."""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import aiohttp

from bench import _processes as processes
from bench._paced import Shot, paced
from bench._report import Numbers, arguments, say, tell
from sovereign.core import clock

SECRET = "sandbox"
NAME = re.compile(r"Critical\d\d\d")
FROM_THE_START = 0.5
"""This share of the critical names fires from the beginning, in the middle of the others; the rest join one
after the other while the flood lasts, when the backlog is long."""
PATIENCE = 90.0
"""Seconds that the counts may take to be whole."""


def firsts(alerts: int, critical: int) -> list[int]:
    """For each critical name, the number of the alert that is its first."""
    early = round(critical * FROM_THE_START)
    late = critical - early
    joining = [round(alerts * (place + 1) / (late + 2)) for place in range(late)]
    return [place * 5 for place in range(early)] + joining


def deliveries(alerts: int, names: int, critical: int, seconds: float) -> Iterator[Shot]:
    """Evenly over so many seconds: an alert and a group of its own each."""
    chance, begun = random.Random(1), firsts(alerts, critical)  # the same flood every time
    for number in range(alerts):
        if number in begun:
            name = f"Critical{begun.index(number):03}"
        else:
            there = [place for place, first in enumerate(begun) if first < number]
            place = chance.randrange(names)
            name = f"Critical{place:03}" if place in there else f"Warning{place:03}"
        yield Shot(
            due=seconds * number / alerts,
            path="/alert",
            headers={"content-type": "application/json", "authorization": f"Bearer {SECRET}"},
            body=_body(number, name),
        )


def _body(number: int, name: str) -> bytes:
    """As Alertmanager writes it, with one alert."""
    labels = {"alertname": name, "pod": f"pod-{number}", "severity": name[:-3].lower()}
    alert = {
        "status": "firing",
        "labels": labels,
        "annotations": {"summary": f"{name} is the matter with pod-{number}"},
        "startsAt": clock.now().isoformat(),
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.example/graph",
        "fingerprint": f"{number:016x}",
    }
    whole = {
        "receiver": "sovereign",
        "status": "firing",
        "alerts": [alert],
        "groupLabels": labels,
        "commonLabels": labels,
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.example",
        "version": "4",
        "groupKey": f'{{}}:{{alertname="{name}", pod="pod-{number}"}}',
        "truncatedAlerts": 0,
    }
    return json.dumps(whole).encode()


class Onlooker:
    """A member who sees #alerts as it changes: when each critical name was first seen (`time.monotonic`)."""

    def __init__(self, http: aiohttp.ClientSession, discord: str) -> None:
        self._http, self._discord = http, discord
        self.seen: dict[str, float] = {}

    async def watch(self) -> None:
        """Any message counts, new or edited."""
        async with self._http.get(
            f"{self._discord}/sandbox/stream?as=ada", timeout=aiohttp.ClientTimeout()
        ) as answer:
            async for line in answer.content:
                now = time.monotonic()
                for name in NAME.findall(line.decode()):
                    self.seen.setdefault(name, now)

    async def counted(self, alerts: int) -> bool:
        """Whether the message of the storm comes to count all of them."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if any(f"{alerts:,} events" in title for title in await self._titles()):
                return True
            await asyncio.sleep(0.25)
        say(f"the storm's message says: {await self._titles()}")
        return False

    async def _titles(self) -> list[str]:
        where = {"channel": "alerts", "as": "ada", "limit": "500"}
        async with self._http.get(f"{self._discord}/sandbox/messages", params=where) as answer:
            found = await answer.json()
        titles = [embed.get("title", "") for message in found for embed in message.get("embeds", ())]
        return [title for title in titles if "Storm in" in title]

    async def traffic(self) -> list[dict[str, Any]]:
        async with self._http.get(f"{self._discord}/sandbox/traffic") as answer:
            return [json.loads(line) for line in (await answer.text()).splitlines()]


async def measure(alerts: int, names: int, critical: int, seconds: float, settling: float) -> Numbers:
    async with (
        processes.folder() as place,
        processes.discord() as discord,
        processes.product(discord, place / "data", configuration="") as product,
        aiohttp.ClientSession() as http,
    ):
        onlooker = Onlooker(http, discord)
        watching = asyncio.ensure_future(onlooker.watch())
        wish = {"alerts": alerts, "names": names, "critical": critical, "seconds": seconds}
        load = await paced("flood", product.gateway, wish)
        say(f"all were sent after {load.seconds:.1f} s, the loader {load.behind_ms:.0f} ms behind at worst")
        lag = await product.worked_off(patience=PATIENCE)
        counted = await onlooker.counted(alerts)
        await asyncio.sleep(settling)  # what waits for the distance of a storm's edits goes out too
        traffic = await onlooker.traffic()
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        stored = product.count()
    waits = _waits(load.began, onlooker.seen, alerts, critical, seconds)
    for name, waited in waits.items():
        say(f"{name}: seen {waited:.2f} s after it began")
    return {
        "writes": len([one for one in traffic if is_write(one)]),
        "rate_limited": len([one for one in traffic if one["status"] == 429]),
        "critical_seen": len(waits),
        "slowest_critical_s": round(max(waits.values(), default=-1), 2),
        "errors": load.errors + alerts - stored,
        "counted": counted,
        "accept_p99_ms": round(load.p99_ms, 1),
        "worked_off_s": round(lag, 1),
        "alerts": alerts,
    }


def _waits(
    began: float, seen: Mapping[str, float], alerts: int, critical: int, seconds: float
) -> dict[str, float]:
    """Seconds from when a name's first alert was sent until a message named it."""
    return {
        name: seen[name] - began - seconds * first / alerts
        for place, first in enumerate(firsts(alerts, critical))
        if (name := f"Critical{place:03}") in seen
    }


def is_write(one: Mapping[str, Any]) -> bool:
    """Whether the exchange posted or changed something that people see."""
    place = re.search(r"/channels/[0-9]+/(messages|threads)", str(one["path"]))
    return one["method"] in ("POST", "PATCH") and place is not None


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--alerts", type=int, default=10_000, help="how many alerts")
    parser.add_argument("--names", type=int, default=50, help="of how many names")
    parser.add_argument("--critical", type=int, default=10, help="how many of the names are critical")
    parser.add_argument("--seconds", type=float, default=10, help="within how many seconds")
    parser.add_argument("--settling", type=float, default=8, help="seconds that are watched afterwards")
    given = parser.parse_args()
    tell(
        "flood",
        asyncio.run(measure(given.alerts, given.names, given.critical, given.seconds, given.settling)),
        as_json=given.json,
    )


if __name__ == "__main__":
    main()
