"""What a failed call to Discord means for the errand: surely not done, perhaps done, or never to be done."""

from __future__ import annotations

import aiohttp
import discord

from sovereign.services.ports.discord import Undelivered

UNKNOWN_CHANNEL, UNKNOWN_MESSAGE = 10003, 10008
TOO_MANY_OLD_EDITS = 30046
THREAD_EXISTS = 160004
INVALID_BODY = 50035
EMPTY_MESSAGE = 50006

ODD_JOB = 30.0
"""Seconds until the next look at what only a person can mend."""
FORBIDDEN = 180.0
"""The same for what counts against the address: 10,000 such answers in ten minutes ban it."""


def undelivered(error: Exception) -> Undelivered:
    """The error in the outbox's words."""
    if isinstance(error, Undelivered):
        return error
    if isinstance(error, discord.RateLimited):
        return Undelivered("Discord asks to wait", retry_in=error.retry_after)
    if isinstance(error, discord.HTTPException):
        return _refused(error)
    if isinstance(error, aiohttp.ClientConnectorError | ConnectionRefusedError):
        return Undelivered(f"Discord cannot be reached: {error}")
    if isinstance(error, TimeoutError):
        return Undelivered("Discord did not answer in time", in_doubt=True)
    return Undelivered(f"the connection to Discord broke: {type(error).__name__} {error}", in_doubt=True)


def _refused(error: discord.HTTPException) -> Undelivered:
    said = f"Discord said {error.status} ({error.code}): {error.text[:300]}"
    if error.status == 429:
        return Undelivered(said, retry_in=ODD_JOB)
    if error.status >= 500:
        return Undelivered(said, in_doubt=True)
    if error.code == TOO_MANY_OLD_EDITS:
        return Undelivered(said, retry_in=60.0)
    if error.status in (401, 403):
        return Undelivered(said, retry_in=FORBIDDEN)
    if error.code == UNKNOWN_CHANNEL:
        return Undelivered(said, retry_in=ODD_JOB)
    return Undelivered(said, hopeless=True)
