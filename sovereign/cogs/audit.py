"""The audit in Discord: `/audit search`, and the buttons that turn its pages."""

from __future__ import annotations

import re
from typing import Any, Self, cast

import discord
from discord import app_commands
from discord.ext import commands

from sovereign.cogs._edge import Host, Interaction, actor, answer, edge, host, turn
from sovereign.core import clock
from sovereign.domain.audit import Result
from sovereign.domain.permission import Capability
from sovereign.render import audit as looks
from sovereign.render.answers import Answer
from sovereign.services.container import Services
from sovereign.services.seeking import moment_in
from sovereign.store.audit import Sought

Button = discord.ui.Button[discord.ui.View]


class Turn(discord.ui.DynamicItem[Button], template=looks.OLDER):
    """Turns the page of a list of records; what is sought is in the custom_id."""

    def __init__(self, sought: Sought) -> None:
        super().__init__(looks.turn_button("Older", sought, sought.before))
        self.sought = sought

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(looks.sought_in(match))

    @edge
    async def callback(self, interaction: Interaction) -> None:
        await turn(interaction, self._turned(interaction))

    async def _turned(self, interaction: Interaction) -> Answer:
        found = await host(interaction).services.auditing.search(actor(interaction), self.sought)
        return looks.listing(found, self.sought)


class Audit(commands.GroupCog, group_name="audit", group_description="Who did what"):
    def __init__(self, bot: commands.Bot, services: Services) -> None:
        self.bot, self.services = bot, services

    async def cog_load(self) -> None:
        self.bot.add_dynamic_items(Turn)

    async def cog_unload(self) -> None:
        self.bot.remove_dynamic_items(Turn)

    @app_commands.command(
        description="Records of the audit, newest first", extras={"capability": Capability.AUDIT_VIEW}
    )
    @app_commands.describe(
        who="Only what this member did",
        action="How it begins, such as deploy, command or config",
        subject="How it begins, such as incident 17 or /alerts",
        since="90m, 24h, 7d, or a date",
        result="Only those with this result",
    )
    @app_commands.choices(
        result=[app_commands.Choice(name=str(result), value=str(result)) for result in Result]
    )
    async def search(
        self,
        interaction: Interaction,
        who: discord.User | None = None,
        action: app_commands.Range[str, 1, looks.LONGEST_SOUGHT] | None = None,
        subject: app_commands.Range[str, 1, looks.LONGEST_SOUGHT] | None = None,
        since: str | None = None,
        result: str | None = None,
    ) -> None:
        async def found() -> Answer:
            sought = Sought(
                actor_id=who.id if who else None,
                action=action,
                subject=subject,
                since=moment_in(since, clock.now()) if since else None,
                result=Result(result) if result else None,
            )
            records = await self.services.auditing.search(actor(interaction), sought)
            return looks.listing(records, sought)

        await answer(interaction, found())


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(Audit(bot, cast(Host, bot).services))
