"""Where presses and commands meet the services: who acts, for which bot, and what becomes of an error."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial, wraps
from typing import Any, Protocol, TypeVar, cast

import discord

from sovereign.core.errors import SovereignError, UserError
from sovereign.render.answers import Answer
from sovereign.render.cards import Card
from sovereign.render.interactions import actor as actor
from sovereign.render.interactions import asked
from sovereign.render.interactions import submitted as submitted
from sovereign.services.container import Services

LATE = 0.15
"""Seconds after which the person is told that the answer is under way: whatever a cluster does, nobody waits
longer than 300 ms for that. Discord itself forgets what nobody has answered within three seconds."""

SHOWING = 15.0
"""Seconds that an edit of an answer may take."""

MISSING: Any = discord.utils.MISSING
Interaction = discord.Interaction[Any]
Item = TypeVar("Item")


class Host(Protocol):
    """What a cog may ask of the bot."""

    services: Services

    def serves(self, guild_id: int | None) -> bool: ...

    async def answer_error(self, interaction: Interaction, error: Exception) -> None: ...


def host(interaction: Interaction) -> Host:
    return cast(Host, interaction.client)


def channel_of(interaction: Interaction) -> tuple[str, ...]:
    """The id and the name that the configuration may know the channel by; a thread is its parent."""
    here = interaction.channel
    if isinstance(here, discord.Thread):
        here = here.parent
    if isinstance(here, discord.abc.GuildChannel):
        return str(here.id), here.name
    return ()


def said_in(here: tuple[str, ...]) -> str:
    """The id of the channel, for what everybody is to see. Raises UserError where there is none."""
    if not here:
        raise UserError("This is done in a channel of the guild, where the others see it.")
    return here[0]


async def answer(interaction: Interaction, work: Awaitable[Card | Answer]) -> None:
    """Answer with what the work makes, for the person alone; what takes long is announced first."""
    made = await _made(interaction, work, partial(interaction.response.defer, ephemeral=True, thinking=True))
    if made is None:
        return
    parts: dict[str, Any] = {"embed": made.embed, "view": made.view or MISSING}
    parts["files"] = _files(made) or MISSING
    if interaction.response.is_done():
        await interaction.followup.send(**parts, ephemeral=True)
    else:
        await interaction.response.send_message(**parts, ephemeral=True)


async def turn(interaction: Interaction, work: Awaitable[Answer]) -> None:
    """For the buttons of a list: what the work makes takes the place of the message that they stand under."""
    made = await _made(interaction, work, interaction.response.defer)
    if made is None:
        return
    if interaction.response.is_done():
        await interaction.edit_original_response(embed=made.embed, view=made.view)
    else:
        await interaction.response.edit_message(embed=made.embed, view=made.view)


async def decide(interaction: Interaction, work: Awaitable[Card | Answer]) -> None:
    """For a button that decides: what the work makes takes the place of its message. Where that takes long,
    the message has no buttons meanwhile; a refusal is told beside it."""
    made = await _made(interaction, work, partial(interaction.response.edit_message, view=None))
    if made is None:
        return
    if interaction.response.is_done():
        await show_again(interaction, made)
    else:
        await interaction.response.edit_message(embed=made.embed, view=made.view)


async def show_again(interaction: Interaction, made: Answer) -> None:
    """Let the answer, which was announced or shown before, be this one."""
    async with asyncio.timeout(SHOWING):
        await interaction.edit_original_response(
            embed=made.embed, view=made.view, attachments=_files(made) or MISSING
        )


async def _made(
    interaction: Interaction, work: Awaitable[Card | Answer], defer: Callable[[], Awaitable[object]]
) -> Answer | None:
    """What the work makes; None where it was refused, which the person has been told then."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(_outcome(work))
        await asyncio.wait([task], timeout=LATE)
        if not task.done():
            await defer()
    made = task.result()
    if isinstance(made, SovereignError):
        await host(interaction).answer_error(interaction, made)
        return None
    return made if isinstance(made, Answer) else Answer(embed=made)


async def _outcome(work: Awaitable[Card | Answer]) -> Card | Answer | SovereignError:
    try:
        return await work
    except SovereignError as refused:
        return refused


def _files(made: Answer) -> list[discord.File]:
    raw = [
        (name, content if isinstance(content, bytes) else content.encode()) for name, content in made.files
    ]
    return [discord.File(io.BytesIO(content), filename=name) for name, content in raw]


def edge(
    press: Callable[[Item, Interaction], Coroutine[Any, Any, None]],
) -> Callable[[Item, Interaction], Coroutine[Any, Any, None]]:
    """For callbacks of buttons, selects and forms: other guilds are refused, every error is an answer, and
    each press is recorded.

    Commands need it not: the command tree does the same for them.
    """

    @wraps(press)
    async def guarded(item: Item, interaction: Interaction) -> None:
        bot = host(interaction)
        auditing = bot.services.auditing
        async with auditing.interaction(asked(interaction), interaction.extras):
            try:
                if not bot.serves(interaction.guild_id):
                    raise UserError("Sovereign serves one guild, and this is not it.")
                await press(item, interaction)
            except Exception as error:  # the edge: there is nobody above to answer the person
                await bot.answer_error(interaction, error)

    return guarded
