"""What the whole product tells other programs, and that its HTTP port answers as its own description says."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from jsonschema import Draft202012Validator

from sovereign.core import clock
from sovereign.integrations._source import Inbound
from sovereign.integrations._timed import standard_webhooks
from sovereign.sandbox.server import SandboxOptions, running
from sovereign.web import openapi, server
from tests.end_to_end.world import World, product

Got = asyncio.Queue[tuple[Mapping[str, str], bytes]]
CONFIGURATION = """
event_gateway:
  endpoints: [{{path: /hooks/open, source: generic, auth: none}}]
  routes: [{{source: generic, drop: true}}]  # else the end waits for posts about what schemathesis sends
outwards:
  readers: [{{name: board, secret: env://BOARD}}]
  webhooks: [{{name: audit, url: "http://127.0.0.1:{port}/", secret: env://AUDIT, kinds: change.*}}]
"""
KEY = {"Authorization": "Bearer sandbox-board"}
SCHEMATHESIS = (
    "--header=Authorization: Bearer sandbox-board",
    "--exclude-path=/alert",  # the same answers as /git
    "--phases=coverage,fuzzing",
    "--max-examples=5",
    "--generation-deterministic",
    "--request-timeout=5",
    "--warnings=off",
    "--no-color",
)


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


async def test_schemathesis_finds_no_answer_that_the_description_does_not_have(
    outwards: World, tmp_path: Path
) -> None:
    assert outwards.bot is not None
    outwards.bot.services.streaming.close()  # `/events` ends after its first line, as when the process stops
    await asyncio.to_thread(
        (tmp_path / "schemathesis.toml").write_text, '[parameters]\n"path.name" = "open"\n'
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "schemathesis.cli", "run", f"{outwards.gateway}/openapi.json", *SCHEMATHESIS,
        cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await asyncio.wait_for(process.communicate(), 50)
    assert process.returncode == 0, said.decode()


async def test_every_route_stands_in_the_description_and_says_what_it_does(outwards: World) -> None:
    document = await described(outwards)
    assert outwards.bot is not None
    app = server.build(outwards.bot.services, public_url="")
    found = {
        (route.resource.canonical, route.method.lower())
        for route in app.router.routes()
        if route.resource is not None and route.handler not in openapi.UNSAID
    }
    described_too = {(path, method) for path, methods in document["paths"].items() for method in methods}
    assert found == described_too
    for operations in document["paths"].values():
        assert all(operation["summary"] for operation in operations.values())
    assert document["openapi"] == "3.1.0"
    assert set(openapi.SCHEMAS) == set(document["components"]["schemas"])
