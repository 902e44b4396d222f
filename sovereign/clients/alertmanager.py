"""Asks Alertmanager, or the one inside Grafana, which alerts there are now.

https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import aiohttp

from sovereign.clients.sessions import session
from sovereign.core.errors import Unavailable

PATIENCE = 15.0
"""Seconds."""
LARGEST = 32 * 2**20
"""Bytes of a list; a longer one is not compared with."""


class Alertmanager:
    """Implements CurrentAlerts."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http

    async def current(self, url: str, token: str | None) -> Sequence[Mapping[str, object]]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            async with self._http.get(url, headers=headers, allow_redirects=False) as answer:
                if answer.status != 200:
                    raise Unavailable(f"{url} answers {answer.status}")
                body = bytearray()
                async for piece in answer.content.iter_any():
                    body += piece
                    if len(body) > LARGEST:
                        raise Unavailable(f"{url} answers with more than {LARGEST} bytes")
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise Unavailable(f"{url} cannot be asked ({type(error).__name__})") from error
        return _alerts(url, bytes(body))


def _alerts(url: str, body: bytes) -> Sequence[Mapping[str, object]]:
    """Whoever lists something else is not believed at all: what it leaves out would count as over."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unavailable(f"{url} answers with something else than JSON") from error
    if not isinstance(found, list) or not all(isinstance(one, dict) and "labels" in one for one in found):
        raise Unavailable(f"{url} answers with something else than a list of alerts")
    return found


@asynccontextmanager
async def listing() -> AsyncIterator[Alertmanager]:
    """For as long as the process lives."""
    timeout = aiohttp.ClientTimeout(total=PATIENCE)
    async with session(timeout) as http:
        yield Alertmanager(http)
