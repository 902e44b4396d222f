"""What a webhook sent while nobody was there is sent again and taken once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
import structlog
from aiohttp import web

from sovereign.clients.github_hooks import GitHubHooks
from sovereign.core import clock
from sovereign.services.backfill import ENOUGH, Backfill
from sovereign.services.endpoints import Backfilled
from tests.services.conftest import Works
from tests.services.test_conversing import pull_request

PAGE = 2
TOKEN = "token-of-ours"


@dataclass(slots=True)
class GitHub:
    """One webhook of a repository: what it has sent, newest first, and what it is asked to send again."""

    works: Works
    base: str = ""
    attempts: list[dict[str, Any]] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    broken: bool = False
    odd: bytes | None = None

    def sent(self, guid: str, *, minutes: float, status: str = "failed to connect") -> None:
        at = clock.now() - timedelta(minutes=minutes)
        number = len(self.attempts) + 10**17
        one = {"id": number, "guid": guid, "delivered_at": at.isoformat().replace("+00:00", "Z")}
        self.attempts.append(one | {"status": status, "event": "pull_request", "redelivery": False})
        self.attempts.sort(key=lambda each: str(each["delivered_at"]), reverse=True)

    async def list_them(self, request: web.Request) -> web.Response:
        if self.broken or request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"message": "Bad credentials"}, status=401)
        if self.odd is not None:
            return web.Response(body=self.odd, content_type="application/json")
        start = int(request.query.get("cursor", "0"))
        answer = web.json_response(self.attempts[start : start + PAGE])
        if start + PAGE < len(self.attempts):
            following = request.url.update_query(cursor=str(start + PAGE))
            answer.headers["Link"] = f'<{following}>; rel="next"'
        return answer

    async def send_again(self, request: web.Request) -> web.Response:
        number = int(request.match_info["number"])
        self.asked.append(number)
        guid = next(one["guid"] for one in self.attempts if one["id"] == number)
        self.sent(guid, minutes=0, status="OK")
        await self.works.post(
            "github",
            pull_request(title=f"Request {guid}"),
            {"x-github-event": "pull_request", "x-github-delivery": guid},
        )
        return web.json_response({}, status=202)


@asynccontextmanager
async def github(works: Works) -> AsyncIterator[tuple[GitHub, Backfill]]:
    it, server = GitHub(works), web.Application()
    server.router.add_get("/repos/acme/shop/hooks/7/deliveries", it.list_them)
    server.router.add_post("/repos/acme/shop/hooks/7/deliveries/{number}/attempts", it.send_again)
    runner = web.AppRunner(server)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    it.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    wanted = Backfilled(endpoint="github", hooks=(f"{it.base}/repos/acme/shop/hooks/7",), token=lambda: TOKEN)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as http:
        setup = replace(works.setup, backfill=(wanted,))
        yield it, Backfill(works.database, setup, GitHubHooks(http), pause=0)
    await runner.cleanup()


async def guids(works: Works) -> list[str]:
    rows = await works.rows("SELECT idempotency FROM deliveries ORDER BY id")
    return [row["idempotency"].removeprefix("id:") for row in rows]


async def test_what_was_missed_comes_in_the_order_of_its_sending_over_several_pages(works: Works) -> None:
    async with github(works) as (it, backfill):
        for place in range(5):
            it.sent(f"guid-{place}", minutes=100 - place)
        assert await backfill.look() == 5
        assert await guids(works) == [f"guid-{place}" for place in range(5)]
        assert await backfill.look() == 0
        assert len(it.asked) == 5


async def test_what_we_have_is_not_asked_for_even_where_github_missed_our_answer(works: Works) -> None:
    async with github(works) as (it, backfill):
        await works.sample("github", "pull_request.opened", delivery="guid-0")
        it.sent("guid-0", minutes=50, status="timed out")
        it.sent("guid-1", minutes=40)
        assert await backfill.look() == 1
        assert await guids(works) == ["guid-0", "guid-1"]


async def test_what_github_delivered_and_a_restored_backup_lacks_is_asked_for(works: Works) -> None:
    async with github(works) as (it, backfill):
        it.sent("guid-0", minutes=50, status="OK")
        assert await backfill.look() == 1
        assert await guids(works) == ["guid-0"]


@pytest.mark.parametrize("minutes", [0.5, 3 * 24 * 60 + 1])
async def test_what_is_on_its_way_or_too_old_is_left_alone(works: Works, minutes: float) -> None:
    async with github(works) as (it, backfill):
        it.sent("guid-0", minutes=minutes)
        assert await backfill.look() == 0
        assert it.asked == []


async def test_what_we_refuse_again_and_again_is_asked_for_no_more(works: Works) -> None:
    async with github(works) as (it, backfill):
        for attempt in range(ENOUGH):
            it.sent("guid-0", minutes=100 - attempt)
        assert await backfill.look() == 0


async def test_a_sender_that_does_not_answer_is_told_of_without_its_token_and_the_next_goes_on(
    works: Works,
) -> None:
    async with github(works) as (it, backfill):
        it.sent("guid-0", minutes=50)
        it.broken = True
        with structlog.testing.capture_logs() as lines:
            assert await backfill.look() == 0
        (line,) = [one for one in lines if one["event"] == "backfill.failed"]
        assert "401" in line["problem"]
        assert TOKEN not in str(lines)
        it.broken = False
        assert await backfill.look() == 1


@pytest.mark.parametrize(
    "page", [b"", b"{}", b"[1]", b'[{"id": 1}]', b'[{"id": 1, "guid": "x", "delivered_at": "2026-01-01"}]']
)
async def test_an_answer_that_is_no_list_of_deliveries_ends_nothing(works: Works, page: bytes) -> None:
    async with github(works) as (it, backfill):
        it.odd = page
        assert await backfill.look() == 0
        it.odd = None
        it.sent("guid-0", minutes=50)
        assert await backfill.look() == 1
