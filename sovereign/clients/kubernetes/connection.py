"""One cluster's API server: every request to it, in whose name it is made, and how long it may take."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

import aiohttp
from multidict import CIMultiDict

from sovereign.clients.kubernetes.answers import refusal, silence
from sovereign.clients.kubernetes.credentials import connected, imported
from sovereign.core.errors import ClusterSilent, ConfigError
from sovereign.domain.cluster import Identity
from sovereign.services.ports.cluster import ClusterAddress

if TYPE_CHECKING:
    from kubernetes_asyncio.client import ApiClient

CONNECT, READ, TOTAL = 3.0, 5.0, 10.0
"""Seconds: for a connection, between two pieces of an answer, and for all of it. The library has none."""
CREDENTIALS = 10.0
"""Seconds that reading them may take: a kubeconfig may have a program make them."""
LARGEST = 64 * 2**20
"""Bytes of one answer."""

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`query` may hold a key several times; `body` is sent as `content`; `writing` may change something."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: object = None
    content: str = "application/json"
    as_who: Identity | None = None

    @property
    def writing(self) -> bool:
        return self.method != "GET" and ("dryRun", "All") not in self.query


class Connection:
    """Connects at the first call, and again with fresh credentials when they are refused."""

    def __init__(self, name: str, address: Callable[[], ClusterAddress]) -> None:
        self.name, self._address = name, address
        self._client: ApiClient | None = None
        self._connecting = asyncio.Lock()

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def json(self, call: Call) -> Json:
        """What the server answers. Raises UserError children and ClusterSilent."""
        raw = await self.raw(call)
        try:
            found = json.loads(raw) if len(raw) < 2**18 else await asyncio.to_thread(json.loads, raw)
        except (ValueError, RecursionError) as error:
            raise silence(self.name, "its answer is no JSON", writing=call.writing) from error
        if not isinstance(found, dict):
            raise silence(self.name, "its answer is no object", writing=call.writing)
        return found

    async def raw(self, call: Call) -> bytes:
        limits = aiohttp.ClientTimeout(total=TOTAL, sock_connect=CONNECT, sock_read=READ)
        async with self.open(call, limits) as answer:
            return await self._whole(answer, call)

    @asynccontextmanager
    async def open(self, call: Call, limits: aiohttp.ClientTimeout) -> AsyncIterator[aiohttp.ClientResponse]:
        """An answer that is a success, its body unread. What goes wrong while it is read is told alike."""
        answer: aiohttp.ClientResponse | None = None
        try:
            answer = await self._asked(call, limits)
            if not 200 <= answer.status < 300:
                body = await answer.content.read(LARGEST)
                raise refusal(self.name, answer.status, body, call.as_who, writing=call.writing)
            yield answer
        except TimeoutError as error:
            raise silence(self.name, "no answer in time", writing=call.writing) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            why = "it cannot be reached" if answer is None else "the connection broke"
            doubt = call.writing and not isinstance(error, aiohttp.ClientConnectorError)
            raise silence(self.name, f"{why}, {type(error).__name__}", writing=doubt) from error
        finally:
            if answer is not None:
                answer.close()

    async def _asked(self, call: Call, limits: aiohttp.ClientTimeout) -> aiohttp.ClientResponse:
        answer = await self._request(call, limits)
        if answer.status == 401:  # the token was renewed since: read it again, once
            answer.close()
            await self.close()
            answer = await self._request(call, limits)
        return answer

    async def _request(self, call: Call, limits: aiohttp.ClientTimeout) -> aiohttp.ClientResponse:
        client = await self._connected()
        own: dict[str, str] = {"Content-Type": call.content, "User-Agent": "sovereign"}
        await client.update_params_for_auth(own, [], ["BearerToken"])
        headers = CIMultiDict(own)
        if call.as_who is not None:
            headers["Impersonate-User"] = _header(call.as_who.user)
            for group in call.as_who.groups:  # the library's own headers take one only
                headers.add("Impersonate-Group", _header(group))
        url = f"{client.configuration.host}{call.path}" + (f"?{urlencode(call.query)}" if call.query else "")
        answer: aiohttp.ClientResponse = await client.rest_client.request(
            call.method,
            url,
            headers=cast(dict[str, Any], headers),
            body=call.body,
            _preload_content=False,
            _request_timeout=limits,
        )
        return answer

    async def _connected(self) -> ApiClient:
        async with self._connecting:
            if self._client is None:
                self._client = await self._connect()
            return self._client

    async def _connect(self) -> ApiClient:
        await imported()
        try:
            address = self._address()
            async with asyncio.timeout(CREDENTIALS):
                return await connected(address)
        except ConfigError as error:
            raise ClusterSilent(f"{self.name} cannot be connected to: {str(error).rstrip('.')}.") from error
        except (TimeoutError, OSError, ValueError, AssertionError, KeyError, TypeError) as error:
            why = f"its credentials cannot be used ({type(error).__name__})"
            raise ClusterSilent(f"{self.name} cannot be connected to: {why}.") from error

    async def _whole(self, answer: aiohttp.ClientResponse, call: Call) -> bytes:
        body = bytearray()
        async for piece in answer.content.iter_any():
            body += piece
            if len(body) > LARGEST:
                raise silence(self.name, "its answer is too large", writing=call.writing)
        return bytes(body)


def _header(value: str) -> str:
    """Names of roles may hold anything; a header ends at a line end."""
    return "".join(letter for letter in value if letter.isprintable())
