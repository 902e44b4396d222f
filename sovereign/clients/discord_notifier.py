"""Carries errands out in Discord: finds the place, renders, sends each part once, writes down what it did."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TypeVar

import aiohttp
import discord
import structlog

from sovereign.clients.discord_errors import (
    EMPTY_MESSAGE,
    INVALID_BODY,
    THREAD_EXISTS,
    UNKNOWN_CHANNEL,
    UNKNOWN_MESSAGE,
    undelivered,
)
from sovereign.clients.discord_pacing import Pacer
from sovereign.render import outgoing
from sovereign.render.outgoing import Outgoing
from sovereign.services.announce import NORMAL, PAGE
from sovereign.services.ports.discord import Ledger, NoThread, Undelivered
from sovereign.store.errands import Errand

log = structlog.get_logger()

T = TypeVar("T")

ASK_AGAIN = 15.0
"""Seconds after which a line asks again for a thread: many wait for the place that becomes free next."""
CALL = 15.0
"""Seconds for one call. discord.py repeats a 5xx for up to 25 s while it holds the bucket's lock."""
CLOCKS_APART = timedelta(minutes=2)
"""How far Discord's clock and ours may differ when we look for what we may have said."""
LOOKED_THROUGH = 500
"""Messages read, at most, when looking for one that may have been sent."""
MISSING = 30.0
"""Seconds until the next look for a channel that is not there."""
_MEMBER = re.compile(r"<@(?P<id>[0-9]{1,20})>")


class Member(discord.Object):
    """Somebody who is called by id alone."""

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"


Called = discord.Role | Member


class DiscordNotifier:
    """`usable` returns once the client knows its guild."""

    def __init__(
        self,
        client: discord.Client,
        usable: Callable[[], Awaitable[object]],
        guild_id: int | None,
        pacer: Pacer,
    ) -> None:
        self._usable = usable
        self._client, self._guild_id, self._pacer = client, guild_id, pacer

    async def ready(self) -> None:
        await self._usable()

    async def perform(self, errand: Errand, ledger: Ledger) -> None:
        try:
            await self._perform(errand, ledger)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            raise undelivered(error) from error

    async def _perform(self, errand: Errand, ledger: Ledger) -> None:
        if self._client.is_closed():
            raise Undelivered("the connection to Discord is being made anew", retry_in=1.0)
        match errand.op:
            case "edit":
                await self._edit(errand)
            case "line":
                await self._line(errand, ledger)
            case _:
                await self._say(errand, ledger, self._channel(errand.channel))

    async def _line(self, errand: Errand, ledger: Ledger) -> None:
        thread = await self._thread(errand, ledger)
        if thread is None:
            log.info("discord.message_gone", ref=errand.ref)  # somebody deleted what there was to speak of
            return
        try:
            await self._say(errand, ledger, thread)
        except discord.NotFound as gone:
            if gone.code != UNKNOWN_CHANNEL:
                raise
            await ledger.thread(None)
            raise Undelivered("somebody deleted the thread; another is made") from gone

    async def _say(self, errand: Errand, ledger: Ledger, channel: discord.abc.Messageable) -> None:
        """Send the parts that are not recorded yet. One that may have been sent is looked for first."""
        for number, message in enumerate(outgoing.messages(errand)):
            if number in errand.parts:
                continue
            found = await self._find(errand, ledger, channel, message) if errand.doubt_since else None
            sent = found or await self._send(errand, channel, message, number)
            await ledger.part(number, sent.channel.id, sent.id)

    async def _send(
        self, errand: Errand, channel: discord.abc.Messageable, message: Outgoing, number: int
    ) -> discord.Message:
        called = self._called(errand.mention) if message.calls else []
        own = NORMAL if errand.op == "line" else errand.priority  # nothing has to find its place in a thread
        await self._pacer.turn(f"post:{_id(channel)}", max(own, PAGE) if errand.mention else own)
        try:
            return await _within(self._post(channel, message, called, f"{errand.nonce}-{number}"))
        except discord.HTTPException as error:
            if error.code not in (INVALID_BODY, EMPTY_MESSAGE):
                raise
            log.error("discord.refused_message", ref=errand.ref, problem=error.text)
        return await _within(self._post(channel, outgoing.plain(errand), called, f"{errand.nonce}-{number}"))

    async def _post(
        self, channel: discord.abc.Messageable, message: Outgoing, called: list[Called], nonce: str
    ) -> discord.Message:
        content = "\n".join(filter(None, (" ".join(each.mention for each in called), message.content)))
        roles = [each for each in called if isinstance(each, discord.Role)]
        members = [each for each in called if isinstance(each, Member)]
        files = [discord.File(io.BytesIO(text.encode()), filename=name) for name, text in message.files]
        return await channel.send(
            content=content or None,
            embed=message.embed or discord.utils.MISSING,
            view=message.view or discord.utils.MISSING,
            files=files or discord.utils.MISSING,
            nonce=nonce,
            allowed_mentions=discord.AllowedMentions(everyone=False, users=members, roles=roles),
        )

    async def _find(
        self, errand: Errand, ledger: Ledger, channel: discord.abc.Messageable, message: Outgoing
    ) -> discord.Message | None:
        """What an earlier attempt may have left: known by the reference in its footer, or by its words."""
        after = (errand.doubt_since or discord.utils.utcnow()) - CLOCKS_APART
        await self._pacer.turn(None)
        async with _answered(2 * CALL):
            async for said in channel.history(after=after, oldest_first=True, limit=LOOKED_THROUGH):
                if self._client.user is None or said.author.id != self._client.user.id:
                    continue
                if _is(said, message, errand.ref) and not await ledger.is_recorded(said.id):
                    log.info("discord.found_again", ref=errand.ref, message=said.id)
                    return said
        return None

    async def _edit(self, errand: Errand) -> None:
        if errand.channel_id is None or errand.message_id is None:
            return
        message = outgoing.messages(errand)[0]
        await self._pacer.turn(f"edit:{errand.channel_id}", errand.priority)
        place = self._client.get_partial_messageable(errand.channel_id)
        try:
            await _within(
                place.get_partial_message(errand.message_id).edit(embed=message.embed, view=message.view)
            )
        except discord.NotFound as gone:
            if gone.code not in (UNKNOWN_MESSAGE, UNKNOWN_CHANNEL):
                raise
            log.info("discord.message_gone", ref=errand.ref)  # somebody deleted it: nothing is left to edit

    async def _thread(self, errand: Errand, ledger: Ledger) -> discord.abc.Messageable | None:
        """The thread under the head message, made when there is first something to say in it.

        None where the head message is gone.
        """
        if errand.thread_id is not None:
            return self._client.get_partial_messageable(errand.thread_id)
        if errand.channel_id is None or errand.message_id is None:
            raise Undelivered("the head message does not stand yet")
        channel = self._guild().get_channel(errand.channel_id)
        if not isinstance(channel, discord.TextChannel):
            raise Undelivered(f"channel {errand.channel_id} cannot hold threads", retry_in=MISSING)
        if not await self._start_thread(channel, errand.message_id, outgoing.thread_name(errand)):
            return None
        await ledger.thread(errand.message_id)  # a thread has the id of the message that it hangs on
        return self._client.get_partial_messageable(errand.message_id)

    async def _start_thread(self, channel: discord.TextChannel, message_id: int, name: str) -> bool:
        """Whether there is one now, be it from before; not where the message is gone."""
        if (wait := self._pacer.until_thread(channel.id)) > 0:
            told = "Discord takes no more new threads in this channel for now"
            raise NoThread(told, retry_in=max(wait, ASK_AGAIN))
        await self._pacer.turn(None)
        try:
            await _within(channel.get_partial_message(message_id).create_thread(name=name))
        except TimeoutError:  # discord.py waits for a place, and everybody else would wait behind it
            self._pacer.no_threads(channel.id)
            raise
        except discord.HTTPException as error:
            if error.code == UNKNOWN_MESSAGE:
                return False
            if error.code != THREAD_EXISTS:
                raise
        return True

    def _channel(self, name: str) -> discord.TextChannel:
        """By name or id. Raises Undelivered while there is no such channel."""
        wanted = name.removeprefix("#")
        guild = self._guild()
        found = [channel for channel in guild.text_channels if wanted in (channel.name, str(channel.id))]
        if not found:
            raise Undelivered(
                f"{guild.name} has no channel #{wanted}: create it, or name another under discord.channels",
                retry_in=MISSING,
            )
        return found[0]

    def _called(self, names: tuple[str, ...]) -> list[Called]:
        """Members by `<@id>`, roles by name or id; a name that two roles have calls nobody, for nobody knows
        which is meant."""
        called: list[Called] = []
        for name in names:
            if member := _MEMBER.fullmatch(name):
                called.append(Member(int(member["id"])))
                continue
            found = [
                role for role in self._guild().roles if name.removeprefix("@") in (role.name, str(role.id))
            ]
            if len(found) == 1:
                called.append(found[0])
            else:
                log.error("discord.role_unclear", role=name, found=len(found))
        return called

    def _guild(self) -> discord.Guild:
        guilds = [g for g in self._client.guilds if self._guild_id in (None, g.id) and not g.unavailable]
        if len(guilds) != 1:
            wanted = self._guild_id or "one guild only; set discord.guild_id"
            count = len(guilds)
            pause = MISSING if count else 1.0  # none at all: the connection is being made anew
            raise Undelivered(f"the bot is in {count} guilds and should be in {wanted}", retry_in=pause)
        return guilds[0]


def _is(said: discord.Message, message: Outgoing, ref: str) -> bool:
    content = said.content.strip()
    if (
        message.embed is not None
    ):  # the plain form, sent where the card was refused, ends with the reference too
        footers = [embed.footer.text or "" for embed in said.embeds]
        return any(text.split(" · ")[-1] == ref for text in (*footers, content))
    return f"\n{message.content.strip()}\n" in f"\n{content}\n" or content.endswith(f" · {ref}")


def _id(channel: discord.abc.Messageable) -> int:
    return channel.id if isinstance(channel, discord.TextChannel | discord.PartialMessageable) else 0


async def _within(call: Awaitable[T]) -> T:
    async with _answered(CALL):
        return await call


@asynccontextmanager
async def _answered(seconds: float) -> AsyncIterator[None]:
    """Calls to Discord within their time. discord.py has no words of its own for being closed meanwhile."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except (RuntimeError, AttributeError) as closed:
        raise Undelivered(f"the connection was closed meanwhile: {closed}", in_doubt=True) from closed
