"""Keeps the client logged in and connected, whether Discord is up, down, or another server altogether."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Literal

import aiohttp
import discord
import structlog
import yarl
from discord.backoff import ExponentialBackoff
from discord.gateway import DiscordWebSocket
from discord.http import Route

from sovereign.clients.discord_routes import route
from sovereign.core import metrics

log = structlog.get_logger()

LONGEST_PAUSE = 15.0
"""Seconds between attempts to log in, or to connect again, while Discord cannot be reached."""
LOGIN, CLOSING = 30.0, 3.0
"""Seconds that logging in and closing may take."""
REFUSED_PAUSE = 60.0
"""Seconds after a refused token: only a person can mend that, and refusals count against the address."""


class Patience(ExponentialBackoff[Literal[False]]):
    """Pauses between attempts to connect again. discord.py's own grow to 17 minutes and shrink only after 34
    without a break: a line that breaks now and then would leave people without answers for that long."""

    def delay(self) -> float:
        return min(super().delay(), LONGEST_PAUSE)


class _OneLine(logging.Filter):
    """discord.py writes forty lines of traceback whenever a connection breaks. Only the last one counts."""

    RECONNECTS = "Attempting a reconnect in %.2fs"

    def filter(self, record: logging.LogRecord) -> bool:
        if record.msg != self.RECONNECTS or not record.exc_info or not isinstance(record.args, tuple):
            return True
        (pause,), problem = record.args, record.exc_info[1]
        log.warning(
            "discord.disconnected",
            problem=str(problem) or type(problem).__name__,
            next_try_in=round(float(str(pause)), 1),
        )
        return False


_ONE_LINE = _OneLine()


def redirect(api: str, gateway: str) -> None:
    """Let discord.py speak to this server instead of Discord's, for the whole process."""
    Route.BASE = api
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)


def trace(answered: Callable[[int], None]) -> aiohttp.TraceConfig:
    """A trace that tells each answer's HTTP status, and counts the calls."""
    config = aiohttp.TraceConfig()

    async def ended(_: object, __: object, end: aiohttp.TraceRequestEndParams) -> None:
        answered(end.response.status)
        metrics.discord_calls.labels(route(end.method, end.url.path), str(end.response.status)).inc()

    async def failed(_: object, __: object, end: aiohttp.TraceRequestExceptionParams) -> None:
        metrics.discord_calls.labels(route(end.method, end.url.path), "none").inc()

    config.on_request_end.append(ended)
    config.on_request_exception.append(failed)
    return config


async def stay_connected(client: discord.Client, token: str) -> None:
    """Log in, as often as it takes, and stay until the connection is closed for good."""
    vars(discord.client)["ExponentialBackoff"] = Patience  # it has no setting for this
    logging.getLogger(discord.client.__name__).addFilter(_ONE_LINE)  # added once, however often
    pause = 0.5
    while not (await _logged_in(client, token) and await _connected(client)):
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


async def _connected(client: discord.Client) -> bool:
    """Whether it ever was, once the connection is closed for good."""
    try:
        await client.connect(reconnect=True)
    except AttributeError:
        if client.ws is not None:
            raise
        return False  # discord.py goes on with its connection of before, which the very first attempt has not
    finally:  # however it ended: one that is half alive would look connected and hear nothing
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING):
                await client.close()
    return True


async def _logged_in(client: discord.Client, token: str) -> bool:
    if client.is_closed():
        client.clear()
        client.http.connector = discord.utils.MISSING  # its old one was closed with it
    try:
        async with asyncio.timeout(LOGIN):
            await client.login(token)
    except discord.LoginFailure:
        log.error("discord.token_refused", next_try_in=REFUSED_PAUSE)
        await _discard_session(client)
        await asyncio.sleep(REFUSED_PAUSE)
    except (aiohttp.ClientError, OSError, discord.HTTPException) as error:
        log.warning("discord.unreachable", problem=str(error))
        await _discard_session(client)
    else:
        return True
    return False


async def _discard_session(client: discord.Client) -> None:
    """A failed login leaves its HTTP session open, and the next one would use its closed connector."""
    await client.http.close()
    client.http.connector = discord.utils.MISSING
