"""What runs, in Discord: `/status`, and its buttons."""

from __future__ import annotations

import re
from typing import Any, Self, cast

import discord
from discord import app_commands
from discord.ext import commands

from sovereign.cogs._completion import placed
from sovereign.cogs._edge import Host, Interaction, actor, answer, channel_of, edge, host, turn
from sovereign.core.errors import UserError
from sovereign.domain.permission import Capability
from sovereign.render import services as looks
from sovereign.render.answers import Answer
from sovereign.render.cards import Card
from sovereign.services.container import Services
from sovereign.services.operations import facts

Button = discord.ui.Button[discord.ui.View]


class RefreshStatus(discord.ui.DynamicItem[Button], template=looks.STATUS):
    def __init__(self, service: str, environment: str) -> None:
        super().__init__(looks.refresh_button(service, environment))
        self.service, self.environment = service, environment

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["service"], match["environment"])

    @edge
    async def callback(self, interaction: Interaction) -> None:
        await turn(interaction, _status(interaction, self.service, self.environment))


class TurnBoard(discord.ui.DynamicItem[Button], template=looks.BOARD):
    """Refreshes a board of services or turns its page; which one is in the custom_id."""

    def __init__(self, button: str, page: int, environment: str) -> None:
        super().__init__(looks.board_button("Refresh", button, page, environment))
        self.page, self.environment = page, environment

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["button"], int(match["page"]), match["environment"])

    @edge
    async def callback(self, interaction: Interaction) -> None:
        await turn(interaction, _board(interaction, self.environment or None, self.page))


class Operations(commands.Cog):
    def __init__(self, bot: commands.Bot, services: Services) -> None:
        self.bot, self.services = bot, services

    async def cog_load(self) -> None:
        self.bot.add_dynamic_items(RefreshStatus, TurnBoard)

    async def cog_unload(self) -> None:
        self.bot.remove_dynamic_items(RefreshStatus, TurnBoard)

    @app_commands.command(
        description="How a service is, or all of them, worst first",
        extras={"capability": Capability.SERVICES_VIEW},
    )
    @app_commands.describe(
        service="One service; without it a board of all",
        env="Its environment",
        watch="Post it for everybody here, and keep it up to date for 10 minutes",
    )
    @placed
    async def status(
        self,
        interaction: Interaction,
        service: str | None = None,
        env: str | None = None,
        watch: bool = False,
    ) -> None:
        if watch:
            await answer(interaction, _watch(interaction, service, env))
        elif service:
            await answer(interaction, _status(interaction, service, env))
        else:
            await answer(interaction, _board(interaction, env))


async def _status(interaction: Interaction, service: str, environment: str | None) -> Answer:
    statuses = host(interaction).services.operations.statuses
    found = await statuses.one(actor(interaction), service, environment)
    return looks.status(facts.of_status(found), interaction.guild_id)


async def _board(interaction: Interaction, environment: str | None, page: int = 0) -> Answer:
    statuses = host(interaction).services.operations.statuses
    return looks.board(facts.of_board(await statuses.board(actor(interaction), environment, page)))


async def _watch(interaction: Interaction, service: str | None, environment: str | None) -> Card:
    channel = next(iter(channel_of(interaction)), None)
    if channel is None:
        raise UserError("A message can be kept up to date in a channel of the guild only.")
    living = host(interaction).services.operations.living
    return looks.living(await living.begin(actor(interaction), service, environment, channel))


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(Operations(bot, cast(Host, bot).services))
