"""Freezes are told: once when they begin, once when they are over, where deployments are told."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sovereign.core import clock
from sovereign.core.clock import micros
from sovereign.core.errors import NotFound
from sovereign.domain.freeze import Freeze
from sovereign.domain.permission import Actor
from sovereign.integrations.sovereign import SOURCE
from sovereign.render.freezes import head, over, thawed
from sovereign.services.freezing import Lifted, Wanted
from sovereign.store import freezes
from sovereign.store.database import Database
from tests.services.clusters import CONFIGURATION, OWNER
from tests.services.releasing import Dock, dock_over

CHEN = Actor(id=8, name="chen", roles=OWNER.roles)
COUNT = Wanted(service="shop", environment="prod", reason="inventory count", length=timedelta(hours=2))
CHANNELS = """
git:
  org: acme
  repos: [{name: shop, service: shop, channel: shop-releases}]
"""


@pytest.fixture
def dock(database: Database) -> Dock:
    text = CONFIGURATION.replace("discord:\n", 'discord:\n  channels: {deployments: "#releases"}\n')
    return dock_over(database, "", text)


async def told(dock: Dock) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Operation, channel, view and facts of all that was put into the outbox, oldest first."""
    rows = await dock.yard.database.read(
        lambda tx: [
            (row["op"], row["channel"], json.loads(row["payload_json"]))
            for row in tx.execute("SELECT * FROM outbox ORDER BY id")
        ]
    )
    return [(op, channel, payload["view"], payload["facts"]) for op, channel, payload in rows]


async def pass_by(dock: Dock, freeze: Freeze) -> None:
    """Let its time be over."""
    at = micros(clock.now() - timedelta(minutes=1))
    change = "UPDATE freezes SET until = ? WHERE id = ?"
    await dock.yard.database.write(lambda tx: tx.execute(change, (at, freeze.id)))


async def look(dock: Dock) -> None:
    """What the worker does once."""
    assert await dock.delivery.freezing._end() > 0


async def test_a_freeze_is_told_where_deployments_are_with_who_what_why_and_until_when(dock: Dock) -> None:
    freeze = await dock.delivery.freezing.freeze(CHEN, COUNT)
    assert freeze.until is not None
    [(op, channel, view, facts)] = await told(dock)
    assert (op, channel, view) == ("post", "releases", "freeze")
    embed = head(facts, "ref")
    assert embed.title == "🟡 Frozen: shop in prod"
    assert f"rolled back there until <t:{int(freeze.until.timestamp())}:f>.\ninventory count" in (
        embed.description or ""
    )
    assert [(field.name, field.value) for field in embed.fields] == [("By", "chen")]


async def test_a_freeze_that_is_lifted_says_so_in_its_message_and_in_a_new_one_once(dock: Dock) -> None:
    freezing = dock.delivery.freezing
    freeze = await freezing.freeze(CHEN, replace(COUNT, length=None))
    await freezing.lift(OWNER, freeze.id)
    with pytest.raises(NotFound):
        await freezing.lift(OWNER, freeze.id)
    await look(dock)
    assert [(op, view) for op, _, view, _ in await told(dock)] == [("post", "freeze"), ("post", "thaw")]
    (_, _, _, first), (_, channel, _, last) = await told(dock)  # not sent yet, the first was replaced
    assert (head(first, "ref").title, channel) == ("⚪ Was frozen: shop in prod", "releases")
    assert "Lifted by ada <t:" in (head(first, "ref").description or "")
    embed = over(last, "ref")
    assert embed.title == "🟢 No longer frozen: shop in prod"
    assert (embed.description or "").startswith("Lifted by ada, after 0s: inventory count")


async def test_programs_hear_of_a_freeze_and_of_its_end_once(dock: Dock) -> None:
    freezing = dock.delivery.freezing
    counted = await freezing.freeze(CHEN, COUNT)
    endless = await freezing.freeze(CHEN, replace(COUNT, service=None, length=None))
    await freezing.lift(OWNER, endless.id)
    await pass_by(dock, counted)
    for _ in "12":
        await look(dock)
    bodies = await dock.yard.database.read(
        lambda tx: [row["body"] for row in tx.execute("SELECT body FROM deliveries ORDER BY id")]
    )
    events = [event for body in bodies for event in SOURCE.parse({}, body)]
    assert [(one.kind, one.title) for one in events] == [
        ("freeze.begun", "chen froze shop in prod: inventory count"),
        ("freeze.begun", "chen froze everything in prod: inventory count"),
        ("freeze.ended", "ada lifted the freeze of everything in prod"),
        ("freeze.ended", "The freeze of shop in prod is over"),
    ]
    assert [bool(one.labels.get("until")) for one in events] == [True, False, False, True]


async def test_the_end_by_time_is_told_once_after_a_restart_too(dock: Dock, database: Database) -> None:
    freeze = await dock.delivery.freezing.freeze(CHEN, COUNT)
    await look(dock)
    assert len(await told(dock)) == 1, "it holds still"
    await pass_by(dock, freeze)
    for again in (dock_over(database, ""), dock_over(database, ""), dock):
        await look(again)
    (_, _, _, first), (op, channel, view, last) = await told(dock)
    assert (op, channel, view) == ("post", "releases", "thaw")
    assert "It ended <t:" in (head(first, "ref").description or "")
    assert (over(last, "ref").description or "").startswith("Its time is over, after ")
    with pytest.raises(NotFound):
        await dock.delivery.freezing.lift(OWNER, freeze.id)


async def test_the_worker_wakes_for_a_freeze_that_ends_soon(dock: Dock) -> None:
    worker = asyncio.ensure_future(dock.delivery.freezing.run())
    await asyncio.sleep(0)
    freeze = await dock.delivery.freezing.freeze(CHEN, COUNT)
    soon = micros(clock.now() + timedelta(milliseconds=200))
    await dock.yard.database.write(lambda tx: tx.execute("UPDATE freezes SET until = ?", (soon,)))
    dock.delivery.freezing._woken.set()
    async with asyncio.timeout(5):
        for _ in range(250):
            if len(await told(dock)) > 1:
                break
            await asyncio.sleep(0.02)
    assert [view for _, _, view, _ in await told(dock)] == ["freeze", "thaw"], freeze
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)


async def test_a_freeze_of_before_its_telling_is_told_only_when_somebody_lifts_it(dock: Dock) -> None:
    since = clock.now() - timedelta(hours=1)
    old = Freeze(service=None, environment=None, reason="old", by_id=1, by="chen", since=since, until=None)
    over = replace(old, until=since + timedelta(minutes=1))
    await dock.yard.database.write(lambda tx: freezes.add(tx, over))
    stands = await dock.yard.database.write(lambda tx: freezes.add(tx, old))
    await look(dock)
    assert await told(dock) == []
    await dock.delivery.freezing.lift(OWNER, stands.id)
    assert [(channel, view) for _, channel, view, _ in await told(dock)] == [("releases", "thaw")]


async def test_what_another_freeze_holds_is_not_said_to_be_free(dock: Dock) -> None:
    freezing = dock.delivery.freezing
    for other in ((None, None), ("shop", None), (None, "dev"), ("payments", "prod")):
        await freezing.freeze(CHEN, replace(COUNT, service=other[0], environment=other[1]))
    freeze = await freezing.freeze(CHEN, COUNT)
    lifted = await freezing.lift(CHEN, freeze.id)
    assert lifted == Lifted(freeze=freeze, others=2)
    for embed in (thawed(lifted), over((await told(dock))[-1][3], "ref")):
        assert embed.title == "🟡 One freeze less: shop in prod"
        assert "2 other freezes hold there still: `/freeze list`" in (embed.description or "")


async def test_a_service_whose_repository_has_a_channel_is_told_there(database: Database) -> None:
    text = CONFIGURATION.replace("{name: shop,", "{name: shop, repo: shop,") + CHANNELS
    dock = dock_over(database, "", text)
    await dock.delivery.freezing.freeze(CHEN, COUNT)
    await dock.delivery.freezing.freeze(CHEN, replace(COUNT, service=None))
    assert [channel for _, channel, _, _ in await told(dock)] == ["shop-releases", "deployments"]


async def test_the_reason_stays_text(dock: Dock) -> None:
    wanted = replace(COUNT, reason="@everyone [x](https://evil.example) **now**")
    freeze = await dock.delivery.freezing.freeze(CHEN, wanted)
    await dock.delivery.freezing.lift(CHEN, freeze.id)
    (_, _, _, first), (_, _, _, last) = await told(dock)
    for embed in (head(first, "ref"), over(last, "ref")):
        assert "@everyone" not in (embed.description or "")
        assert "[x\\](https" in (embed.description or "")
