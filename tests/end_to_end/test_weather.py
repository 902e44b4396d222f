"""Bad weather between the bot and Discord: everything arrives later, in order, once."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from sovereign.clients import discord_pacing
from sovereign.core.lockfile import AlreadyLocked
from sovereign.sandbox.server import SandboxOptions, running
from tests.end_to_end.world import PATIENCE, World, bots, product, text, texts, world


async def say(it: World, *numbers: int) -> None:
    for number in numbers:
        body = json.dumps({"title": f"event {number:03}", "service": "shop"}).encode()
        assert await it.send("generic", body, {"x-delivery-id": f"d{number}"}) == 202


def numbers(found: list[str]) -> list[str]:
    return [word for line in found for word in line.split("\n") if "event" in word]


async def in_order(it: World, count: int, seconds: float = PATIENCE) -> None:
    found = await it.until("cluster-status", lambda seen: len(bots(seen)) >= count, seconds)
    await it.told()
    titles = [message["embeds"][0]["title"][-9:] for message in bots(await it.messages("cluster-status"))]
    assert titles == [f"event {number:03}" for number in range(count)], texts(found)


async def test_an_outage_of_a_second_loses_nothing_and_repeats_nothing(everything: World) -> None:
    await say(everything, 0)
    await everything.until("cluster-status", bots)
    await everything.fault(kind="down", seconds=1.2)
    await say(everything, 1, 2, 3)
    await in_order(everything, 4)


@pytest.mark.parametrize(("status", "times"), [(500, 1), (503, 2)])
async def test_server_errors_are_waited_out(everything: World, status: int, times: int) -> None:
    """discord.py repeats after 500, 502 and 504; 503 it leaves to us."""
    await everything.fault(kind="rest", match="POST .*/messages", status=status, times=times)
    await say(everything, 0, 1)
    await in_order(everything, 2)


async def test_an_answer_that_never_came_is_looked_for_before_it_is_said_again(everything: World) -> None:
    """The message was made, the answer was lost, and Discord has forgotten the nonce."""
    await everything.fault(kind="rest", match="POST .*/messages", status=503, times=1, after=True)
    await say(everything, 0)
    await everything.until("cluster-status", bots)
    await everything.fault(kind="nonces")
    await say(everything, 1)
    await in_order(everything, 2)


async def test_rate_limits_are_obeyed(everything: World) -> None:
    await everything.fault(kind="rate_limit", match="POST .*/messages", times=2, retry_after=0.3)
    await say(everything, 0, 1)
    await in_order(everything, 2)


async def test_a_dropped_gateway_stops_no_message(everything: World) -> None:
    await everything.fault(kind="gateway_refuse_resume")
    await everything.fault(kind="gateway_drop")
    await say(everything, 0, 1)
    await in_order(everything, 2)


async def test_a_burst_of_messages_draws_no_refusal_from_discord(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many messages in a channel as Discord takes, in a fifth of the time."""
    places, seconds = discord_pacing.BUCKET
    quick = (places, seconds / 5)
    monkeypatch.setattr(discord_pacing, "BUCKET", quick)
    async with world(tmp_path, SandboxOptions(message_bucket=quick)) as it:
        await say(it, *range(places + 2))
        await in_order(it, places + 2)
        statuses = Counter(call["status"] for call in await it.traffic())
    assert 429 not in statuses


async def test_discord_may_be_down_when_the_bot_starts(tmp_path: Path) -> None:
    import aiohttp

    async with (
        running(tmp_path / "sandbox", options=SandboxOptions()) as sandbox,
        aiohttp.ClientSession() as http,
    ):
        it = World(sandbox=sandbox, gateway="", http=http)
        await it.fault(kind="down", seconds=1.5)
        async with product(tmp_path, sandbox) as bot:
            it.gateway, it.bot = f"http://127.0.0.1:{bot.port}", bot
            await say(it, 0)
            await in_order(it, 1)


async def test_a_second_process_on_the_same_data_folder_is_refused_with_a_clear_message(
    everything: World, tmp_path: Path
) -> None:
    with pytest.raises(BaseException, match="in use by another process") as refused:
        async with product(tmp_path, everything.sandbox):
            pass
    assert isinstance(refused.value, AlreadyLocked)


async def test_stopping_says_what_was_accepted_first(tmp_path: Path) -> None:
    import aiohttp

    async with running(tmp_path / "sandbox") as sandbox, aiohttp.ClientSession() as http:
        it = World(sandbox=sandbox, gateway="", http=http)
        async with product(tmp_path, sandbox) as bot:
            await bot.bot.usable.wait()
            it.gateway = f"http://127.0.0.1:{bot.port}"
            await say(it, 0, 1, 2)
        assert [text(one).split("\n")[1][-9:] for one in bots(await it.messages("cluster-status"))] == [
            "event 000", "event 001", "event 002"
        ]  # fmt: skip


async def test_a_thread_that_somebody_deleted_is_made_again_and_a_deleted_head_stops_nothing(
    everything: World,
) -> None:
    await everything.sample("github", "pull_request.opened")
    (head,) = await everything.until("prs", bots)
    await everything.sample("github", "issue_comment.created")
    await everything.thread(head)
    await api(everything, "DELETE", f"/channels/{head['id']}")
    await everything.sample("github", "pull_request_review.approved")
    lines = await everything.thread(head, 1)
    assert "approved" in text(lines[-1])

    await api(everything, "DELETE", f"/channels/{head['channel_id']}/messages/{head['id']}")
    await everything.sample("github", "pull_request.merged")
    await say(everything, 0)
    await in_order(everything, 1)


async def api(it: World, method: str, path: str) -> None:
    """A call of Discord's API with the bot's token, as another tool of its owner might make it."""
    headers = {"Authorization": "Bot sandbox"}
    async with it.http.request(method, it.sandbox.api + path, headers=headers) as answer:
        assert answer.status in (200, 204), await answer.text()
