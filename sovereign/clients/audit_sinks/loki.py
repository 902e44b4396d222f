"""The audit in Grafana Loki, by its push API."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

import aiohttp

from sovereign.config.governance import SinkSection
from sovereign.config.secrets import SecretSource
from sovereign.core import clock
from sovereign.core.clock import micros
from sovereign.core.errors import Unavailable
from sovereign.services.ports.sinks import Line

PUSH = "/loki/api/v1/push"
JOB = "sovereign-audit"
SHOWN = 200


class Loki:
    def __init__(self, section: SinkSection, secrets: SecretSource, http: aiohttp.ClientSession) -> None:
        self._section, self._secrets, self._http = section, secrets, http
        self._labels = {"job": JOB, **section.labels}

    async def send(self, lines: Sequence[Line]) -> None:
        status, said = await self._push([(micros(line.at), line.text) for line in lines])
        if status == HTTPStatus.BAD_REQUEST and any(
            word in said for word in ("too far behind", "too old", "out of order")
        ):
            # After long downtime Loki takes no old times any more; each record says its own anyway.
            now = micros(clock.now())
            status, said = await self._push([(now + number, line.text) for number, line in enumerate(lines)])
        if not 200 <= status < 300:
            raise Unavailable(f"Loki answers {status}: {said[:SHOWN]}")

    async def _push(self, values: Sequence[tuple[int, str]]) -> tuple[int, str]:
        """Times are in microseconds."""
        stream = {"stream": self._labels, "values": [[f"{at * 1000}", text] for at, text in values]}
        url = f"{str(self._section.url).rstrip('/')}{PUSH}"
        try:
            async with self._http.post(
                url, json={"streams": [stream]}, headers=self._headers(), allow_redirects=False
            ) as answer:
                return answer.status, " ".join((await answer.text(errors="replace")).split())
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"Loki cannot be reached ({type(error).__name__})") from error

    def _headers(self) -> dict[str, str]:
        headers = {}
        if self._section.tenant:
            headers["X-Scope-OrgID"] = self._section.tenant
        if self._section.token:
            token = self._secrets.resolve(self._section.token, f"audit sink {self._section.called}")
            headers["Authorization"] = f"Bearer {token.get_secret_value()}"
        return headers
