"""Changing what runs, in Discord: `/scale`, `/restart`, `/rollback`, and the button that confirms them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Self, cast

import discord
from discord import app_commands
from discord.ext import commands

from sovereign.cogs._completion import placed
from sovereign.cogs._edge import (
    Host,
    Interaction,
    actor,
    answer,
    channel_of,
    decide,
    edge,
    host,
)
from sovereign.core.errors import UserError
from sovereign.domain.operation import Kind
from sovereign.domain.permission import Capability
from sovereign.render import operations as looks
from sovereign.render.answers import Answer
from sovereign.render.cards import Card
from sovereign.services.container import Services
from sovereign.services.operations.changes import Order, Seen

Button = discord.ui.Button[discord.ui.View]
Replicas = app_commands.Range[int, 0, 10_000]
Revision = app_commands.Range[int, 1, 999_999_999]
OVERRIDE = "In spite of a freeze, for who may"


class Do(discord.ui.DynamicItem[Button], template=looks.DO):
    """Does what the preview showed, which is in the custom_id; it is refused once that has moved."""

    def __init__(self, order: Order, seen: Seen) -> None:
        super().__init__(
            looks.do_button(
                order.kind,
                order.service or "",
                order.environment or "",
                order.value or 0,
                seen,
                override=order.override,
            )
        )
        self.order, self.seen = order, seen

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        order = Order(
            kind=Kind(match["kind"]),
            service=match["service"],
            environment=match["environment"],
            value=int(match["value"]),
            override=bool(match["override"]),
        )
        return cls(order, Seen(generation=int(match["generation"]), uid=match["uid"]))

    @edge
    async def callback(self, interaction: Interaction) -> None:
        await decide(interaction, _perform(interaction, self.order, self.seen))


class Changes(commands.Cog):
    def __init__(self, bot: commands.Bot, services: Services) -> None:
        self.bot, self.services = bot, services

    async def cog_load(self) -> None:
        self.bot.add_dynamic_items(Do)

    async def cog_unload(self) -> None:
        self.bot.remove_dynamic_items(Do)

    @app_commands.command(
        description="Run more or fewer pods of a service", extras={"capability": Capability.SERVICES_SCALE}
    )
    @app_commands.describe(
        replicas="How many pods",
        service="The service; that of the channel by default",
        env="Its environment",
        override_freeze=OVERRIDE,
    )
    @placed
    async def scale(
        self,
        interaction: Interaction,
        replicas: Replicas,
        service: str | None = None,
        env: str | None = None,
        override_freeze: bool = False,
    ) -> None:
        order = Order(
            kind=Kind.SCALE, service=service, environment=env, value=replicas, override=override_freeze
        )
        await answer(interaction, _ordered(interaction, order))

    @app_commands.command(
        description="Start the pods of a service anew, one after the other",
        extras={"capability": Capability.SERVICES_RESTART},
    )
    @app_commands.describe(
        service="The service; that of the channel by default", env="Its environment", override_freeze=OVERRIDE
    )
    @placed
    async def restart(
        self,
        interaction: Interaction,
        service: str | None = None,
        env: str | None = None,
        override_freeze: bool = False,
    ) -> None:
        order = Order(kind=Kind.RESTART, service=service, environment=env, override=override_freeze)
        await answer(interaction, _ordered(interaction, order))

    @app_commands.command(
        description="Go back to an earlier revision of a service",
        extras={"capability": Capability.SERVICES_ROLLBACK},
    )
    @app_commands.describe(
        service="The service; that of the channel by default",
        env="Its environment",
        revision="Which one; the one before by default",
        override_freeze=OVERRIDE,
    )
    @placed
    async def rollback(
        self,
        interaction: Interaction,
        service: str | None = None,
        env: str | None = None,
        revision: Revision | None = None,
        override_freeze: bool = False,
    ) -> None:
        order = Order(
            kind=Kind.ROLLBACK, service=service, environment=env, value=revision, override=override_freeze
        )
        await answer(interaction, _ordered(interaction, order))

    @rollback.autocomplete("revision")
    async def suggest_revision(
        self, interaction: Interaction, current: str
    ) -> list[app_commands.Choice[int]]:
        given, changes = interaction.namespace, self.services.operations.changes
        found = await changes.revisions(actor(interaction), given.service, given.env)
        made = [(looks.revision_choice(one, place), one.number) for one, place in found]
        return [app_commands.Choice(name=name, value=number) for name, number in made if current in name][:25]


async def _ordered(interaction: Interaction, order: Order) -> Answer | Card:
    """In production what would change is shown first, with a button; elsewhere it is done at once."""
    changes = host(interaction).services.operations.changes
    wanted = await changes.preview(actor(interaction), order, channel_of(interaction))
    if wanted.place.production:
        return looks.preview(wanted, override=order.override)
    place = wanted.place
    meant = replace(order, service=place.service, environment=place.environment, value=wanted.value)
    return await _perform(interaction, meant, Seen.of(wanted))


async def _perform(interaction: Interaction, order: Order, seen: Seen) -> Card:
    channel = next(iter(channel_of(interaction)), None)
    if channel is None:
        raise UserError("This works in a channel of the guild only: what becomes of it is told there.")
    changes = host(interaction).services.operations.changes
    return looks.begun(await changes.perform(actor(interaction), order, seen, channel))


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(Changes(bot, cast(Host, bot).services))
