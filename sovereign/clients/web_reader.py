"""Reads a web address of our own, to learn whether it can be reached."""

from __future__ import annotations

import json

import aiohttp

from sovereign.services.doctor.facts import Unanswered
from sovereign.services.doctor.gateway import Answer

PATIENCE = 5.0
"""Seconds."""
LARGEST = 64 * 1024


async def read(url: str) -> Answer:
    """GET it. Raises Unanswered."""
    timeout = aiohttp.ClientTimeout(total=PATIENCE)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as answer:
            raw = await answer.content.read(LARGEST)
            return Answer(status=answer.status, body=_parsed(raw))
    except TimeoutError as error:
        raise Unanswered(f"no answer within {PATIENCE:.0f} s", "") from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise Unanswered(str(error) or type(error).__name__, "") from error


def _parsed(raw: bytes) -> object:
    """None for what is no JSON."""
    try:
        found: object = json.loads(raw)
    except ValueError:
        return None
    return found
