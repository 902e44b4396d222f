"""Who may do what, pressed and typed by members with and without the roles."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp

from sovereign.sandbox.server import running
from tests.end_to_end.world import World, bots, product, text, world


async def firing(it: World) -> str:
    await it.sample("alertmanager", "firing")
    (head,) = await it.until("alerts", bots)
    return str(head["id"])


async def test_a_member_without_the_capability_is_refused_by_the_name_of_the_role(everything: World) -> None:
    message = await firing(everything)
    answer = await everything.act("kit", "alerts", "click", message=message, button="Acknowledge")
    words = text(answer["messages"][0])
    assert (
        "Acknowledging alerts in prod needs one of the roles Owner, DevOps or On-Call. You have Contractors."
        in words
    )
    assert "On-Call" in words
    assert answer["messages"][0]["flags"] & 64, "the refusal is for that member alone"
    (head,) = await everything.messages("alerts")
    assert "nobody has it yet" in text(head)


async def test_commands_list_and_show_what_the_member_may_see(everything: World) -> None:
    await firing(everything)
    answer = await everything.act("chen", "alerts", "command", command="alerts list", options={})
    assert "1 open incident" in text(answer["messages"][0])
    answer = await everything.act(
        "chen", "alerts", "autocomplete", command="alerts show", options={"incident": "1"}, focused="incident"
    )
    assert [choice["value"] for choice in answer["choices"]] == [1]
    answer = await everything.act("chen", "alerts", "command", command="alerts show", options={"incident": 1})
    assert "PodCrashLooping" in text(answer["messages"][0])
    answer = await everything.act(
        "chen", "alerts", "command", command="alerts show", options={"incident": 99}
    )
    assert "There is no incident 99" in text(answer["messages"][0])


async def test_a_role_for_some_environments_sees_nothing_of_the_others(everything: World) -> None:
    await firing(everything)  # in prod; QA may look at dev and staging
    answer = await everything.act("gus", "alerts", "command", command="alerts list", options={})
    assert "No open incident that you may see" in text(answer["messages"][0])
    answer = await everything.act("gus", "alerts", "command", command="alerts show", options={"incident": 1})
    assert "Looking at alerts in prod needs" in text(answer["messages"][0])


async def test_the_button_works_after_a_restart_and_the_second_to_press_learns_who_was_first(
    tmp_path: Path,
) -> None:
    async with world(tmp_path) as it:
        message = await firing(it)
    async with (
        running(tmp_path / "sandbox") as sandbox,
        product(tmp_path, sandbox) as bot,
        aiohttp.ClientSession() as http,
    ):
        await bot.bot.usable.wait()
        again = World(sandbox=sandbox, gateway="", http=http)
        answers = await asyncio.gather(
            *(
                again.act(who, "alerts", "click", message=message, button="Acknowledge")
                for who in ("chen", "hana")
            )
        )
    first, second = sorted(
        (text(answer["messages"][0]) for answer in answers), key=lambda words: "already" in words
    )
    assert "is yours" in first
    assert "already acknowledged by" in second
