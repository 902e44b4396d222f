"""A real Alertmanager in front of the whole product: it fires, groups, repeats, resolves and silences."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sovereign.core import clock
from tests.end_to_end.world import World, bots, text, texts

PROGRAM = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")

pytestmark = pytest.mark.skipif(
    PROGRAM is None and os.environ.get("SOVEREIGN_NO_SKIPS") is None,
    reason="Alertmanager is not installed (Debian: prometheus-alertmanager)",
)

CONFIG = """
route:
  receiver: sovereign
  group_by: [alertname]
  group_wait: 200ms
  group_interval: 400ms
  repeat_interval: 1s
receivers:
  - name: sovereign
    webhook_configs:
      - url: {gateway}/alert
        send_resolved: true
        http_config:
          authorization: {{type: Bearer, credentials: sandbox}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alertmanager:
    """`url` is its base URL."""

    url: str
    http: aiohttp.ClientSession

    async def tell(self, name: str, *pods: str, over: bool = False) -> None:
        """As Prometheus would: these alerts fire, or are over."""
        now = clock.now()
        alerts = [
            {
                "labels": {"alertname": name, "severity": "critical", "pod": pod},
                "annotations": {"summary": f"{name} in {pod}"},
                "startsAt": (now - timedelta(minutes=1)).isoformat(),
                "endsAt": (now - timedelta(seconds=1) if over else now + timedelta(minutes=5)).isoformat(),
            }
            for pod in pods
        ]
        async with self.http.post(f"{self.url}/api/v2/alerts", json=alerts) as answer:
            assert answer.status == 200, await answer.text()

    async def silence(self, name: str) -> None:
        now = clock.now()
        silence = {
            "matchers": [{"name": "alertname", "value": name, "isRegex": False, "isEqual": True}],
            "startsAt": now.isoformat(),
            "endsAt": (now + timedelta(minutes=5)).isoformat(),
            "createdBy": "ada",
            "comment": "known",
        }
        async with self.http.post(f"{self.url}/api/v2/silences", json=silence) as answer:
            assert answer.status == 200, await answer.text()

    async def state(self, name: str) -> list[str]:
        parameters = {"filter": f'alertname="{name}"'}
        async with self.http.get(f"{self.url}/api/v2/alerts", params=parameters) as answer:
            return [alert["status"]["state"] for alert in await answer.json()]


@asynccontextmanager
async def alertmanager(folder: Path, it: World) -> AsyncIterator[Alertmanager]:
    """Started on a free port of loopback, without peers; stopped at the end."""
    assert PROGRAM is not None, "Alertmanager is not installed (Debian: prometheus-alertmanager)"
    config = folder / "alertmanager.yml"
    config.write_text(CONFIG.format(gateway=it.gateway))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        PROGRAM, f"--config.file={config}", f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=", "--log.level=error",
    )  # fmt: skip
    try:
        found = Alertmanager(url=f"http://127.0.0.1:{port}", http=it.http)
        async with asyncio.timeout(15):
            while not await _is_ready(found):
                await asyncio.sleep(0.05)
        yield found
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _is_ready(it: Alertmanager) -> bool:
    with suppress(aiohttp.ClientError):
        async with it.http.get(f"{it.url}/-/ready") as answer:
            return answer.status == 200
    return False


async def deliveries(it: World) -> list[dict[str, Any]]:
    """What Alertmanager has sent so far, as it is kept."""
    assert it.bot is not None
    database = it.bot.services.gateway._database
    rows = await database.read(lambda tx: tx.execute("SELECT body FROM deliveries ORDER BY id").fetchall())
    return [json.loads(row["body"]) for row in rows]


async def sent(it: World, count: int) -> None:
    """Wait until Alertmanager has sent so many."""
    async with asyncio.timeout(10):
        while len(await deliveries(it)) < count:
            await asyncio.sleep(0.05)


async def settled(it: World) -> list[str]:
    """Everything that #alerts and its threads say, once all of it is said."""
    assert it.bot is not None
    await it.bot.services.pipeline.idle()
    await it.bot.services.outbox.flush()
    heads = bots(await it.messages("alerts"))
    lines = [await it.messages(head["id"]) for head in heads]
    return [*texts(heads), *(word for thread in lines for word in texts(bots(thread)))]


@pytest.mark.timeout(60)
async def test_alertmanager_fires_groups_repeats_and_resolves(everything: World, tmp_path: Path) -> None:
    async with alertmanager(tmp_path, everything) as sender:
        await sender.tell("PodCrashLooping", "checkout-1", "checkout-2")
        (head,) = bots(await everything.until("alerts", lambda found: len(bots(found)) >= 1))
        assert "PodCrashLooping firing" in text(head)
        assert len(await everything.thread(head, 2)) == 2  # both alerts of the group, in its one thread
        said = await settled(everything)

        before = len(await deliveries(everything))
        await sent(everything, before + 1)  # repeat_interval: the group once more, and nothing new in it
        repeat = (await deliveries(everything))[-1]
        assert (repeat["status"], len(repeat["alerts"])) == ("firing", 2)
        assert await settled(everything) == said

        await sender.tell("PodCrashLooping", "checkout-3")  # joins the group: a line, and no other message
        await everything.thread(head, 3)
        assert len(bots(await everything.messages("alerts"))) == 1

        await sender.tell("PodCrashLooping", "checkout-1", "checkout-2", "checkout-3", over=True)
        await everything.until(
            "alerts", lambda found: any("resolved" in word.lower() for word in texts(bots(found)))
        )
        (head,) = bots(await everything.messages("alerts"))
        assert "nobody has it yet" not in text(head)


@pytest.mark.timeout(60)
async def test_what_alertmanager_silences_is_not_told_and_what_it_told_before_stays_until_it_resolves(
    everything: World, tmp_path: Path
) -> None:
    async with alertmanager(tmp_path, everything) as sender:
        await sender.tell("DiskFull", "db-1")
        (head,) = bots(await everything.until("alerts", lambda found: len(bots(found)) >= 1))
        await sender.silence("DiskFull")
        async with asyncio.timeout(10):
            while await sender.state("DiskFull") != ["suppressed"]:
                await asyncio.sleep(0.05)
        said = await settled(everything)
        await sender.tell("DiskFull", "db-1", "db-2")  # another of its name, silenced from the beginning
        await sender.tell("Latency", "api-1")  # sent after them, and not silenced
        await everything.until("alerts", lambda found: any("Latency" in word for word in texts(found)))
        assert not any("db-2" in word for word in await settled(everything))
        (now,) = [one for one in bots(await everything.messages("alerts")) if one["id"] == head["id"]]
        assert text(now) in said
        assert "DiskFull firing" in text(now)
