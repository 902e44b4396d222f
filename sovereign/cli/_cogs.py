"""The commands of every cog, loaded without connecting to anybody."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from sovereign.bot import cogs

Found = app_commands.Command[Any, ..., Any] | app_commands.ContextMenu


class _Nothing:
    """Stands in for the services, which a cog only keeps while it is loaded."""

    def __getattr__(self, name: str) -> _Nothing:
        return self


async def loaded_commands() -> list[Found]:
    """Slash commands and context menus by name; each declares its capability in `extras`."""
    bot: Any = commands.Bot(commands.when_mentioned, intents=discord.Intents.none(), help_command=None)
    bot.services = _Nothing()
    async with bot:
        for cog in cogs():
            await bot.load_extension(cog)
        walked = [each for kind in discord.AppCommandType for each in bot.tree.walk_commands(type=kind)]
    found = [each for each in walked if not isinstance(each, app_commands.Group)]
    return sorted(found, key=lambda each: each.qualified_name)
