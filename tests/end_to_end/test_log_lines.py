"""What a real process writes to its log: one line for each piece of work, and no secret in any of them."""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from sovereign.core import clock, samples
from sovereign.core.lockfile import read_facts
from sovereign.integrations._source import Inbound, all_sources
from sovereign.sandbox.server import running
from tests.end_to_end.world import PATHS, ROOT, World, bots, text

SECRETS = {
    "GITHUB_WEBHOOK_SECRET": "correct-horse-battery",
    "ALERTMANAGER_TOKEN": "staple-of-tokens",
    "EVENT_HMAC_KEY": "plain-key-of-events",
    "SOVEREIGN_METRICS_TOKEN": "metrics-are-mine",
}
SENT = (*SECRETS.values(), "a-wrong-bearer", "ghp_" + "a1" * 18, "hunter22")
"""Nothing of this may be read anywhere."""


@dataclass(slots=True)
class Process:
    """The product as `sovereign run` starts it, and what it wrote to stderr."""

    world: World
    stderr: Path

    def lines(self, event: str | None = None) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = [json.loads(line) for line in self.stderr.read_text().splitlines()]
        return [line for line in found if event is None or line["event"] == event]

    async def until(self, event: str, count: int) -> list[dict[str, Any]]:
        for _ in range(600):
            if len(found := self.lines(event)) >= count:
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(f"{count} lines {event!r} never came: {self.lines()}")

    async def send(self, source: str, secret: str, body: bytes, headers: Mapping[str, str] = {}) -> int:
        url = self.world.gateway + PATHS[source]
        inbound = Inbound(headers=headers, body=body, url=url, received_at=clock.now())
        signed = {**headers, **all_sources()[source].scheme.sign(inbound, secret)}
        async with self.world.http.post(url, data=io.BytesIO(body), headers=signed) as answer:
            return answer.status


@asynccontextmanager
async def process(folder: Path) -> AsyncIterator[Process]:
    data, stderr = folder / "data", folder / "stderr"
    async with running(folder / "sandbox") as sandbox, aiohttp.ClientSession() as http:
        environment = os.environ | SECRETS | {
            "SOVEREIGN_SANDBOX": "true",
            "SOVEREIGN_DISCORD_API": sandbox.api,
            "SOVEREIGN_DISCORD_GATEWAY": sandbox.gateway,
        }  # fmt: skip
        with stderr.open("wb") as written:
            started = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "sovereign", "run", "--port", "0", "--data", str(data),
                cwd=ROOT, env=environment, stdout=asyncio.subprocess.DEVNULL, stderr=written,
            )  # fmt: skip
        try:
            it = Process(world=World(sandbox=sandbox, gateway="", http=http), stderr=stderr)
            await it.until("discord.ready", 1)
            it.world.gateway = str(read_facts(data / "sovereign.lock")["gateway"])
            yield it
            started.terminate()
            assert await started.wait() == 0
        finally:
            if started.returncode is None:
                started.kill()
                await started.wait()


async def test_each_piece_of_work_is_one_line_and_none_tells_a_secret(tmp_path: Path) -> None:
    async with process(tmp_path) as it:
        await deliver(it)
        await people_act(it)
        await it.until("delivery", 9)
        await it.until("command", 3)
    whole = it.stderr.read_text()
    assert [secret for secret in SENT if secret in whole] == []
    assert max(map(len, whole.splitlines())) < 20_000
    check_deliveries(it.lines("delivery"))
    commands = it.lines("command")
    assert [(line["name"], line["outcome"]) for line in commands] == [
        ("sov:ack", "done"), ("alerts list", "done"), ("alerts show", "refused"),
    ]  # fmt: skip
    assert all(line["member"] and line["guild"] and line["ms"] >= 0 for line in commands)
    assert {line["outcome"] for line in it.lines("errand")} == {"done"}


async def deliver(it: Process) -> None:
    github, alerts, events = list(SECRETS.values())[:3]
    ping = {"x-github-event": "ping"}
    for status, sent in (
        (202, it.send("github", github, b'{"zen": "hunter22"}', ping | number("1"))),
        (202, it.send("github", github, b'{"zen": "hunter22"}', ping | number("1"))),
        (401, it.send("github", "a-wrong-bearer", b"{}", ping | number("2"))),
        (401, it.send("alertmanager", "a-wrong-bearer", b"{}")),
        (202, it.send("alertmanager", alerts, alert())),
        (202, it.send("github", github, b"[] token=hunter22", ping | number("3"))),
        (202, it.send("generic", events, huge())),
        (413, it.send("generic", events, b"x" * 10_000_000)),
        (404, nobody(it)),
    ):
        assert await sent == status


async def people_act(it: Process) -> None:
    (head,) = await it.world.until("alerts", bots)
    await it.world.act("chen", "alerts", "click", message=head["id"], button="Acknowledge")
    await it.world.act("chen", "alerts", "command", command="alerts list", options={})
    completion = {"command": "alerts show", "options": {"incident": "1"}, "focused": "incident"}
    await it.world.act("chen", "alerts", "autocomplete", **completion)
    answer = await it.world.act("chen", "alerts", "command", command="alerts show", options={"incident": 99})
    assert "There is no incident 99" in text(answer["messages"][0])


def check_deliveries(found: list[dict[str, Any]]) -> None:
    assert Counter((line["source"], line["verdict"]) for line in found) == {
        ("github", "verified"): 2, ("github", "repeat"): 1, ("github", "wrong_signature"): 1,
        ("alertmanager", "wrong_signature"): 1, ("alertmanager", "verified"): 1,
        ("generic", "verified"): 1, ("generic", "too_large"): 1, ("unknown", "unknown_endpoint"): 1,
    }  # fmt: skip
    accepted = {line["delivery"]: line for line in found if "delivery" in line}
    assert sorted(accepted) == [1, 2, 3, 4]
    assert [accepted[n]["state"] for n in (1, 2, 3, 4)] == ["ingested", "ingested", "unparsed", "ingested"]
    assert accepted[2]["kinds"] == ["incident.detected"]
    assert accepted[2]["channels"] == ["alerts"]
    assert accepted[2]["bytes"] == len(alert())
    assert all(line["waited_ms"] >= 0 and line["took_ms"] >= 0 for line in accepted.values())


def number(given: str) -> dict[str, str]:
    return {"x-github-delivery": given}


def alert() -> bytes:
    return samples.sample("alertmanager", "firing", clock.from_micros(1_700_000_000_000_000)).body


def huge() -> bytes:
    kind = "ghp_" + "a1" * 18
    return json.dumps({"title": "x" * 400_000, "kind": kind, "text": "token=hunter22"}).encode()


async def nobody(it: Process) -> int:
    headers = {"authorization": "Bearer a-wrong-bearer"}
    async with it.world.http.post(f"{it.world.gateway}/hooks/nobody", data=b"{}", headers=headers) as answer:
        return answer.status
