"""Deployments in Discord: the button that begins one, and those of one that is under way."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Self, cast

import discord
from discord.ext import commands

from sovereign.cogs._edge import Host, Interaction, actor, answer, channel_of, decide, edge, host, said_in
from sovereign.domain.deployment import Wish
from sovereign.render import deployments as looks
from sovereign.render import orders
from sovereign.render.cards import Card
from sovereign.services.container import Services
from sovereign.services.releasing.deploying import Order

Button = discord.ui.Button[discord.ui.View]


class Begin(discord.ui.DynamicItem[Button], template=orders.BEGIN):
    """Deploys what the preview showed, which is in the custom_id; it is refused once that has moved."""

    def __init__(self, order: Order, seen: str) -> None:
        super().__init__(orders.button(order, seen))
        self.order, self.seen = order, seen

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(orders.read(match), match["seen"])

    @edge
    async def callback(self, interaction: Interaction) -> None:
        await decide(interaction, self._begin(interaction))

    async def _begin(self, interaction: Interaction) -> Card:
        deploying = host(interaction).services.delivery.deploying
        order = replace(self.order, channel=said_in(channel_of(interaction)))
        return looks.begun(await deploying.confirm(actor(interaction), order, self.seen))


class Tell(discord.ui.DynamicItem[Button], template=looks.WISH):
    """Cancel, Pause, Promote … of a deployment that is under way."""

    def __init__(self, wish: Wish, deployment_id: int) -> None:
        super().__init__(looks.button(wish, deployment_id))
        self.wish, self.deployment_id = wish, deployment_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(Wish(match["wish"]), int(match["deployment"]))

    @edge
    async def callback(self, interaction: Interaction) -> None:
        await answer(interaction, self._tell(interaction))

    async def _tell(self, interaction: Interaction) -> Card:
        running = host(interaction).services.delivery.rollouts
        found = await running.wish(actor(interaction), self.deployment_id, self.wish)
        return looks.wished(found, self.wish)


class Rollouts(commands.Cog):
    def __init__(self, bot: commands.Bot, services: Services) -> None:
        self.bot, self.services = bot, services

    async def cog_load(self) -> None:
        self.bot.add_dynamic_items(Begin, Tell)

    async def cog_unload(self) -> None:
        self.bot.remove_dynamic_items(Begin, Tell)


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(Rollouts(bot, cast(Host, bot).services))
