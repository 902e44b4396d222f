"""Asks an address of the configuration whether it is well. Implements Probing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from sovereign.clients.sessions import session
from sovereign.core.errors import Unavailable
from sovereign.services.ports.calls import Probing

PATIENCE = 10.0
"""Seconds for the whole of a request."""


@asynccontextmanager
async def probing() -> AsyncIterator[Probing]:
    timeout = aiohttp.ClientTimeout(total=PATIENCE)
    async with session(timeout) as http:

        async def probe(url: str) -> int:
            try:
                async with http.get(url, allow_redirects=False) as answer:
                    return answer.status
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                raise Unavailable(f"no answer ({type(error).__name__})") from error

        yield probe
