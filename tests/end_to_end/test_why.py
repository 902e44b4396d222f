"""Why a message is here: the menu of every message and the Details button, also after a restart."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from sovereign.core import clock
from sovereign.sandbox.server import Running, running
from tests.end_to_end.world import ROOT, World, bots, product, text, texts

CORRELATE = """
  correlate:
    - {name: one service, same: [cluster, service], within: 10m}
"""


def alert(name: str, severity: str = "critical", **labels: str) -> bytes:
    labels = {
        "alertname": name,
        "severity": severity,
        "cluster": "a",
        "service": "shop",
        "env": "prod",
    } | labels
    one = {"status": "firing", "labels": labels, "annotations": {"summary": f"{name} it is"},
           "startsAt": clock.now().isoformat(), "endsAt": "0001-01-01T00:00:00Z",
           "fingerprint": name}  # fmt: skip
    return json.dumps({"version": "4", "groupKey": name, "status": "firing", "alerts": [one]}).encode()


@asynccontextmanager
async def started(folder: Path, sandbox: Running) -> AsyncIterator[World]:
    """The product over a configuration with a correlation rule, in a guild that goes on without it."""
    file = folder / "discovery.yml"
    sample = (ROOT / "discovery.yml").read_text(encoding="utf-8")
    file.write_text(
        sample.replace("\n  # The first rule whose conditions", f"{CORRELATE}\n  # The first rule", 1)
    )
    async with product(folder, sandbox, file) as it, aiohttp.ClientSession() as http:
        await it.bot.usable.wait()
        yield World(sandbox=sandbox, gateway=f"http://127.0.0.1:{it.port}", http=http, bot=it)


async def asked(it: World, member: str, channel: str, message: str) -> Any:
    """What the member is answered who chooses the entry in the message's menu."""
    answer: Any = None
    for _ in range(100):
        answer = await it.act(member, channel, "menu", command="Why is this here", message=message)
        if "messages" in answer:
            return answer
        await asyncio.sleep(0.05)  # until the bot has told its commands
    raise AssertionError(answer)


async def test_details_say_why_the_alerts_of_an_incident_are_one_and_do_so_after_a_restart(
    tmp_path: Path,
) -> None:
    async with running(tmp_path / "sandbox") as sandbox:
        async with started(tmp_path, sandbox) as it:
            await it.send("alertmanager", alert("Down"))
            (head,) = await it.until("alerts", bots)
            assert [one["label"] for one in head["components"][0]["components"]] == ["Acknowledge"]
            await it.send("alertmanager", alert("Slow"))
            (head,) = await it.until("alerts", lambda found: "Joined by: one service" in text(found[0]))
            await it.thread(head, 2)
        async with started(tmp_path, sandbox) as it:
            assert [one["label"] for one in head["components"][0]["components"]] == ["Acknowledge", "Details"]
            pressed = await it.act("ivan", "alerts", "click", message=head["id"], button="Details")
            said = text(pressed["messages"][0]).replace("\\", "")
            assert "Why these 2 events are one: Down" in said
            assert "correlation rule one service: cluster=a and service=shop agree within 10 minutes" in said
            assert pressed["messages"][0]["flags"] & 64, "for the person alone"
            shown = await it.act("ivan", "alerts", "command", command="alerts show", options={"incident": 1})
            assert "1x correlation rule one service" in text(shown["messages"][0])
            refused = await it.act("kit", "alerts", "click", message=head["id"], button="Details")
            assert "needs one of the roles" in text(refused["messages"][0])
            elsewhere = await it.act("gus", "alerts", "click", message=head["id"], button="Details")
            assert "Looking at alerts in prod needs" in text(elsewhere["messages"][0])


async def test_the_menu_of_any_message_says_what_it_stands_for(everything: World) -> None:
    await everything.sample("github", "pull_request.opened")
    await everything.sample("github", "check_run.failed")
    await everything.send("generic", b'{"title": "The backup ended"}')
    (head,) = await everything.until("prs", bots)
    line = bots(await everything.thread(head))[-1]
    said = text((await asked(everything, "ivan", "prs", head["id"]))["messages"][0])
    assert "Why these 2 events are one: acme/shop#42" in said
    assert "its sender's own key, github:acme/shop#42" in said
    assert "#prs: the default for change.created" in said
    in_thread = text((await asked(everything, "ivan", head["id"], line["id"]))["messages"][0])
    assert in_thread == said
    (notice,) = await everything.until("cluster-status", bots)
    alone = text((await asked(everything, "ivan", "cluster-status", notice["id"]))["messages"][0])
    assert "Why this is here" in alone
    assert "The backup ended" in alone
    refused = await asked(everything, "kit", "prs", head["id"])
    assert "needs one of the roles" in text(refused["messages"][0])
    await everything.act("ada", "general", "say", content="Good morning")
    (own,) = [one for one in await everything.messages("general") if not one["author"].get("bot")]
    nothing = await asked(everything, "ada", "general", own["id"])
    assert "stands for no event" in texts(nothing["messages"])[0]
