"""A storm of alerts against the whole product: few writes, every critical name at once, the counts right."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from sovereign.core import clock
from tests.end_to_end.world import Message, World, bots, text, world


async def alert(it: World, number: int, names: int, critical: int) -> None:
    """An alert of its own fingerprint and group, with one of so many names."""
    name = f"Alert{number % names:02}"
    severity = "critical" if number % names < critical else "warning"
    one = {
        "status": "firing",
        "labels": {"alertname": name, "severity": severity, "pod": str(number)},
        "annotations": {"summary": f"{name} of {number}"},
        "startsAt": clock.now().isoformat(),
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": f"f{number}",
    }
    body = {"version": "4", "groupKey": f"g{number}", "status": "firing", "alerts": [one]}
    assert await it.send("alertmanager", json.dumps(body).encode()) == 202


async def storm(it: World, alerts: int, *, names: int, critical: int, seconds: float) -> dict[str, float]:
    """Send the alerts evenly over so many seconds; what came of it."""
    began = clock.monotonic()
    visible: dict[str, float] = {}

    async def watch() -> None:
        while len(visible) < critical:
            said = "\n".join(text(message) for message in bots(await it.messages("alerts")))
            for number in range(critical):
                if f"Alert{number:02}" in said:
                    visible.setdefault(f"Alert{number:02}", clock.monotonic() - began)
            await asyncio.sleep(0.1)

    async with asyncio.TaskGroup() as group:
        group.create_task(watch())
        for number in range(alerts):
            if number % 20 == 0:
                await asyncio.sleep(max(0.0, began + seconds * number / alerts - clock.monotonic()))
            group.create_task(alert(it, number, names, critical))
    sent = clock.monotonic() - began
    await it.until("alerts", lambda found: f"{alerts:,} events" in text(_counter(found)), seconds + 60)
    await it.told()  # what waits for the distance of a storm's edits goes out too
    traffic = await it.traffic()
    writes = [one for one in traffic if _is_write(one)]
    limited = [one for one in traffic if one["status"] == 429]
    return {
        "sent_in": round(sent, 1),
        "last_critical_visible": round(max(visible.values()), 2),
        "writes": len(writes),
        "rate_limited": len(limited),
    }


def _counter(found: Sequence[Message]) -> Message:
    """The message that stands for the storm."""
    return next((message for message in bots(found) if "Storm in" in text(message)), {})


def _is_write(one: Mapping[str, Any]) -> bool:
    """Whether the exchange posted or changed something that people see."""
    place = re.search(r"/channels/[0-9]+/(messages|threads)", str(one["path"]))
    return one["method"] in ("POST", "PATCH") and place is not None


async def test_a_storm_is_few_messages_and_names_every_critical_alert_at_once(tmp_path: Path) -> None:
    async with world(tmp_path) as it:
        numbers = await storm(it, 400, names=20, critical=4, seconds=1)
    assert numbers["last_critical_visible"] <= 2 + numbers["sent_in"], numbers
    assert numbers["writes"] <= 40, numbers
    assert numbers["rate_limited"] == 0


@pytest.mark.soak
@pytest.mark.timeout(300)
async def test_ten_thousand_alerts_in_ten_seconds(tmp_path: Path) -> None:
    async with world(tmp_path) as it:
        numbers = await storm(it, 10_000, names=50, critical=10, seconds=10)
    sys.stdout.write(f"\nstorm of 10,000 alerts: {numbers}\n")
    assert numbers["writes"] <= 60
    assert numbers["rate_limited"] == 0
