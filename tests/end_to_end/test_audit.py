"""The audit from the chat: everything that members do is recorded, and can be looked up by who may."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import aiohttp
from structlog.testing import capture_logs

from sovereign.core import clock, log
from sovereign.domain.audit import Entry, Record, Result
from sovereign.sandbox.server import running
from sovereign.services import evidence
from sovereign.store import audit, checkpoints
from sovereign.store.audit import Sought
from sovereign.store.database import opened
from tests.end_to_end.test_administration import command
from tests.end_to_end.world import ROOT, World, bots, product, text

CONFIGURATION = """
governance:
  audit:
    channel: "#audit"
    checkpoints: {every: 1m, records: 3}
    sinks:
      - {type: file, path: audit.jsonl}
  manifest:
    path: MANIFEST.md
    sha256: "0000000000000000000000000000000000000000000000000000000000000000"
"""


async def records(it: World) -> list[Record]:
    assert it.bot is not None
    database = it.bot.services.auditing._database
    return [*reversed(await database.read(lambda tx: audit.search(tx, Sought(), 500)))]


async def test_commands_presses_and_refusals_are_recorded_and_found(everything: World) -> None:
    it = everything
    assert await it.sample("alertmanager", "firing") == 202
    (message,) = bots(await it.until("alerts", lambda found: bots(found)))
    assert "needs" in await command(it, "kit", "alerts list")
    await command(it, "chen", "alerts show", incident=1)
    await it.act("chen", "alerts", "click", message=message["id"], button="Acknowledge")
    found: list[Record] = []
    for _ in range(100):
        found = await records(it)
        if {"button", "sov:ack:1", "env://ALERTMANAGER_TOKEN"} <= {
            name for one in found for name in (one.entry.action, one.entry.subject)
        }:
            break
        await asyncio.sleep(0.05)
    by_action = {(one.entry.action, one.entry.subject): one for one in found}
    refused = by_action["command", "/alerts list"].entry
    assert (refused.result, refused.actor and refused.actor.name) == (Result.REFUSED, "Kit")
    assert "needs one of the roles" in refused.details
    shown = by_action["command", "/alerts show"].entry
    assert (shown.result, dict(shown.parameters)) == (Result.DONE, {"incident": 1})
    assert shown.actor is not None
    assert "DevOps" in {role.name for role in shown.actor.roles}
    assert shown.place is not None
    assert shown.place.channel is not None
    assert shown.duration_ms is not None
    pressed, effect = (
        by_action["button", "sov:ack:1"].entry,
        by_action["alerts.acknowledge", "incident 1"].entry,
    )
    assert pressed.trace == effect.trace != shown.trace
    assert len(pressed.trace) == 32
    assert pressed.place == effect.place
    reads = {one.entry.subject: one.entry.details for one in found if one.entry.action == "secret.read"}
    assert reads["env://DISCORD_TOKEN"] == "connecting to Discord"
    assert "endpoint" in reads["env://ALERTMANAGER_TOKEN"]
    assert found[0].entry.action in {"sovereign.start", "config.change"}

    assert "needs" in await command(it, "kit", "audit search")
    page = await command(it, "ada", "audit search", action="command")
    assert "/alerts show" in page
    assert "Kit" in page
    assert "sov:ack" not in page
    assert "is no time" in await command(it, "ada", "audit search", since="yesterday-ish")
    answer = await it.act("ada", "alerts", "command", command="audit search", options={"since": "1h"})
    files = answer["messages"][0]["attachments"]
    assert [one["filename"] for one in files] == ["records.json"]


async def test_a_command_and_its_log_line_have_the_same_trace(everything: World) -> None:
    with capture_logs(processors=[log.traced]) as lines:
        await command(everything, "ada", "alerts list")
        for _ in range(100):
            traces = {line["trace"] for line in lines if line["event"] == "command"}
            found = {one.entry.trace for one in await records(everything) if one.entry.action == "command"}
            if traces and traces <= found:
                return
            await asyncio.sleep(0.05)
    raise AssertionError(lines)


async def test_checkpoints_leave_the_house_and_what_is_wrong_is_told(tmp_path: Path) -> None:
    file = tmp_path / "discovery.yml"
    sample = (ROOT / "discovery.yml").read_text(encoding="utf-8")
    file.write_text(sample.partition("\ngovernance:")[0] + CONFIGURATION, encoding="utf-8")
    async with opened(tmp_path / "sovereign.db") as before:
        cut = Entry(
            at=clock.now(),
            actor=None,
            action="services.scale",
            subject="shop in prod",
            result=Result.INTENT,
        )
        await before.write(lambda tx: audit.append(tx, cut))
    async with (
        running(tmp_path / "sandbox") as sandbox,
        product(tmp_path, sandbox, file) as bot,
        aiohttp.ClientSession() as http,
    ):
        await bot.bot.usable.wait()
        it = World(sandbox=sandbox, gateway=f"http://127.0.0.1:{bot.port}", http=http, bot=bot)
        status = await command(it, "ada", "admin status")
        assert "Nobody knows what came of" in status
        assert "The manifest deviates" in status
        (head,) = bots(await it.until("audit", lambda found: bots(found)))
        assert "sovereign-audit/" in text(head)
        for _ in range(4):
            await command(it, "ada", "alerts list")
        await bot.services.checkpoints.sign()  # unless the worker was first
        newest = await bot.services.auditing._database.read(checkpoints.newest)
        assert newest is not None
        size = str(newest.size)
        await it.until("audit", lambda found: size in text(bots(found)[0]))
        assert len(bots(await it.messages("audit"))) == 1
        for _ in range(100):
            states = await bot.services.sinks.states()
            if states[0].waiting == 0:
                break
            await asyncio.sleep(0.1)
        lines = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
        assert [line["seq"] for line in lines if "seq" in line][:3] == [1, 2, 3]
        assert any("checkpoint" in line for line in lines)
    async with opened(tmp_path / "sovereign.db") as after:
        key = bot.services.checkpoints._key.public
        verdict = await evidence.verify(after, [key], [], lambda done, total: None)
    assert (verdict.faults, verdict.unsigned) == ([], 0)
