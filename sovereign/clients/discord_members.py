"""Asks Discord who somebody is now, and who reacts to a message. Implements Members."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import aiohttp
import discord

from sovereign.core.errors import Unavailable
from sovereign.domain.permission import Actor
from sovereign.render.interactions import member_actor

PATIENCE = 10.0
"""Seconds for one call."""
MOST_REACTIONS = 200
"""Members whose reaction is looked at; a proposal has fewer voters."""


class DiscordMembers:
    """`home` gives the guild, None while it is not known."""

    def __init__(self, home: Callable[[], discord.Guild | None]) -> None:
        self._home = home

    async def actor(self, member_id: int) -> Actor | None:
        guild = self._guild()
        try:
            async with _answered():
                return member_actor(await guild.fetch_member(member_id))
        except discord.NotFound:
            return None

    async def reactions(self, channel_id: int, message_id: int, emoji: str) -> Sequence[Actor] | None:
        channel = self._guild().get_channel(channel_id)
        if not isinstance(channel, discord.TextChannel):
            return None
        found: list[Actor] = []
        try:
            async with _answered():
                message = await channel.fetch_message(message_id)
                for reaction in message.reactions:
                    if str(reaction.emoji) == emoji:
                        users = [user async for user in reaction.users(limit=MOST_REACTIONS) if not user.bot]
                        found = [who for user in users if (who := await self.actor(user.id))]
        except discord.NotFound:
            return None
        return found

    def _guild(self) -> discord.Guild:
        guild = self._home()
        if guild is None:
            raise Unavailable("Discord is not connected: nobody can say which roles people hold.")
        return guild


@asynccontextmanager
async def _answered() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(PATIENCE):
            yield
    except discord.NotFound:
        raise
    except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
        raise Unavailable(f"Discord does not say who the voters are: {type(error).__name__}") from error
