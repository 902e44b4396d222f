"""Administration in Discord: `/admin status`, `cogs`, `config`, `reload`, and `/admin deliveries …`, which
are the commands of `/deliveries`."""

from __future__ import annotations

from typing import cast

from discord import app_commands
from discord.ext import commands

from sovereign.cogs._edge import Host, Interaction, actor, answer
from sovereign.cogs.deliveries import Deliveries
from sovereign.domain.permission import Capability
from sovereign.render import administration as looks
from sovereign.render.cards import Card
from sovereign.services.administration import CONFIGURATION
from sovereign.services.container import Services


class Admin(commands.GroupCog, group_name="admin", group_description="How Sovereign runs, and what came in"):
    def __init__(self, bot: commands.Bot, services: Services) -> None:
        self.bot, self.services = bot, services
        group, shared = self.app_command, Deliveries(bot, services).app_command
        if group and shared:  # both have one: they are GroupCogs
            group.add_command(shared)

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


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(Admin(bot, cast(Host, bot).services))
