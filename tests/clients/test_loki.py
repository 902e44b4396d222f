"""Loki's answers, from a server that answers as Loki does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from sovereign.clients.loki import reading
from sovereign.core.errors import Unacceptable
from sovereign.services.ports.logs import LogsSilent, LokiAddress

SINCE, UNTIL = datetime(2026, 3, 1, 12, tzinfo=UTC), datetime(2026, 3, 1, 13, tzinfo=UTC)


def streams(*found: dict[str, Any]) -> dict[str, Any]:
    """As https://grafana.com/docs/loki/latest/reference/loki-http-api/ has it."""
    return {"status": "success", "data": {"resultType": "streams", "result": [*found], "stats": {}}}


@asynccontextmanager
async def loki(body: object, status: int = 200) -> AsyncIterator[tuple[LokiAddress, list[web.Request]]]:
    asked: list[web.Request] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request)
        if isinstance(body, str):
            return web.Response(text=body, status=status)
        return web.json_response(body, status=status)

    app = web.Application()
    app.router.add_get("/loki/api/v1/query_range", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        port = runner.addresses[0][1]
        yield LokiAddress(url=f"http://127.0.0.1:{port}/", token="t", tenant="acme"), asked
    finally:
        await runner.cleanup()


async def test_lines_come_in_the_order_of_time_with_their_pods() -> None:
    one = {"stream": {"app": "shop", "pod": "shop-1"}, "values": [["1772366403000000000", "b"], ["1772366401000000000", "a"]]}  # fmt: skip  # noqa: E501
    two = {"stream": {"app": "shop"}, "values": [["1772366402000000000", "\x1b[1mc\x1b[0m"]]}
    async with loki(streams(one, two)) as (address, asked), reading() as it:
        found = await it.lines(address, '{app="shop"}', since=SINCE, until=UNTIL, limit=50)
    assert [(line.text, line.pod) for line in found] == [("a", "shop-1"), ("c", ""), ("b", "shop-1")]
    [request] = asked
    assert request.query["query"] == '{app="shop"}'
    assert (request.query["start"], request.query["end"]) == ("1772366400000000000", "1772370000000000000")
    assert (request.query["limit"], request.query["direction"]) == ("50", "backward")
    assert (request.headers["X-Scope-OrgID"], request.headers["Authorization"]) == ("acme", "Bearer t")


@pytest.mark.parametrize(
    ("body", "status", "error", "words"),
    [
        ("parse error at line 1, col 20: syntax error", 400, Unacceptable, "syntax error"),
        ("too many outstanding requests", 429, LogsSilent, "answers 429"),
        ("<html>", 200, LogsSilent, "something else than lines"),
        ({"data": {"resultType": "matrix", "result": []}}, 200, Unacceptable, "makes numbers"),
        (streams({"stream": {}, "values": [["x", "a"]]}), 200, LogsSilent, "something else than lines"),
    ],
)
async def test_what_is_no_answer_with_lines_is_told_in_words(
    body: object, status: int, error: type[Exception], words: str
) -> None:
    async with loki(body, status) as (address, _), reading() as it:
        with pytest.raises(error, match=words):
            await it.lines(address, '{app="shop"}', since=SINCE, until=UNTIL, limit=5)


async def test_a_loki_that_is_not_there_is_told_in_words() -> None:
    async with reading() as it:
        with pytest.raises(LogsSilent, match="Loki does not answer"):
            await it.lines(LokiAddress(url="http://127.0.0.1:1"), "{}", since=SINCE, until=UNTIL, limit=5)
