"""What outgoing webhooks could not deliver, in Discord: `/forwards list`, `show` and `retry`."""

from __future__ import annotations

import re
from typing import Any, Self, cast

import discord
from discord import app_commands
from discord.ext import commands

from sovereign.cogs._edge import Host, Interaction, actor, answer, edge, host
from sovereign.domain.permission import Capability
from sovereign.render import forwards as looks
from sovereign.render.answers import Answer
from sovereign.render.cards import Card
from sovereign.services.container import Services
from sovereign.store.letters import Sought

Button = discord.ui.Button[discord.ui.View]
States = app_commands.choices(
    state=[
        app_commands.Choice(name=f"{state}: {words}", value=state) for state, words in looks.STATES.items()
    ]
)


class Retry(discord.ui.DynamicItem[Button], template=looks.RETRY):
    def __init__(self, number: int) -> None:
        super().__init__(looks.retry_button(number))
        self.number = number

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(int(match["number"]))

    @edge
    async def callback(self, interaction: Interaction) -> None:
        await answer(interaction, _retry(host(interaction).services, interaction, self.number))


class Forwards(
    commands.GroupCog, group_name="forwards", group_description="What outgoing webhooks could not deliver"
):
    def __init__(self, bot: commands.Bot, services: Services) -> None:
        self.bot, self.services = bot, services

    async def cog_load(self) -> None:
        self.bot.add_dynamic_items(Retry)

    async def cog_unload(self) -> None:
        self.bot.remove_dynamic_items(Retry)

    @app_commands.command(
        name="list",
        description="Events that a target has not taken",
        extras={"capability": Capability.FORWARDS_VIEW},
    )
    @app_commands.describe(state="Only those in this state", target="Only those for this target")
    @States
    async def list_letters(
        self, interaction: Interaction, state: str | None = None, target: str | None = None
    ) -> None:
        await answer(interaction, self._list(interaction, Sought(state=state, target=target)))

    async def _list(self, interaction: Interaction, sought: Sought) -> Answer:
        return looks.listing(await self.services.letters.listed(actor(interaction), sought), sought)

    @app_commands.command(
        name="show",
        description="One event, who lacks it, and why",
        extras={"capability": Capability.FORWARDS_VIEW},
    )
    @app_commands.describe(event="Number of the event")
    async def show_letter(self, interaction: Interaction, event: int) -> None:
        await answer(interaction, self._show(interaction, event))

    async def _show(self, interaction: Interaction, number: int) -> Answer:
        found = await self.services.letters.show(actor(interaction), number)
        return looks.details(found.letters, found.event)

    @app_commands.command(
        name="retry",
        description="Send an event again to those who lack it",
        extras={"capability": Capability.FORWARDS_RETRY},
    )
    @app_commands.describe(event="Number of the event", target="Only to this target")
    async def retry_letter(self, interaction: Interaction, event: int, target: str | None = None) -> None:
        await answer(interaction, _retry(self.services, interaction, event, target))

    @show_letter.autocomplete("event")
    @retry_letter.autocomplete("event")
    async def suggest_event(self, interaction: Interaction, current: str) -> list[app_commands.Choice[int]]:
        found = await self.services.letters.suggestions(actor(interaction), current)
        return [app_commands.Choice(name=looks.choice(one), value=one.number) for one in found]


async def _retry(
    services: Services, interaction: Interaction, number: int, target: str | None = None
) -> Card:
    found = await services.letters.retry(actor(interaction), number, target)
    return looks.retried(found.letters, found.unknown)


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(Forwards(bot, cast(Host, bot).services))
