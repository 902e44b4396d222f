"""Asks GitHub what its webhooks have sent, and to send it again.

https://docs.github.com/en/rest/repos/webhooks
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import aiohttp

from sovereign.clients.sessions import session
from sovereign.core.errors import Unavailable
from sovereign.services.ports.senders import Sent

PATIENCE = 15.0
"""Seconds for one question."""
PAGE, MOST_PAGES = 100, 50
"""Deliveries in a page, which is GitHub's limit, and pages that are read at most."""
LARGEST = 4 * 2**20
"""Bytes of a page."""


class GitHubHooks:
    """Implements SentHooks."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http

    async def sent(self, hook: str, token: str, since: datetime) -> list[Sent]:
        found: list[Sent] = []
        query = {"per_page": str(PAGE)}
        for _ in range(MOST_PAGES):
            body, cursor = await self._page(hook, token, query)
            page = list(_deliveries(hook, body))
            found += [one for one in page if one.at >= since]
            if cursor is None or not page or page[-1].at < since:
                return found
            query = {"per_page": str(PAGE), "cursor": cursor}
        return found

    async def send_again(self, hook: str, token: str, delivery_id: int) -> None:
        url = f"{hook}/deliveries/{delivery_id}/attempts"
        async with _answered(url), self._http.post(url, headers=_headers(token)) as answer:
            if answer.status not in (200, 202):
                raise Unavailable(f"{url} answers {answer.status}")

    async def _page(self, hook: str, token: str, query: Mapping[str, str]) -> tuple[bytes, str | None]:
        """A page and the cursor of the next one; only that is taken from the link, never its address."""
        url = f"{hook}/deliveries"
        request = self._http.get(url, params=query, headers=_headers(token), allow_redirects=False)
        async with _answered(url), request as answer:
            if answer.status != 200:
                raise Unavailable(f"{url} answers {answer.status}")
            body = bytearray()
            async for piece in answer.content.iter_any():
                body += piece
                if len(body) > LARGEST:
                    raise Unavailable(f"{url} answers with more than {LARGEST} bytes")
            return bytes(body), _cursor(answer)


def _cursor(answer: aiohttp.ClientResponse) -> str | None:
    following = answer.links.get("next")
    if following is None:
        return None
    return next(iter(parse_qs(urlsplit(str(following["url"])).query).get("cursor", [])), None)


def _headers(token: str) -> Mapping[str, str]:
    return {
        "Authorization": f"Bearer {token}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }


def _deliveries(hook: str, body: bytes) -> Iterator[Sent]:
    try:
        for one in json.loads(body):
            at = datetime.fromisoformat(one["delivered_at"])
            if at.tzinfo is None:
                raise ValueError("a time without a zone")
            yield Sent(id=int(one["id"]), name=str(one["guid"]), at=at)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Unavailable(f"{hook}/deliveries answers with something else than deliveries") from error


@asynccontextmanager
async def _answered(url: str) -> AsyncIterator[None]:
    """What goes wrong on the way is Unavailable, in words without the token."""
    try:
        yield
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise Unavailable(f"{url} cannot be asked ({type(error).__name__})") from error


@asynccontextmanager
async def asking() -> AsyncIterator[GitHubHooks]:
    """For as long as the process lives."""
    timeout = aiohttp.ClientTimeout(total=PATIENCE)
    async with session(timeout) as http:
        yield GitHubHooks(http)
