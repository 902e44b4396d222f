"""Freezes in Discord: `/freeze on`, `/freeze off`, `/freeze list`."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from discord import app_commands
from discord.ext import commands

from sovereign.cogs._completion import placed
from sovereign.cogs._edge import Host, Interaction, actor, answer
from sovereign.domain.permission import Capability
from sovereign.render import freezes as looks
from sovereign.render.cards import Card
from sovereign.services.container import Services
from sovereign.services.freezing import LONGEST_REASON, Wanted


class Freeze(
    commands.GroupCog, group_name="freeze", group_description="Times in which nothing that runs is changed"
):
    def __init__(self, bot: commands.Bot, services: Services) -> None:
        self.bot, self.services = bot, services

    @app_commands.command(
        name="on",
        description="Let nothing be deployed, scaled, restarted or rolled back",
        extras={"capability": Capability.FREEZE_SET},
    )
    @app_commands.describe(
        reason="Why; whoever is refused reads it",
        service="Only this service; without it every one",
        env="Only this environment; without it every one",
        hours="For so long; without it until somebody lifts it",
    )
    @placed
    async def freeze_on(
        self,
        interaction: Interaction,
        reason: app_commands.Range[str, 3, LONGEST_REASON],
        service: str | None = None,
        env: str | None = None,
        hours: app_commands.Range[float, 0.1, 2160.0] | None = None,
    ) -> None:
        length = timedelta(hours=hours) if hours else None
        wanted = Wanted(service=service, environment=env, reason=reason, length=length)
        await answer(interaction, self._on(interaction, wanted))

    async def _on(self, interaction: Interaction, wanted: Wanted) -> Card:
        return looks.frozen(await self.services.delivery.freezing.freeze(actor(interaction), wanted))

    @app_commands.command(
        name="off", description="Lift a freeze", extras={"capability": Capability.FREEZE_SET}
    )
    @app_commands.describe(freeze="Number of the freeze")
    async def freeze_off(self, interaction: Interaction, freeze: int) -> None:
        await answer(interaction, self._off(interaction, freeze))

    async def _off(self, interaction: Interaction, freeze: int) -> Card:
        return looks.thawed(await self.services.delivery.freezing.lift(actor(interaction), freeze))

    @app_commands.command(
        name="list", description="What is frozen", extras={"capability": Capability.SERVICES_VIEW}
    )
    async def list_freezes(self, interaction: Interaction) -> None:
        await answer(interaction, self._list(interaction))

    async def _list(self, interaction: Interaction) -> Card:
        return looks.listing(await self.services.delivery.freezing.standing(actor(interaction)))

    @freeze_off.autocomplete("freeze")
    async def suggest_freeze(self, interaction: Interaction, current: str) -> list[app_commands.Choice[int]]:
        found = await self.services.delivery.freezing.suggestions(actor(interaction), current)
        return [app_commands.Choice(name=looks.choice(one), value=one.id) for one in found]


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(Freeze(bot, cast(Host, bot).services))
