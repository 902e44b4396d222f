"""Why a message is here: an entry in the menu of every message, and the Details button under an incident."""

from __future__ import annotations

import re
from typing import Any, Self, cast

import discord
from discord import app_commands
from discord.ext import commands

from sovereign.cogs._edge import Host, Interaction, actor, answer, edge, host
from sovereign.domain.permission import Capability
from sovereign.render import reasons as looks
from sovereign.render.answers import Answer
from sovereign.services.container import Services

Button = discord.ui.Button[discord.ui.View]


class Details(discord.ui.DynamicItem[Button], template=looks.DETAILS):
    """Stateless: it is about the message that it stands under."""

    def __init__(self) -> None:
        super().__init__(looks.details_button())

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls()

    @edge
    async def callback(self, interaction: Interaction) -> None:
        message = cast(discord.Message, interaction.message)  # a button stands under one
        await answer(interaction, _why(host(interaction).services, interaction, message))


class Conversations(commands.Cog):
    def __init__(self, bot: commands.Bot, services: Services) -> None:
        self.bot, self.services = bot, services
        self.menu = app_commands.ContextMenu(
            name=looks.MENU, callback=self.why, extras={"capability": Capability.ALERTS_VIEW}
        )

    async def cog_load(self) -> None:
        self.bot.tree.add_command(self.menu)
        self.bot.add_dynamic_items(Details)

    async def cog_unload(self) -> None:
        self.bot.tree.remove_command(self.menu.name, type=self.menu.type)
        self.bot.remove_dynamic_items(Details)

    async def why(self, interaction: Interaction, message: discord.Message) -> None:
        await answer(interaction, _why(self.services, interaction, message))


async def _why(services: Services, interaction: Interaction, message: discord.Message) -> Answer:
    return looks.why(await services.conversations.why(actor(interaction), message.id, message.channel.id))


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(Conversations(bot, cast(Host, bot).services))
