"""A session in which the bot and people do everything that they can, and all that travelled in it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import discord

from sovereign.sandbox.guild import GUILD_ID
from sovereign.sandbox.server import Running, SandboxOptions, running
from tests.sandbox.conftest import Person, logged_in, redirect, until
from tests.sandbox.everything import board, ruling, talking

WIDE = SandboxOptions(
    message_bucket=(10_000, 1.0),
    edit_bucket=(10_000, 1.0),
    delete_bucket=(10_000, 1.0),
    reaction_bucket=(10_000, 1.0),
    webhook_bucket=(10_000, 1.0),
    rename_bucket=(10_000, 1.0),
    global_per_second=10_000,
    interaction_seconds=1.0,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """REST calls as `GET /sandbox/traffic` tells of them, and the gateway's events by name."""

    traffic: list[dict[str, Any]]
    events: list[tuple[str, dict[str, Any]]]


@asynccontextmanager
async def _overheard(server: Running) -> AsyncIterator[list[tuple[str, dict[str, Any]]]]:
    """A second login that hears of everything and answers nothing."""
    heard: list[tuple[str, dict[str, Any]]] = []
    body = {"token": "sandbox", "intents": discord.Intents.all().value, "properties": {}}
    async with aiohttp.ClientSession() as session, session.ws_connect(server.gateway) as socket:

        async def listen() -> None:
            async for message in socket:
                packet = json.loads(message.data)
                if packet["op"] == 0:
                    heard.append((packet["t"], packet["d"]))

        task = asyncio.create_task(listen())
        await socket.send_json({"op": 2, "d": body})
        await socket.send_json({"op": 8, "d": {"guild_id": str(GUILD_ID), "query": "", "limit": 0}})
        await until(lambda: any(name == "GUILD_MEMBERS_CHUNK" for name, _ in heard))
        yield heard
        await socket.close()
        await task


async def session(folder: Path) -> Recorded:
    """Plays it all on a sandbox of its own."""
    async with running(folder, options=WIDE) as server, aiohttp.ClientSession() as http:
        person = Person(http, server.url)
        await person.act("emil", "prs", "say", content="before anybody listened")
        with redirect(server):
            async with logged_in(prepare=board.prepared) as bot, _overheard(server) as heard:
                for play in talking.PLAYS:
                    await play(bot, person)
                await person.post("roles", {"member": "Sovereign", "give": "Owner"})
                for play in ruling.PLAYS:
                    await play(bot, person)
                await until(lambda: heard and heard[-1][0] == "GUILD_MEMBER_REMOVE")
                return Recorded(traffic=await person.traffic(), events=heard)
