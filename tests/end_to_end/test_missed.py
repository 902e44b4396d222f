"""What GitHub sent while the process was down stands in Discord soon after it is up again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from sovereign.core import clock, samples
from sovereign.sandbox.server import running
from sovereign.services import backfill
from tests.end_to_end.world import ROOT, World, bots, product, texts

GUID = "5c0a9a4e-0000-4000-8000-000000000017"
HOOK = "/repos/acme/shop/hooks/7/deliveries"


@asynccontextmanager
async def github(worlds: list[World]) -> AsyncIterator[str]:
    """A GitHub whose webhook failed an hour ago, and which sends again to the first of the worlds."""

    async def sent(request: web.Request) -> web.Response:
        at = (clock.now() - timedelta(hours=1)).isoformat()
        return web.json_response([{"id": 1, "guid": GUID, "delivered_at": at, "status": "timed out"}])

    async def again(request: web.Request) -> web.Response:
        found = samples.sample("github", "pull_request.opened", clock.now())
        status = await worlds[0].send("github", found.body, {**found.headers, "x-github-delivery": GUID})
        assert status == 202
        return web.json_response({}, status=202)

    server = web.Application()
    server.router.add_get(HOOK, sent)
    server.router.add_post(f"{HOOK}/1/attempts", again)
    runner = web.AppRunner(server)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_a_delivery_that_failed_while_we_were_down_is_told_after_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "FIRST", 0.5)
    worlds: list[World] = []
    async with github(worlds) as url, running(tmp_path / "sandbox") as sandbox:
        file = tmp_path / "discovery.yml"
        asked = f"  backfill:\n    - {{hooks: 'acme/shop#7', token: env://HOOKS, url: '{url}'}}\n"
        text = (ROOT / "discovery.yml").read_text()
        assert text.count("\nevent_gateway:\n") == 1
        file.write_text(text.replace("\nevent_gateway:\n", f"\nevent_gateway:\n{asked}"))
        async with product(tmp_path, sandbox, file) as it, aiohttp.ClientSession() as http:
            worlds.append(World(sandbox=sandbox, gateway=f"http://127.0.0.1:{it.port}", http=http, bot=it))
            (message,) = await worlds[0].until("prs", bots)
            assert "#" in texts([message])[0]
