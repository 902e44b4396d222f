"""What a client that is closed, half alive or unreachable means for what waits."""

from __future__ import annotations

import asyncio
from pathlib import Path

import discord
import pytest
from discord.backoff import ExponentialBackoff

from sovereign.clients import discord_session
from tests.end_to_end.world import bots, text, world


async def test_a_receive_loop_that_breaks_is_replaced_and_buttons_work_again(tmp_path: Path) -> None:
    async with world(tmp_path) as it:
        assert it.bot is not None
        client = it.bot.bot
        real = client.ws.received_message

        async def broken(message: object) -> None:
            raise KeyError("something that discord.py did not expect")

        client.ws.received_message = broken  # type: ignore[method-assign]
        await it.act("ada", "general", "say", content="an event for the bot to stumble over")
        for _ in range(200):
            if client.is_closed() or client.ws.received_message is not broken:
                break
            await asyncio.sleep(0.02)
        assert real is not None
        await it.sample("alertmanager", "firing")
        (head,) = await it.until("alerts", bots, seconds=15)
        for _ in range(300):
            if client.connected:
                break
            await asyncio.sleep(0.05)
        answer = await it.act("chen", "alerts", "click", message=head["id"], button="Acknowledge")
        assert "is yours" in text(answer["messages"][0])


async def test_what_waits_while_the_client_is_closed_goes_out_later(tmp_path: Path) -> None:
    async with world(tmp_path) as it:
        assert it.bot is not None
        await it.sample("github", "pull_request.opened")
        (head,) = await it.until("prs", bots)
        await it.bot.bot.close()
        await it.sample("github", "issue_comment.created")
        await it.sample("github", "pull_request.merged")
        await it.until(head["id"], lambda found: any("merged" in text(line) for line in found), seconds=20)


def test_no_pause_before_connecting_again_is_longer_than_fifteen_seconds() -> None:
    patience = discord_session.Patience()
    assert max(patience.delay() for _ in range(200)) <= discord_session.LONGEST_PAUSE


async def test_the_client_waits_with_our_patience_and_not_with_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(vars(discord.client), "ExponentialBackoff", ExponentialBackoff)
    client = discord.Client(intents=discord.Intents.none())
    monkeypatch.setattr(client, "login", _nothing)
    monkeypatch.setattr(client, "connect", _nothing)
    await discord_session.stay_connected(client, "token")
    assert vars(discord.client)["ExponentialBackoff"] is discord_session.Patience


async def _nothing(*_: object, **__: object) -> None: ...
