"""Logs in Discord: `/logs`, and the Stop button under one that is followed."""

from __future__ import annotations

import re
from typing import Any, Self, cast

import discord
from discord import app_commands
from discord.ext import commands

from sovereign.cogs._completion import choices, placed
from sovereign.cogs._edge import (
    Host,
    Interaction,
    actor,
    answer,
    channel_of,
    edge,
    host,
    show_again,
)
from sovereign.domain.permission import Capability
from sovereign.render import logs as looks
from sovereign.render.answers import Answer
from sovereign.services.container import Services
from sovereign.services.operations.log_reading import MOST_LINES, TAIL, Asked, LogPage

Button = discord.ui.Button[discord.ui.View]
Lines = app_commands.Range[int, 1, MOST_LINES]


class Stop(discord.ui.DynamicItem[Button], template=looks.STOP):
    def __init__(self, key: str) -> None:
        super().__init__(looks.stop_button(key))
        self.key = key

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["key"])

    @edge
    async def callback(self, interaction: Interaction) -> None:
        await answer(interaction, self._stop(interaction))

    async def _stop(self, interaction: Interaction) -> Answer:
        return looks.stopped(host(interaction).services.operations.logs.stop(self.key))


class Logs(commands.Cog):
    def __init__(self, bot: commands.Bot, services: Services) -> None:
        self.bot, self.services = bot, services

    async def cog_load(self) -> None:
        self.bot.add_dynamic_items(Stop)

    async def cog_unload(self) -> None:
        self.bot.remove_dynamic_items(Stop)

    @app_commands.command(
        description="The last lines of a service's log", extras={"capability": Capability.SERVICES_LOGS}
    )
    @app_commands.describe(
        service="The service; that of the channel by default",
        tail=f"How many lines ({TAIL} by default)",
        env="Its environment",
        pod="One of its pods; all of them by default",
        container="One of the pod's containers",
        since="How far back, such as 15m or 2h",
        grep="Only lines that hold these words",
        previous="What ran before the last restart",
        follow="Show new lines as they come, for two minutes",
        query='Filters in LogQL, such as |= "error", where Loki is configured',
    )
    @placed
    async def logs(
        self,
        interaction: Interaction,
        service: str | None = None,
        tail: Lines = TAIL,
        env: str | None = None,
        pod: str = "",
        container: str = "",
        since: str = "",
        grep: str = "",
        previous: bool = False,
        follow: bool = False,
        query: str = "",
    ) -> None:
        asked = Asked(
            service=service,
            environment=env,
            tail=tail,
            pod=pod,
            container=container,
            since=since,
            grep=grep,
            filters=query,
            previous=previous,
        )
        if follow:
            await self._follow(interaction, asked)
        else:
            await answer(interaction, self._read(interaction, asked))

    async def _read(self, interaction: Interaction, asked: Asked) -> Answer:
        logs, channel = self.services.operations.logs, channel_of(interaction)
        return looks.page(await logs.read(actor(interaction), asked, channel))

    async def _follow(self, interaction: Interaction, asked: Asked) -> None:
        async def show(found: LogPage) -> None:
            await show_again(interaction, looks.page(found))

        await interaction.response.defer(ephemeral=True, thinking=True)
        logs = self.services.operations.logs
        await logs.follow(actor(interaction), asked, show, channel_of(interaction))

    @logs.autocomplete("pod")
    async def suggest_pod(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        given, logs = interaction.namespace, self.services.operations.logs
        return choices(await logs.pods(actor(interaction), given.service, given.env, current))


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(Logs(bot, cast(Host, bot).services))
