"""An API server that answers what it was told to, and remembers what it was asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sovereign.clients.kubernetes.cluster import Kubernetes
from sovereign.services.ports.cluster import ClusterAddress

Json = Mapping[str, Any]


@dataclass(slots=True, kw_only=True)
class Answer:
    """`lines` are sent one by one; `hangs`: nothing comes after them; `breaks`: the connection ends then."""

    status: int = 200
    body: object = None
    text: str | None = None
    lines: Sequence[str] | None = None
    hangs: bool = False
    breaks: bool = False


@dataclass(slots=True, kw_only=True)
class Asked:
    method: str
    path: str
    query: list[tuple[str, str]]
    content: str
    body: Any
    impersonated: tuple[str | None, list[str]]
    authorization: str | None


@dataclass(slots=True)
class Scripted:
    """`answers` by `METHOD /path`, in order; the last one is repeated."""

    url: str
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def on(self, what: str, *answers: Answer) -> None:
        self.answers[what] = [*answers]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        self.asked.append(
            Asked(
                method=request.method,
                path=request.path,
                query=[*request.query.items()],
                content=request.content_type,
                body=json.loads(raw) if raw else None,
                impersonated=(
                    request.headers.get("Impersonate-User"),
                    request.headers.getall("Impersonate-Group", []),
                ),
                authorization=request.headers.get("Authorization"),
            )
        )
        waiting = self.answers.get(f"{request.method} {request.path}", [])
        if not waiting:
            return web.json_response({"kind": "Status", "reason": "NotFound", "message": "?"}, status=404)
        given = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return await self._sent(request, given)

    async def _sent(self, request: web.Request, given: Answer) -> web.StreamResponse:
        if given.lines is None and given.hangs:
            await asyncio.sleep(60)
        if given.text is not None:
            return web.Response(text=given.text, status=given.status)
        if given.lines is None:
            return web.json_response(given.body, status=given.status)
        response = web.StreamResponse(status=given.status)
        await response.prepare(request)
        for line in given.lines:
            await response.write(line.encode())
        if given.hangs:
            await asyncio.sleep(60)
        if given.breaks and request.transport is not None:
            request.transport.abort()
        return response


@asynccontextmanager
async def scripted() -> AsyncIterator[Scripted]:
    script = Scripted(url="")
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", script.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    script.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield script
    finally:
        await runner.cleanup()


@asynccontextmanager
async def reached(url: str, token: str = "t") -> AsyncIterator[Kubernetes]:
    cluster = Kubernetes("main", lambda: ClusterAddress(server=url, token=token))
    try:
        yield cluster
    finally:
        await cluster.close()
