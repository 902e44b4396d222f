"""Calls the addresses that the configuration names and no others: no redirect is followed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp

from sovereign.clients.sessions import session
from sovereign.core.errors import Unavailable
from sovereign.services.ports.calls import Post, Send

PATIENCE = 10.0
"""Seconds for the whole of a request."""


@asynccontextmanager
async def posting() -> AsyncIterator[Post]:
    """Implements Post, as long as the process lives."""
    async with sending() as send:

        async def post(url: str, headers: Mapping[str, str], body: bytes) -> int:
            return await send("POST", url, headers, body)

        yield post


@asynccontextmanager
async def sending() -> AsyncIterator[Send]:
    """Implements Send, as long as the process lives."""
    timeout = aiohttp.ClientTimeout(total=PATIENCE)
    async with session(timeout) as http:

        async def send(method: str, url: str, headers: Mapping[str, str], body: bytes) -> int:
            try:
                async with http.request(
                    method, url, headers=headers, allow_redirects=False, data=body or None
                ) as answer:
                    return answer.status  # what it says beside that is not read
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                raise Unavailable(f"it cannot be reached ({type(error).__name__})") from error

        yield send
