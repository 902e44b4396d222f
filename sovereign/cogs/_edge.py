"""Where presses and commands meet the services: who acts, for which bot, and what becomes of an error."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, Protocol, TypeVar, cast

import discord

from sovereign.core.errors import SovereignError, UserError
from sovereign.domain.permission import Actor, Role
from sovereign.render.cards import Card
from sovereign.services.container import Services

LATE = 1.5
"""Seconds; Discord forgets an interaction that nobody has answered within three."""

Interaction = discord.Interaction[Any]
Item = TypeVar("Item", bound=discord.ui.Item[Any])


class Host(Protocol):
    """What a cog may ask of the bot."""

    services: Services

    def serves(self, guild_id: int | None) -> bool: ...

    async def answer_error(self, interaction: Interaction, error: Exception) -> None: ...


def host(interaction: Interaction) -> Host:
    return cast(Host, interaction.client)


def actor(interaction: Interaction) -> Actor:
    """Who presses, with the roles of this moment. In a direct message a person has none."""
    user = interaction.user
    roles = user.roles if isinstance(user, discord.Member) else []
    return Actor(
        id=user.id,
        name=user.display_name,
        roles=tuple(Role(id=role.id, name=role.name) for role in reversed(roles) if not role.is_default()),
    )


async def answer(interaction: Interaction, work: Awaitable[Card]) -> None:
    """Answer with what the work makes, for the person alone; what takes long is announced first."""
    async with asyncio.TaskGroup() as group:
        late = group.create_task(_defer(interaction))
        try:
            embed = await work
        except SovereignError as refused:
            late.cancel()
            await host(interaction).answer_error(interaction, refused)
            return
        late.cancel()
    if interaction.response.is_done():
        await interaction.followup.send(embed=embed, ephemeral=True)
    else:
        await interaction.response.send_message(embed=embed, ephemeral=True)


async def _defer(interaction: Interaction) -> None:
    await asyncio.sleep(LATE)
    await interaction.response.defer(ephemeral=True, thinking=True)


def edge(
    press: Callable[[Item, Interaction], Coroutine[Any, Any, None]],
) -> Callable[[Item, Interaction], Coroutine[Any, Any, None]]:
    """For callbacks of buttons, selects and modals: other guilds are refused, and every error is an answer.

    Commands need it not: the command tree does the same for them.
    """

    @wraps(press)
    async def guarded(item: Item, interaction: Interaction) -> None:
        bot = host(interaction)
        try:
            if not bot.serves(interaction.guild_id):
                raise UserError("Sovereign serves one guild, and this is not it.")
            await press(item, interaction)
        except Exception as error:  # the edge: there is nobody above to answer the person
            await bot.answer_error(interaction, error)

    return guarded
