"""What the whole product tells other programs, and that its HTTP port answers as its own description says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from sovereign.core import clock
from sovereign.integrations._source import Inbound
from sovereign.integrations._timed import standard_webhooks
from sovereign.sandbox.server import SandboxOptions, running
from sovereign.web import events, openapi, server
from tests.end_to_end.world import World, product

Got = asyncio.Queue[tuple[Mapping[str, str], bytes]]
CONFIGURATION = """
outwards:
  readers: [{{name: board, secret: env://BOARD}}]
  webhooks: [{{name: audit, url: "http://127.0.0.1:{port}/", secret: env://AUDIT, kinds: change.*}}]
"""
KEY = {"Authorization": "Bearer sandbox"}


@pytest.fixture
async def got() -> AsyncIterator[tuple[int, Got]]:
    found: Got = asyncio.Queue()

    async def take(request: web.Request) -> web.Response:
        found.put_nowait(
            ({name.lower(): value for name, value in request.headers.items()}, await request.read())
        )
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/", take)
    async with server.listening(app, "127.0.0.1", 0) as port:
        yield port, found


@pytest.fixture
async def outwards(tmp_path: Path, got: tuple[int, Got]) -> AsyncIterator[World]:
    file = tmp_path / "discovery.yml"
    await asyncio.to_thread(file.write_text, CONFIGURATION.format(port=got[0]))
    async with (
        running(tmp_path / "sandbox", options=SandboxOptions()) as sandbox,
        product(tmp_path, sandbox, file) as it,
        aiohttp.ClientSession() as http,
    ):
        yield World(sandbox=sandbox, gateway=f"http://127.0.0.1:{it.port}", http=http, bot=it)


async def test_a_pull_request_reaches_whoever_follows_and_the_target_of_a_webhook(
    outwards: World, got: tuple[int, Got]
) -> None:
    async with outwards.http.get(f"{outwards.gateway}/events", headers=KEY) as stream, asyncio.timeout(10):
        await stream.content.readuntil(b"\n\n")
        assert await outwards.sample("github", "pull_request.opened") == 202
        block = (await stream.content.readuntil(b"\n\n")).decode()
        event = json.loads(block.partition("data: ")[2])
        assert event["type"] == "change.created"
    headers, body = await asyncio.wait_for(got[1].get(), 10)
    inbound = Inbound(headers=headers, body=body, url="", received_at=clock.now())
    standard_webhooks().verify(inbound, ["sandbox"])
    assert json.loads(body) == event
    document = await described(outwards)
    Draft202012Validator({**schema("CloudEvent"), "components": document["components"]}).validate(event)
    async with outwards.http.get(f"{outwards.gateway}/readyz") as answer:
        assert (await answer.json())["forwards"] == {"waiting": 0, "dead": 0}
    async with outwards.http.get(f"{outwards.gateway}/metrics") as answer:
        assert 'sovereign_forward_attempts_total{outcome="done",target="audit"}' in await answer.text()


async def described(world: World) -> dict[str, Any]:
    async with world.http.get(f"{world.gateway}/openapi.json") as answer:
        found: dict[str, Any] = await answer.json()
        return found


def schema(name: str) -> dict[str, object]:
    return {"$ref": f"#/components/schemas/{name}"}


@dataclass(frozen=True, slots=True)
class Call:
    """A request as the description has it, with whatever somebody may put into it."""

    path: str
    method: str
    query: list[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes


TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)
HEADERS = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30)


@st.composite
def calls(draw: st.DrawFn, document: Mapping[str, Any]) -> Call:
    path = draw(st.sampled_from(sorted(document["paths"])))
    method = draw(st.sampled_from(sorted(document["paths"][path])))
    operation = document["paths"][path][method]
    query, headers = [], draw(st.sampled_from([{}, KEY, {"Authorization": "Bearer no"}]))
    for parameter in operation.get("parameters", ()):
        name, where = parameter["name"], parameter["in"]
        if where == "path":
            path = path.replace(f"{{{name}}}", draw(st.sampled_from(["github", "nobody", "a%2Fb", "%F0"])))
        elif where == "query":
            query += [(name, value) for value in draw(st.lists(TEXTS | st.just("change.*"), max_size=3))]
        elif value := draw(st.sampled_from(["", "0", "17", "9" * 18]) | HEADERS):
            headers = {**headers, name: value}
    if draw(st.booleans()) and method == "get":
        query.append((draw(HEADERS) or "x", "1"))
    body = draw(st.binary(max_size=50) | st.just(b'{"title":"x"}')) if "requestBody" in operation else b""
    return Call(path=path, method=method, query=query, headers=headers, body=body)


async def test_every_answer_is_one_that_the_description_has(
    outwards: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What schemathesis does, over our own document; see docs/adr."""
    monkeypatch.setattr(events, "HEARTBEAT", 0.05)
    document, loop = await described(outwards), asyncio.get_running_loop()
    statuses: set[tuple[str, str, int]] = set()

    async def check(call: Call, template: str) -> None:
        url = f"{outwards.gateway}{call.path}"
        async with outwards.http.request(
            call.method, url, params=call.query, headers=call.headers, data=call.body or None
        ) as answer:
            statuses.add((template, call.method, answer.status))
            said = document["paths"][template][call.method]["responses"]
            assert str(answer.status) in said, (call, answer.status)
            content = said[str(answer.status)].get("content")
            if not content or call.method == "head":
                return
            assert answer.content_type in content, call
            if answer.content_type == "application/json":
                wanted = {**content["application/json"]["schema"], "components": document["components"]}
                Draft202012Validator(wanted).validate(await answer.json())

    @settings(max_examples=150, deadline=None, suppress_health_check=[*HealthCheck])
    @given(call=calls(document))
    def explore(call: Call) -> None:
        template = "/hooks/{name}" if call.path.startswith("/hooks/") else call.path
        asyncio.run_coroutine_threadsafe(check(call, template), loop).result(10)

    await check(Call(path="/events", method="get", query=[], headers=KEY, body=b""), "/events")
    await asyncio.to_thread(explore)
    assert {status for path, _, status in statuses if path == "/events"} >= {200, 400, 401}


async def test_every_route_stands_in_the_description_and_says_what_it_does(outwards: World) -> None:
    document = await described(outwards)
    assert outwards.bot is not None
    app = server.build(outwards.bot.services, public_url="")
    found = {
        (route.resource.canonical, route.method.lower())
        for route in app.router.routes()
        if route.resource is not None
    }
    described_too = {(path, method) for path, methods in document["paths"].items() for method in methods}
    assert found == described_too
    for operations in document["paths"].values():
        assert all(operation["summary"] for operation in operations.values())
    assert document["openapi"] == "3.1.0"
    assert set(openapi.SCHEMAS) == set(document["components"]["schemas"])
