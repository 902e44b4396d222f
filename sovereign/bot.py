"""The Discord client: loads the cogs, knows its guild, and turns every error into an answer."""

from __future__ import annotations

import asyncio
import hashlib
import json
import pkgutil
import sys
from pathlib import Path
from typing import Any

import aiohttp
import discord
import structlog
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket

from sovereign.core.errors import SovereignError, Unavailable, UserError
from sovereign.core.ids import reference
from sovereign.domain.permission import Role
from sovereign.render.answers import refusal
from sovereign.render.interactions import asked
from sovereign.services.container import Services

log = structlog.get_logger()

_COGS = Path(__file__).parent / "cogs"
SYNC = 30.0
"""Seconds that telling Discord the commands may take."""
GUILD_PATIENCE = 0.1
"""Seconds that discord.py waits for one more guild before it calls itself ready; one may come later."""


def cogs() -> tuple[str, ...]:
    """The modules of all cogs, found by name, never imported: discord.py loads them, and loads them again."""
    found = pkgutil.iter_modules([str(_COGS)])
    return tuple(f"sovereign.cogs.{module.name}" for module in found if not module.name.startswith("_"))


class Sovereign(commands.Bot):
    """`services` is what the cogs work with; `usable` is set once the guild is known for the first time."""

    services: Services

    def __init__(self, guild_id: int | None, *, http_trace: aiohttp.TraceConfig) -> None:
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # nobody here speaks
        intents = discord.Intents(guilds=True, guild_messages=True, guild_reactions=True)
        super().__init__(
            command_prefix=commands.when_mentioned,
            intents=intents,
            help_command=None,
            http_trace=http_trace,
            guild_ready_timeout=GUILD_PATIENCE,
            allowed_mentions=discord.AllowedMentions.none(),
            tree_cls=Tree,
        )
        self._guild_id = guild_id
        self.usable, self._arrived = asyncio.Event(), asyncio.Event()

    async def setup_hook(self) -> None:
        for cog in cogs():
            if cog not in self.extensions:  # a second login finds them loaded
                await self.load_extension(cog)

    def serves(self, guild_id: int | None) -> bool:
        """Whether commands from there are ours to answer."""
        return guild_id is not None and guild_id == self.home_id

    @property
    def home_id(self) -> int | None:
        """The configured guild, or the only one that the bot is in."""
        if self._guild_id is not None:
            return self._guild_id
        return self.guilds[0].id if len(self.guilds) == 1 else None

    def home(self) -> discord.Guild | None:
        """Our guild; None while it is not known."""
        return self.get_guild(self.home_id or 0)

    @property
    def connected(self) -> bool:
        """Whether the guild is known and Discord's events come in."""
        socket: DiscordWebSocket | None = self.ws
        return self.usable.is_set() and socket is not None and socket.open

    def dispatch(self, event_name: str, /, *args: Any, **kwargs: Any) -> None:
        """discord.py may find itself ready after it was closed, when nobody is there to hear of it."""
        if not self.is_closed() and self.loop is not discord.utils.MISSING:
            super().dispatch(event_name, *args, **kwargs)

    async def on_ready(self) -> None:
        self._arrived.set()

    async def on_resumed(self) -> None:
        self._arrived.set()

    async def on_guild_available(self, guild: discord.Guild) -> None:
        self._arrived.set()

    async def on_guild_join(self, guild: discord.Guild) -> None:
        self._arrived.set()

    async def attend(self) -> None:
        """Whenever Discord is there (again): learn the roles, tell the commands, let what waits go out."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            guild = self.home()
            if guild is None:
                log.error("discord.no_guild", guilds=[g.id for g in self.guilds], wanted=self._guild_id)
            elif not guild.unavailable:
                await self._at_home(guild)

    def guild_roles(self) -> list[Role]:
        """Those of our guild now; empty while it is not known."""
        guild = self.home()
        roles = guild.roles if guild else []
        return [Role(id=role.id, name=role.name) for role in roles if not role.is_default()]

    def commands_replaced(self) -> None:
        """A cog was loaded anew: let our guild's commands be those of its new code, at once."""
        if self.home_id is not None:
            self.tree.copy_global_to(guild=discord.Object(self.home_id))

    async def tell_commands(self) -> None:
        """Let Discord know the commands, if they changed."""
        guild = self.home()
        if guild is not None:
            await self._sync(guild)

    async def _at_home(self, guild: discord.Guild) -> None:
        self.services.permissions.bind(self.guild_roles())
        log.info("discord.ready", user=str(self.user), guild=guild.name)
        self.usable.set()
        self.services.delivery.approvals.listen_again()
        await self.services.outbox.hurry()
        await self._sync(guild)

    async def _sync(self, guild: discord.Guild) -> None:
        """Tell Discord the commands, if they are not the ones that it was told last."""
        self.tree.copy_global_to(guild=guild)
        tree = [command.to_dict(self.tree) for command in self.tree.get_commands(guild=guild)]
        told = hashlib.sha256(json.dumps([self.application_id, tree], sort_keys=True).encode()).hexdigest()
        if await self.services.health.fact(f"commands.{guild.id}") == told:
            return
        try:
            async with asyncio.timeout(SYNC):
                await self.tree.sync(guild=guild)
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.error("discord.commands_not_synced", problem=str(error))  # the next arrival tries again
        else:
            await self.services.health.remember(f"commands.{guild.id}", told)
            log.info("discord.commands_synced", commands=len(tree))

    async def answer_error(self, interaction: discord.Interaction[Any], error: Exception) -> None:
        """Tell the person what happened; what is our fault gets a reference under which the log has it."""
        if isinstance(error, UserError):
            embed = refusal(error.public)
            interaction.extras.update(outcome="refused", said=error.public)
        else:
            ref = reference()
            public = error.public if isinstance(error, SovereignError) else SovereignError.public
            interaction.extras.update(outcome="failed", ref=ref, said=public)
            if isinstance(error, Unavailable):  # what is down is known, and is no fault of this place
                log.warning("interaction.failed", ref=ref, problem=str(error))
            else:
                log.error("interaction.failed", ref=ref, exc_info=error)
            embed = refusal(f"{public} Reference: {ref}")
        try:
            async with asyncio.timeout(SYNC):
                if interaction.response.is_done():
                    await interaction.followup.send(embed=embed, ephemeral=True)
                else:
                    await interaction.response.send_message(embed=embed, ephemeral=True)
        except (discord.HTTPException, aiohttp.ClientError, OSError) as gone:
            log.warning("interaction.unanswered", problem=str(gone))

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        log.error("discord.event_failed", of=event_method, exc_info=sys.exc_info())


class Tree(app_commands.CommandTree[Sovereign]):
    """Refuses other guilds, and turns whatever a command raises into an answer that ends the interaction."""

    async def _call(self, interaction: discord.Interaction[Sovereign]) -> None:
        """Everything that becomes of a command passes here; discord.py has no public hook around it."""
        quiet = interaction.type is discord.InteractionType.autocomplete
        auditing = interaction.client.services.auditing
        async with auditing.interaction(asked(interaction), interaction.extras, quiet=quiet):
            try:
                await super()._call(interaction)
            except app_commands.AppCommandError as error:  # discord.py would answer it after the account
                await self.on_error(interaction, error)

    async def interaction_check(self, interaction: discord.Interaction[Sovereign], /) -> bool:
        if interaction.client.serves(interaction.guild_id):
            return True
        await interaction.client.answer_error(
            interaction, UserError("Sovereign serves one guild, and this is not it.")
        )
        return False

    async def on_error(
        self, interaction: discord.Interaction[Sovereign], error: app_commands.AppCommandError, /
    ) -> None:
        await interaction.client.answer_error(interaction, getattr(error, "original", error))
