"""What a client that is closed, half alive or unreachable means for what waits."""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
from pathlib import Path

import discord
import pytest
from discord.backoff import ExponentialBackoff

from sovereign.clients import discord_session
from sovereign.core.log import set_up
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


async def test_a_broken_connection_is_told_in_one_line_and_anything_else_as_it_comes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up("info", "json")
    client = discord.Client(intents=discord.Intents.default())
    monkeypatch.setattr(client, "login", _nothing)
    monkeypatch.setattr(client, "connect", _nothing)
    await discord_session.stay_connected(client, "token")
    theirs, words = logging.getLogger("discord.client"), "Attempting a reconnect in %.2fs"
    assert words in inspect.getsource(discord.Client.connect)
    try:
        raise TimeoutError
    except TimeoutError:
        theirs.exception(words, 3.249)
        theirs.exception("Something else went wrong")
    told, other = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (told["level"], told["event"]) == ("warning", "discord.disconnected")
    assert (told["problem"], told["next_try_in"]) == ("TimeoutError", 3.2)
    assert "exception" not in told
    assert "exception" in other


async def test_a_first_connection_that_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """discord.py itself gives up there: it asks the connection that it never had where to go on."""
    client = discord.Client(intents=discord.Intents.default())
    monkeypatch.setattr(client, "login", lambda _: client._async_setup_hook())
    monkeypatch.setattr(discord_session.Patience, "delay", lambda _: 0.0)
    tried: list[str] = []

    async def connected(*_: object, **__: object) -> None:
        tried.append("connected")

    async def refused(*_: object, **__: object) -> None:
        tried.append("refused")
        monkeypatch.setattr(client, "connect", connected)
        raise ConnectionRefusedError(111, "Connect call failed")

    monkeypatch.setattr("discord.client.DiscordWebSocket.from_client", refused)
    await discord_session.stay_connected(client, "token")
    assert tried == ["refused", "connected"]


async def _nothing(*_: object, **__: object) -> None: ...
