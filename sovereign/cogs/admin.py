"""Administration in Discord: `/admin status`, `cogs`, `config`, `reload`, and `/admin deliveries …`."""

from __future__ import annotations

import re
from typing import Any, Self, cast

import discord
from discord import app_commands
from discord.ext import commands

from sovereign.cogs._edge import Host, Interaction, actor, answer, edge, host, turn
from sovereign.domain.permission import Capability
from sovereign.render import administration as looks
from sovereign.render import deliveries as delivery_looks
from sovereign.render.answers import Answer
from sovereign.render.cards import Card
from sovereign.services.administration import CONFIGURATION
from sovereign.services.container import Services
from sovereign.store.deliveries import Sought

Button = discord.ui.Button[discord.ui.View]
States = app_commands.choices(
    state=[
        app_commands.Choice(name=f"{state}: {words}", value=state)
        for state, words in delivery_looks.STATES.items()
    ]
)


class Turn(discord.ui.DynamicItem[Button], template=delivery_looks.OLDER):
    """Turns the page of a list of deliveries; what is listed is in the custom_id."""

    def __init__(self, sought: Sought) -> None:
        super().__init__(delivery_looks.turn_button("Older", sought))
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
        return delivery_looks.listing(await deliveries.recent(actor(interaction), self.sought), self.sought)


class Replay(discord.ui.DynamicItem[Button], template=delivery_looks.REPLAY):
    def __init__(self, delivery_id: int) -> None:
        super().__init__(delivery_looks.replay_button(delivery_id))
        self.delivery_id = delivery_id

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(int(match["delivery"]))

    @edge
    async def callback(self, interaction: Interaction) -> None:
        await answer(interaction, _replay(host(interaction).services, interaction, self.delivery_id))


class Admin(commands.GroupCog, group_name="admin", group_description="How Sovereign runs, and what came in"):
    deliveries = app_commands.Group(name="deliveries", description="What senders sent, and what became of it")

    def __init__(self, bot: commands.Bot, services: Services) -> None:
        self.bot, self.services = bot, services

    async def cog_load(self) -> None:
        self.bot.add_dynamic_items(Turn, Replay)

    async def cog_unload(self) -> None:
        self.bot.remove_dynamic_items(Turn, Replay)

    @app_commands.command(
        description="What works, what waits, what is wrong", extras={"capability": Capability.ADMIN_VIEW}
    )
    async def status(self, interaction: Interaction) -> None:
        await answer(interaction, self._status(interaction))

    async def _status(self, interaction: Interaction) -> Card:
        return looks.status(await self.services.administration.status(actor(interaction)))

    @app_commands.command(
        description="Loaded cogs and their commands", extras={"capability": Capability.ADMIN_VIEW}
    )
    async def cogs(self, interaction: Interaction) -> None:
        await answer(interaction, self._cogs(interaction))

    async def _cogs(self, interaction: Interaction) -> Card:
        return looks.cogs(await self.services.administration.cogs(actor(interaction)))

    @app_commands.command(
        description="Which configuration is in force", extras={"capability": Capability.ADMIN_VIEW}
    )
    async def config(self, interaction: Interaction) -> None:
        await answer(interaction, self._config(interaction))

    async def _config(self, interaction: Interaction) -> Card:
        return looks.configuration(await self.services.administration.configuration(actor(interaction)))

    @app_commands.command(
        description="Load a cog's code anew, or take discovery.yml in",
        extras={"capability": Capability.ADMIN_RELOAD},
    )
    @app_commands.describe(what="A cog, or the configuration")
    async def reload(self, interaction: Interaction, what: str) -> None:
        await answer(interaction, self._reload(interaction, what))

    async def _reload(self, interaction: Interaction, what: str) -> Card:
        administration = self.services.administration
        if what != CONFIGURATION:
            return looks.reloaded(await administration.reload(actor(interaction), what))
        changed = await administration.reload_configuration(actor(interaction))
        return looks.taken_in(changed, self.services.configuration.state)

    @reload.autocomplete("what")
    async def suggest_reload(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        names = self.services.administration.reloadable(actor(interaction))
        return [app_commands.Choice(name=name, value=name) for name in names if current.lower() in name][:25]

    @deliveries.command(
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
        return delivery_looks.listing(found, sought)

    @deliveries.command(
        name="show",
        description="One delivery as it came, and where its events went",
        extras={"capability": Capability.DELIVERIES_VIEW},
    )
    @app_commands.describe(delivery="Number of the delivery")
    async def show_delivery(self, interaction: Interaction, delivery: int) -> None:
        await answer(interaction, self._show(interaction, delivery))

    async def _show(self, interaction: Interaction, delivery_id: int) -> Answer:
        found = await self.services.deliveries.show(actor(interaction), delivery_id)
        return delivery_looks.details(found.delivery, found.told, interaction.guild_id)

    @deliveries.command(
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
        return [app_commands.Choice(name=delivery_looks.choice(one), value=one.id) for one in found]


async def _replay(services: Services, interaction: Interaction, delivery_id: int) -> Card:
    return delivery_looks.replayed(await services.deliveries.replay(actor(interaction), delivery_id))


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(Admin(bot, cast(Host, bot).services))
