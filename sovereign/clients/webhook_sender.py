"""Posts a signed request to a gateway, as a webhook's sender would."""

from __future__ import annotations

from collections.abc import Mapping

import aiohttp

from sovereign.core.errors import SovereignError

PATIENCE = 15.0
"""Seconds; as long as the most patient senders wait."""


class Unreachable(SovereignError):
    def __init__(self, url: str, why: str) -> None:
        self.public = f"Nothing answers at {url} ({why}). Is it running? `make run` starts it."
        super().__init__(self.public)


async def post(url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
    """The status and text of the answer. Raises Unreachable."""
    timeout = aiohttp.ClientTimeout(total=PATIENCE)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(url, data=body, headers=headers) as answer,
        ):
            return answer.status, await answer.text()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Unreachable(url, str(error) or type(error).__name__) from error
