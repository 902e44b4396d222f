"""What came in, in Discord: `/deliveries list`, `show` and `replay`, and their buttons."""

from __future__ import annotations

import re
from typing import Any, Self, cast

import discord
from discord import app_commands
from discord.ext import commands

from sovereign.cogs._edge import Host, Interaction, actor, answer, edge, host, turn
from sovereign.domain.permission import Capability
from sovereign.render import deliveries as looks
from sovereign.render.answers import Answer
from sovereign.render.cards import Card
from sovereign.services.container import Services
from sovereign.store.deliveries import Sought

Button = discord.ui.Button[discord.ui.View]
States = app_commands.choices(
    state=[
        app_commands.Choice(name=f"{state}: {words}", value=state) for state, words in looks.STATES.items()
    ]
)


class Turn(discord.ui.DynamicItem[Button], template=looks.OLDER):
    """Turns the page of a list of deliveries; what is listed is in the custom_id."""

    def __init__(self, sought: Sought) -> None:
        super().__init__(looks.turn_button("Older", sought))
        self.sought = sought

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        before = int(match["before"]) if match["before"] else None
        return cls(Sought(state=match["state"] or None, endpoint=match["endpoint"] or None, before=before))

    @edge
    async def callback(self, interaction: Interaction) -> None:
        await turn(interaction, self._page(interaction))

    async def _page(self, interaction: Interaction) -> Answer:
        deliveries = host(interaction).services.deliveries
        return looks.listing(await deliveries.recent(actor(interaction), self.sought), self.sought)


class Replay(discord.ui.DynamicItem[Button], template=looks.REPLAY):
    def __init__(self, delivery_id: int) -> None:
        super().__init__(looks.replay_button(delivery_id))
        self.delivery_id = delivery_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(int(match["delivery"]))

    @edge
    async def callback(self, interaction: Interaction) -> None:
        await answer(interaction, _replay(host(interaction).services, interaction, self.delivery_id))


class Deliveries(
    commands.GroupCog, group_name="deliveries", group_description="What senders sent, and what became of it"
):
    """`/admin deliveries` is another of these; it has the code of the time when `admin` was loaded."""

    def __init__(self, bot: commands.Bot, services: Services) -> None:
        self.bot, self.services = bot, services

    async def cog_load(self) -> None:
        self.bot.add_dynamic_items(Turn, Replay)

    async def cog_unload(self) -> None:
        self.bot.remove_dynamic_items(Turn, Replay)

    @app_commands.command(
        name="list",
        description="The newest deliveries",
        extras={"capability": Capability.DELIVERIES_VIEW},
    )
    @app_commands.describe(state="Only those in this state", endpoint="Only those that came in here")
    @States
    async def list_deliveries(
        self, interaction: Interaction, state: str | None = None, endpoint: str | None = None
    ) -> None:
        await answer(interaction, self._list(interaction, Sought(state=state, endpoint=endpoint)))

    async def _list(self, interaction: Interaction, sought: Sought) -> Answer:
        found = await self.services.deliveries.recent(actor(interaction), sought)
        return looks.listing(found, sought)

    @app_commands.command(
        name="show",
        description="One delivery as it came, and where its events went",
        extras={"capability": Capability.DELIVERIES_VIEW},
    )
    @app_commands.describe(delivery="Number of the delivery")
    async def show_delivery(self, interaction: Interaction, delivery: int) -> None:
        await answer(interaction, self._show(interaction, delivery))

    async def _show(self, interaction: Interaction, delivery_id: int) -> Answer:
        found = await self.services.deliveries.show(actor(interaction), delivery_id)
        return looks.details(found.delivery, found.told, interaction.guild_id)

    @app_commands.command(
        name="replay",
        description="Work a delivery off again",
        extras={"capability": Capability.DELIVERIES_REPLAY},
    )
    @app_commands.describe(delivery="Number of the delivery")
    async def replay_delivery(self, interaction: Interaction, delivery: int) -> None:
        await answer(interaction, _replay(self.services, interaction, delivery))

    @list_deliveries.autocomplete("endpoint")
    async def suggest_endpoint(
        self, interaction: Interaction, current: str
    ) -> list[app_commands.Choice[str]]:
        names = self.services.deliveries.endpoints(actor(interaction))
        return [app_commands.Choice(name=name, value=name) for name in names if current.lower() in name][:25]

    @show_delivery.autocomplete("delivery")
    @replay_delivery.autocomplete("delivery")
    async def suggest_delivery(
        self, interaction: Interaction, current: str
    ) -> list[app_commands.Choice[int]]:
        found = await self.services.deliveries.suggestions(actor(interaction), current)
        return [app_commands.Choice(name=looks.choice(one), value=one.id) for one in found]


async def _replay(services: Services, interaction: Interaction, delivery_id: int) -> Card:
    return looks.replayed(await services.deliveries.replay(actor(interaction), delivery_id))


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(Deliveries(bot, cast(Host, bot).services))
