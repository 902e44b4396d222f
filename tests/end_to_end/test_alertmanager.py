"""A real Alertmanager in front of the whole product: it fires, groups, repeats, resolves and silences."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from prometheus_client import REGISTRY

from sovereign.core import clock
from tests.end_to_end.world import Message, World, bots, text, texts

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

    async def silence(self, name: str, lasts: timedelta = timedelta(minutes=5), changed: str = "") -> str:
        """Gives its id; `changed` is the id of a silence that is to last that long from now instead."""
        now = clock.now()
        silence = {
            "id": changed,
            "matchers": [{"name": "alertname", "value": name, "isRegex": False, "isEqual": True}],
            "startsAt": now.isoformat(),
            "endsAt": (now + lasts).isoformat(),
            "createdBy": "ada",
            "comment": "known",
        }
        async with self.http.post(f"{self.url}/api/v2/silences", json=silence) as answer:
            assert answer.status == 200, await answer.text()
            return str((await answer.json())["silenceID"])

    async def expire(self, silence: str) -> None:
        async with self.http.delete(f"{self.url}/api/v2/silence/{silence}") as answer:
            assert answer.status == 200, await answer.text()

    async def holds(self, name: str, state: str) -> bool:
        """Whether all its alerts of that name are in that state."""
        parameters = {"filter": f'alertname="{name}"'}
        async with self.http.get(f"{self.url}/api/v2/alerts", params=parameters) as answer:
            return {alert["status"]["state"] for alert in await answer.json()} == {state}

    async def is_ready(self) -> bool:
        with suppress(aiohttp.ClientError):
            async with self.http.get(f"{self.url}/-/ready") as answer:
                return answer.status == 200
        return False


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
        await comes(found.is_ready)
        yield found
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def comes(wanted: Callable[[], Awaitable[bool] | bool], seconds: float = 15.0) -> None:
    """Return as soon as it is so."""
    deadline = clock.monotonic() + seconds
    while clock.monotonic() < deadline:
        so = wanted()
        if so if isinstance(so, bool) else await so:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"not within {seconds} s")


def repeats() -> float:
    """How many deliveries repeated what was kept already."""
    labels = {"source": "alertmanager", "verdict": "repeat"}
    return REGISTRY.get_sample_value("sovereign_deliveries_total", labels) or 0.0


async def turns() -> None:
    """Wait until what has been told is told anew: long enough for every other group to have its turn."""
    before = repeats()
    await comes(lambda: repeats() > before)


def says(found: Sequence[Message], words: str) -> bool:
    """Whether one of the messages does."""
    return any(words in said for said in texts(found))


async def settled(it: World) -> list[str]:
    """Everything that #alerts and its threads say, once all of it is said."""
    assert it.bot is not None
    await it.bot.services.pipeline.idle()
    await it.bot.services.outbox.flush()
    heads = bots(await it.messages("alerts"))
    lines = [await it.messages(head["id"]) for head in heads]
    return [*texts(heads), *(word for thread in lines for word in texts(bots(thread)))]


@pytest.mark.usefixtures("hasty")
@pytest.mark.timeout(60)
async def test_alertmanager_fires_groups_repeats_and_resolves(everything: World, tmp_path: Path) -> None:
    async with alertmanager(tmp_path, everything) as sender:
        await sender.tell("PodCrashLooping", "checkout-1", "checkout-2")
        (head,) = bots(await everything.until("alerts", lambda found: len(bots(found)) >= 1))
        assert "PodCrashLooping firing" in text(head)
        await everything.until(
            head["id"], lambda found: says(found, "checkout-1") and says(found, "checkout-2")
        )
        said = await settled(everything)

        await turns()  # repeat_interval: the group once more, and nothing new in it
        assert await settled(everything) == said

        await sender.tell("PodCrashLooping", "checkout-3")  # joins the group: a line, and no other message
        await everything.until(head["id"], lambda found: says(found, "checkout-3"))
        assert len(bots(await everything.messages("alerts"))) == 1

        await sender.tell("PodCrashLooping", "checkout-1", "checkout-2", "checkout-3", over=True)
        await everything.until(
            "alerts", lambda found: any("resolved" in word.lower() for word in texts(bots(found)))
        )
        (head,) = bots(await everything.messages("alerts"))
        assert "nobody has it yet" not in text(head)


@pytest.mark.timeout(60)
async def test_what_alertmanager_silences_is_not_told_while_it_does_and_what_it_told_before_stays(
    everything: World, tmp_path: Path
) -> None:
    async with alertmanager(tmp_path, everything) as sender:
        await sender.tell("DiskFull", "db-1")
        (head,) = bots(await everything.until("alerts", lambda found: len(bots(found)) >= 1))
        silence = await sender.silence("DiskFull")
        await comes(lambda: sender.holds("DiskFull", "suppressed"))
        said = await settled(everything)
        await sender.tell("DiskFull", "db-1", "db-2")  # another of its name, silenced from the beginning
        await sender.tell("Latency", "api-1")  # sent after them, and not silenced
        await everything.until("alerts", lambda found: says(found, "Latency"))
        await turns()
        assert not any("db-2" in word for word in await settled(everything))
        (now,) = [one for one in bots(await everything.messages("alerts")) if one["id"] == head["id"]]
        assert text(now) in said
        assert "DiskFull firing" in text(now)

        await sender.expire(silence)
        await everything.until(head["id"], lambda found: says(found, "db-2"))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("runs_out", [False, True], ids=["expired", "run out"])
async def test_what_fires_under_a_silence_is_told_when_the_silence_is_over(
    everything: World, tmp_path: Path, runs_out: bool
) -> None:
    async with alertmanager(tmp_path, everything) as sender:
        silence = await sender.silence("DiskFull")
        await sender.tell("DiskFull", "db-1")
        await comes(lambda: sender.holds("DiskFull", "suppressed"))
        await sender.tell("Latency", "api-1")
        await everything.until("alerts", lambda found: says(found, "Latency"))
        await turns()
        assert not any("DiskFull" in word for word in await settled(everything))

        if runs_out:
            await sender.silence("DiskFull", lasts=timedelta(seconds=1), changed=silence)
        else:
            await sender.expire(silence)
        found = await everything.until("alerts", lambda found: says(found, "DiskFull"))
        assert says(found, "DiskFull firing")
        assert len(bots(found)) == 2
