"""Alerts in Discord: `/alerts list` and its pages, `/alerts show`, and the Acknowledge button."""

from __future__ import annotations

import re
from typing import Any, Self, cast

import discord
from discord import app_commands
from discord.ext import commands

from sovereign.cogs._edge import Host, Interaction, actor, answer, edge, host, turn
from sovereign.domain.permission import Capability
from sovereign.render import incidents as looks
from sovereign.render import open_incidents as lists
from sovereign.render.answers import Answer
from sovereign.render.cards import Card
from sovereign.services.container import Services

Button = discord.ui.Button[discord.ui.View]


class Acknowledge(discord.ui.DynamicItem[Button], template=looks.ACKNOWLEDGE):
    """Stateless: the incident's number is in the custom_id, so it works after a restart and a reload."""

    def __init__(self, incident_id: int) -> None:
        super().__init__(looks.acknowledge_button(incident_id))
        self.incident_id = incident_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(int(match["incident"]))

    @edge
    async def callback(self, interaction: Interaction) -> None:
        await answer(interaction, self._acknowledge(interaction))

    async def _acknowledge(self, interaction: Interaction) -> Card:
        message = interaction.message.id if interaction.message else None
        incidents = host(interaction).services.incidents
        found = await incidents.acknowledge(actor(interaction), self.incident_id, message)
        return looks.acknowledged(found.incident)


class Turn(discord.ui.DynamicItem[Button], template=lists.PAGE):
    """Turns the page of the list; what is on it is what is open by then."""

    def __init__(self, kind: str, page: int) -> None:
        super().__init__(lists.turn_button("More", kind, page))
        self.page = page

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["kind"], int(match["page"]))

    @edge
    async def callback(self, interaction: Interaction) -> None:
        await turn(interaction, self._turned(interaction))

    async def _turned(self, interaction: Interaction) -> Answer:
        incidents = host(interaction).services.incidents
        return lists.listing(await incidents.unresolved(actor(interaction), self.page))


class Alerts(commands.GroupCog, group_name="alerts", group_description="What is wrong, and who has it"):
    def __init__(self, bot: commands.Bot, services: Services) -> None:
        self.bot, self.incidents = bot, services.incidents

    async def cog_load(self) -> None:
        self.bot.add_dynamic_items(Acknowledge, Turn)

    async def cog_unload(self) -> None:
        self.bot.remove_dynamic_items(Acknowledge, Turn)

    @app_commands.command(
        name="list",
        description="Open incidents, worst first",
        extras={"capability": Capability.ALERTS_VIEW},
    )
    async def list_open(self, interaction: Interaction) -> None:
        await answer(interaction, self._list(interaction))

    async def _list(self, interaction: Interaction) -> Answer:
        return lists.listing(await self.incidents.unresolved(actor(interaction)))

    @app_commands.command(
        name="show",
        description="One incident with its timeline",
        extras={"capability": Capability.ALERTS_VIEW},
    )
    @app_commands.describe(incident="Number of the incident")
    async def show(self, interaction: Interaction, incident: int) -> None:
        await answer(interaction, self._show(interaction, incident))

    async def _show(self, interaction: Interaction, incident: int) -> Card:
        found = await self.incidents.show(actor(interaction), incident)
        link = looks.jump_link(interaction.guild_id, found.conversation)
        return looks.details(found, link)

    @show.autocomplete("incident")
    async def suggest(self, interaction: Interaction, current: str) -> list[app_commands.Choice[int]]:
        found = await self.incidents.suggestions(actor(interaction), current)
        return [app_commands.Choice(name=looks.choice(one), value=one.id) for one in found]


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(Alerts(bot, cast(Host, bot).services))
