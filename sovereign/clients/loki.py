"""Asks Loki for lines: https://grafana.com/docs/loki/latest/reference/loki-http-api/"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from http import HTTPStatus

import aiohttp

from sovereign.clients.sessions import session
from sovereign.core.clock import micros
from sovereign.core.errors import Unacceptable
from sovereign.domain.logs import LogLine, plain
from sovereign.services.ports.logs import LogsSilent, LokiAddress

PATIENCE = aiohttp.ClientTimeout(total=10, sock_connect=3, sock_read=8)
LARGEST = 16 * 2**20
"""Bytes of an answer."""
SAID = 300
"""Characters of Loki's own words that are repeated."""
PODS = ("pod", "k8s_pod_name", "instance")
"""Labels that say which pod a line is from, as the usual shippers call it."""


class Loki:
    """Implements LogStore."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http

    async def lines(
        self, address: LokiAddress, query: str, *, since: datetime, until: datetime, limit: int
    ) -> Sequence[LogLine]:
        parameters = {
            "query": query,
            "start": str(micros(since) * 1000),
            "end": str(micros(until) * 1000),
            "limit": str(limit),
            "direction": "backward",
        }
        headers = {"X-Scope-OrgID": address.tenant} if address.tenant else {}
        if address.token:
            headers["Authorization"] = f"Bearer {address.token}"
        url = f"{address.url.rstrip('/')}/loki/api/v1/query_range"
        status, body = await self._get(url, parameters, headers)
        if status == HTTPStatus.BAD_REQUEST:
            raise Unacceptable(f"Loki refuses the query: {body[:SAID].decode(errors='replace').strip()}")
        if status != HTTPStatus.OK:
            raise LogsSilent(f"Loki cannot be read now: it answers {status}.")
        return sorted(_read(body), key=lambda one: micros(one.at) if one.at else 0)

    async def _get(self, url: str, parameters: dict[str, str], headers: dict[str, str]) -> tuple[int, bytes]:
        try:
            async with self._http.get(
                url, params=parameters, headers=headers, allow_redirects=False
            ) as answer:
                body = bytearray()
                async for piece in answer.content.iter_any():
                    body += piece
                    if len(body) > LARGEST:
                        raise LogsSilent("Loki answers with more than can be read: ask for fewer lines.")
                return answer.status, bytes(body)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise LogsSilent(f"Loki does not answer ({type(error).__name__}).") from error


def _read(body: bytes) -> Sequence[LogLine]:
    try:
        found = json.loads(body)
        data = found["data"]
        if data["resultType"] != "streams":
            raise Unacceptable("The query makes numbers of the lines: ask for the lines themselves.")
        return [
            LogLine(
                text=plain(value[1]),
                at=datetime.fromtimestamp(int(value[0]) / 1e9, UTC),
                pod=next((stream["stream"][name] for name in PODS if name in stream["stream"]), ""),
            )
            for stream in data["result"]
            for value in stream["values"]
        ]
    except (ValueError, LookupError, TypeError, RecursionError, OverflowError) as error:
        raise LogsSilent("Loki answers with something else than lines.") from error


@asynccontextmanager
async def reading() -> AsyncIterator[Loki]:
    """For as long as the process lives."""
    async with session(PATIENCE) as http:
        yield Loki(http)
