"""Asks Discord how we are set up there, over REST alone: a bot that runs is not disturbed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
from discord.http import Route

from sovereign.core import clock
from sovereign.domain.permission import Role
from sovereign.services.doctor.commands import label
from sovereign.services.doctor.facts import (
    Application,
    Channel,
    Guild,
    Guilds,
    Starts,
    Unanswered,
    Visibility,
)

PATIENCE = 15.0
"""Seconds for one question; discord.py repeats it by itself after a 5xx."""
CLOSING = 3.0

PERMISSIONS = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "send_messages_in_threads": "Send Messages in Threads",
    "create_public_threads": "Create Public Threads",
    "embed_links": "Embed Links",
    "attach_files": "Attach Files",
    "read_message_history": "Read Message History",
}
"""What the bot needs in every channel that it posts to, by discord.py's names and by Discord's own."""
INTENTS = {
    "gateway_presence": "Presence",
    "gateway_guild_members": "Server Members",
    "gateway_message_content": "Message Content",
}
"""The privileged ones; a small application has the `_limited` flag of the same name."""


class DiscordSurvey:
    """`application` comes first: the other questions need its log-in."""

    def __init__(self, client: discord.Client, token: str, watch: _Watch) -> None:
        self._client, self._token, self._watch = client, token, watch

    async def application(self) -> Application:
        async with self._asked("Logging in"):
            await self._client.login(self._token)
        found = self._client.application
        if found is None:
            raise Unanswered("Discord does not say whose token it is", "Try again later.")
        flags = found.flags
        return Application(
            id=found.id,
            name=found.name,
            api=Route.BASE,
            intents=tuple(
                name
                for flag, name in INTENTS.items()
                if getattr(flags, flag) or getattr(flags, f"{flag}_limited")
            ),
            interactions=found.interactions_endpoint_url,
            ahead=self._watch.ahead,
        )

    async def starts(self) -> Starts:
        async with self._asked("Asking for the gateway"):
            _, _, limit = await self._client.http.get_bot_gateway()
            left, total, wait = limit["remaining"], limit["total"], limit["reset_after"]
        return Starts(left=left, total=total, again=timedelta(milliseconds=wait))

    async def guilds(self) -> Guilds:
        needed = discord.Permissions(**dict.fromkeys(PERMISSIONS, True))
        invitation = discord.utils.oauth_url(self._client.application_id or 0, permissions=needed)
        async with self._asked("Asking for the bot's guilds"):
            names = {one.id: one.name async for one in self._client.fetch_guilds()}
        return Guilds(names=names, invitation=invitation)

    async def guild(self, guild_id: int) -> Guild:
        async with self._asked("Reading the guild"):
            found = await self._client.fetch_guild(guild_id)
            own = await found.fetch_member(self._client.user.id if self._client.user else 0)
            channels = await found.fetch_channels()
        return _guild(found, own, channels)

    async def visibility(self, guild_id: int) -> Visibility:
        own = self._client.application_id or 0
        async with self._asked("Asking for the commands"):
            commands = await self._client.http.get_guild_commands(own, guild_id)
            rules = await self._client.http.get_guild_application_command_permissions(own, guild_id)
        by_id = {int(rule["id"]): rule["permissions"] for rule in rules}
        return {
            label(command["name"], command["type"]): _shown_to(
                by_id.get(int(command["id"]), by_id.get(own, [])), guild_id
            )
            for command in commands
        }

    @asynccontextmanager
    async def _asked(self, doing: str) -> AsyncIterator[None]:
        """One question within its time; whatever goes wrong is said in words."""
        try:
            async with asyncio.timeout(PATIENCE):
                yield
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            raise _in_words(error, doing, self._watch.status) from error
        except (LookupError, TypeError, ValueError, AttributeError) as error:  # not in Discord's form
            raise _in_words(error, doing, self._watch.status) from error


@asynccontextmanager
async def survey(token: str) -> AsyncIterator[DiscordSurvey]:
    """Logged in by its first question, and closed at the end."""
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # nobody here speaks
    watch = _Watch()
    async with discord.Client(intents=discord.Intents(guilds=True), http_trace=watch.trace()) as client:
        try:
            yield DiscordSurvey(client, token, watch)
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSING):
                    await client.http.close()  # a failed log-in leaves its session open


class _Watch:
    """Notes each answer's status, and compares our clock with its `Date`, told in whole seconds."""

    def __init__(self) -> None:
        self.ahead: timedelta | None = None
        self.status = 0

    def trace(self) -> aiohttp.TraceConfig:
        config = aiohttp.TraceConfig()
        config.on_request_start.append(self._asked)
        config.on_request_end.append(self._answered)
        return config

    async def _asked(self, _: object, context: SimpleNamespace, __: object) -> None:
        context.began = clock.now()

    async def _answered(
        self, _: object, context: SimpleNamespace, end: aiohttp.TraceRequestEndParams
    ) -> None:
        self.status = end.response.status
        told = end.response.headers.get("Date")
        began: datetime = context.began
        if told:
            with suppress(ValueError):
                middle = began + (clock.now() - began) / 2
                self.ahead = middle - parsedate_to_datetime(told) - timedelta(seconds=0.5)


def _guild(found: discord.Guild, own: discord.Member, channels: Sequence[discord.abc.GuildChannel]) -> Guild:
    roles = [role for role in reversed(found.roles) if not role.is_default()]
    held = [role for role in roles if role in own.roles]
    managed = found.self_role
    permissions = own.guild_permissions
    return Guild(
        id=found.id,
        name=found.name,
        channels=tuple(_channel(channel, own) for channel in channels),
        roles=tuple(Role(id=role.id, name=role.name) for role in roles),
        mentionable=frozenset(role.id for role in roles if role.mentionable),
        own_role=managed.name if managed else own.name,
        top_role=Role(id=held[0].id, name=held[0].name) if held else None,
        administrator=permissions.administrator,
        mentions=permissions.mention_everyone,
    )


def _channel(channel: discord.abc.GuildChannel, own: discord.Member) -> Channel:
    permissions = channel.permissions_for(own)
    return Channel(
        id=channel.id,
        name=channel.name,
        kind=channel.type.name,
        lacks=tuple(name for flag, name in PERMISSIONS.items() if not getattr(permissions, flag)),
        mentions=permissions.mention_everyone,
    )


def _shown_to(rules: Sequence[Mapping[str, Any]], guild_id: int) -> list[int] | None:
    """Discord shows a command to everyone unless a rule for @everyone, whose id is the guild's, denies it."""
    allowed = {int(rule["id"]): bool(rule["permission"]) for rule in rules if rule["type"] == 1}
    if allowed.get(guild_id, True):
        return None
    return sorted(role for role, may in allowed.items() if may)


_NETWORK = "Look at the name service, the firewall and the proxy, and at SOVEREIGN_DISCORD_API if it is set."


def _advice(status: int) -> str:
    if status == 429:
        return "Wait: too many calls come from this address."
    if status == 403:
        return "Invite the bot anew with the scopes bot and applications.commands."
    return "Try again later; Discord tells of its outages at discordstatus.com."


def _in_words(error: Exception, doing: str, status: int) -> Unanswered:
    """`status` is that of the last answer: discord.py tries again for long before it gives up."""
    where = Route.BASE
    if isinstance(error, discord.GatewayNotFound) and isinstance(error.__cause__, discord.HTTPException):
        error = error.__cause__
    if isinstance(error, discord.LoginFailure):
        todo = "Reset the token in the developer portal (Bot → Reset Token), and set the secret anew."
        return Unanswered(f"{where} refuses the token", todo)
    if isinstance(error, discord.HTTPException):
        said = f"{error.status} ({error.code}): {' '.join(error.text.split())[:200]}"
        return Unanswered(f"{doing}, {where} said {said}", _advice(error.status))
    if isinstance(error, TimeoutError):
        last = f"; its last answer was {status}" if status >= 400 else ""
        return Unanswered(
            f"{doing}, {where} did not do it within {PATIENCE:.0f} s{last}",
            _advice(status) if last else _NETWORK,
        )
    if isinstance(error, aiohttp.ClientError | OSError):
        why = str(error) or type(error).__name__
        return Unanswered(f"{doing}, {where} cannot be reached ({why})", _NETWORK)
    return Unanswered(
        f"{doing}, {where} answered what Discord would not ({type(error).__name__})",
        "Look at SOVEREIGN_DISCORD_API, and at what stands between.",
    )
