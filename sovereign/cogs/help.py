"""`/help`: the commands that a member may use, and how."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, cast

import discord
from discord import app_commands
from discord.ext import commands

from sovereign.cogs._edge import Host, Interaction, actor, answer
from sovereign.core.errors import NotFound
from sovereign.domain.permission import Actor
from sovereign.render import help as looks
from sovereign.render.cards import Card
from sovereign.services.container import Services

Command = app_commands.Command[Any, ..., Any]


class Help(commands.Cog):
    def __init__(self, bot: commands.Bot, services: Services) -> None:
        self.bot, self.permissions = bot, services.permissions

    @app_commands.command(name="help", description="What you can do here")
    @app_commands.describe(command="Tell more of one command")
    async def show(self, interaction: Interaction, command: str | None = None) -> None:
        await answer(interaction, self._show(actor(interaction), command))

    async def _show(self, member: Actor, name: str | None) -> Card:
        usable = [_entry(one) for one in self._usable(member)]
        if name is None:
            return looks.listing(usable, self._hidden(member), list(self._menus(member)))
        wanted = name.strip().removeprefix("/").lower()
        found = next((one for one in _all(self.bot) if one.qualified_name == wanted), None)
        if found is None:
            raise NotFound(f"There is no command /{wanted}. /help without an option lists yours.")
        if capability := found.extras.get("capability"):
            self.permissions.require_somewhere(member, capability)
        return looks.details(_entry(found))

    def _hidden(self, member: Actor) -> Counter[tuple[str, ...]]:
        """How many commands each choice of roles would add, the most first."""
        usable = {one.qualified_name for one in self._usable(member)}
        others = [one for one in _all(self.bot) if one.qualified_name not in usable]
        counts = Counter(tuple(self.permissions.enough_somewhere(one.extras["capability"])) for one in others)
        return Counter(dict(counts.most_common()))

    @show.autocomplete("command")
    async def suggest(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        wanted = current.strip().removeprefix("/").lower()
        names = [command.qualified_name for command in self._usable(actor(interaction))]
        return [app_commands.Choice(name=f"/{name}", value=name) for name in names if wanted in name][:25]

    def _usable(self, member: Actor) -> Iterator[Command]:
        return (command for command in _all(self.bot) if self._may(member, command))

    def _menus(self, member: Actor) -> Iterator[str]:
        """Names of the entries in the menu of a message."""
        walked = self.bot.tree.walk_commands(type=discord.AppCommandType.message)
        return (menu.name for menu in walked if self._may(member, menu))

    def _may(self, member: Actor, command: Command | app_commands.ContextMenu) -> bool:
        """Those without a capability are for everybody."""
        capability = command.extras.get("capability")
        return capability is None or self.permissions.allows_somewhere(member, capability)


def _all(bot: commands.Bot) -> Iterator[Command]:
    walked = [one for one in bot.tree.walk_commands() if isinstance(one, app_commands.Command)]
    yield from sorted(walked, key=lambda command: command.qualified_name)


def _entry(command: Command) -> looks.Entry:
    return looks.Entry(
        name=command.qualified_name,
        description=command.description,
        options=tuple((one.display_name, str(one.description), one.required) for one in command.parameters),
    )


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(Help(bot, cast(Host, bot).services))
