"""What `sovereign doctor` is given to look through: Discord or the sandbox, the gateway, and the commands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from sovereign import app
from sovereign.bot import cogs
from sovereign.cli.sandbox import FOLDER
from sovereign.clients import discord_doctor, discord_session, sandbox_process, web_reader
from sovereign.core.lockfile import read_facts
from sovereign.core.settings import Settings
from sovereign.domain.permission import Capability
from sovereign.services.doctor.commands import Needs, label
from sovereign.services.doctor.examination import Discord, Outside
from sovereign.services.doctor.facts import Unanswered
from sovereign.services.ports import Survey


async def outside(settings: Settings, *, sandbox: bool) -> Outside:
    return Outside(
        discord=_of_sandbox(settings) if sandbox else _of_settings(settings),
        fetch=web_reader.read,
        gateway=app.gateway_of(settings.data),
        database=settings.data / app.DATABASE,
        needs=await needs(),
    )


def _of_settings(settings: Settings) -> Discord:
    if settings.discord_api and settings.discord_gateway:
        discord_session.redirect(settings.discord_api, settings.discord_gateway)
    return discord_doctor.survey


def sandbox_of(settings: Settings) -> sandbox_process.Place | None:
    """The sandbox that runs over the data folder, if one does."""
    url = read_facts(settings.data / FOLDER / sandbox_process.LOCK).get("url")
    return sandbox_process.Place(url=str(url)) if url else None


def _of_sandbox(settings: Settings) -> Discord:
    place = sandbox_of(settings)
    if place is None:
        return _none(settings)
    discord_session.redirect(place.api, place.gateway)
    return discord_doctor.survey


def _none(settings: Settings) -> Discord:
    @asynccontextmanager
    async def survey(_: str) -> AsyncIterator[Survey]:
        start = f"Start it: sovereign sandbox --data {settings.data}"
        raise Unanswered(f"No sandbox runs over {settings.data}", start)
        yield

    return survey


async def needs() -> Needs:
    """Of every command in the cogs, loaded without connecting to anybody."""
    bot: Any = commands.Bot(commands.when_mentioned, intents=discord.Intents.none(), help_command=None)
    bot.services = _Nothing()
    found: defaultdict[str, set[Capability | None]] = defaultdict(set)
    async with bot:
        for cog in cogs():
            await bot.load_extension(cog)
        for kind in discord.AppCommandType:
            for each in bot.tree.walk_commands(type=kind):
                if not isinstance(each, app_commands.Group):
                    top = each.qualified_name.split(" ")[0] if kind.value == 1 else each.name
                    found[label(top, kind.value)].add(each.extras.get("capability"))
    return {
        name: None if None in needed else frozenset(filter(None, needed)) for name, needed in found.items()
    }


class _Nothing:
    """Stands in for the services, which a cog only keeps while it is loaded."""

    def __getattr__(self, name: str) -> _Nothing:
        return self
