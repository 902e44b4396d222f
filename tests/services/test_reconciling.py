"""An alert whose end was missed ends when its sender does not list it any more, and for no other reason."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from sovereign.clients.alertmanager import Alertmanager
from sovereign.core import clock
from sovereign.integrations._source import source
from sovereign.services.endpoints import Reconciled
from sovereign.services.reconciling import AGAIN, PROOF, Reconciling
from tests.services.conftest import Works

PATHS = {"alertmanager": "/alert", "grafana": "/hooks/grafana"}
Pass = Callable[[float], None]


def alert(name: str, summary: str = "it is full") -> dict[str, Any]:
    labels = {"alertname": name, "severity": "critical", "instance": "db-1"}
    return {"labels": labels, "annotations": {"summary": summary}, "fingerprint": f"f-{name}",
            "startsAt": "2026-03-01T11:00:00Z"}  # fmt: skip


@dataclass(slots=True)
class Sender:
    """What it lists now; `odd` is answered instead."""

    listed: list[dict[str, Any]] = field(default_factory=list)
    odd: tuple[int, str] | None = None

    async def answer(self, request: web.Request) -> web.Response:
        if self.odd is not None:
            return web.Response(status=self.odd[0], text=self.odd[1])
        found = [{**one, "status": {"state": "active"}, "receivers": [{"name": "x"}]} for one in self.listed]
        return web.json_response(found)


@pytest.fixture
def passing(monkeypatch: pytest.MonkeyPatch) -> Pass:
    """Lets seconds pass."""
    now = [datetime.fromisoformat("2026-03-01T12:00:00+00:00")]
    monkeypatch.setattr(clock, "now", lambda: now[0])

    def passed(seconds: float) -> None:
        now[0] += timedelta(seconds=seconds)

    return passed


@asynccontextmanager
async def sender(works: Works, slug: str = "alertmanager") -> AsyncIterator[tuple[Sender, Reconciling]]:
    it, server = Sender(), web.Application()
    server.router.add_get("/api/v2/alerts", it.answer)
    runner = web.AppRunner(server)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/v2/alerts"
    wanted = Reconciled(endpoint=slug, source=source(slug), url=url, token=lambda: "t")
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as http:
        setup = replace(works.setup, reconciled=(wanted,))
        yield it, Reconciling(works.database, setup, Alertmanager(http), works.pipeline.wake)
    await runner.cleanup()


async def fire(works: Works, *names: str, slug: str = "alertmanager", status: str = "firing") -> None:
    alerts = [{**alert(name), "status": status} for name in names]
    body = {"version": "4", "status": status, "groupKey": "g", "alerts": alerts}
    await works.post(slug, body)


async def look(works: Works, reconciling: Reconciling, passing: Pass, times: int = 2) -> int:
    found = 0
    for _ in range(times):
        passing(AGAIN + 1)
        found += await reconciling.look()
        await works.pipeline.drain()
    return found


async def states(works: Works) -> dict[str, str]:
    return {row["title"]: row["status"] for row in await works.rows("SELECT title, status FROM alerts")}


@pytest.mark.parametrize("slug", PATHS)
async def test_an_alert_that_is_listed_no_more_ends_its_incident_and_says_why(
    works: Works, passing: Pass, slug: str
) -> None:
    async with sender(works, slug) as (it, reconciling):
        await fire(works, "DiskFull", "DiskSlow", slug=slug)
        it.listed = [alert("DiskSlow")]
        assert await look(works, reconciling, passing) == 1
        assert await states(works) == {"DiskFull": "resolved", "DiskSlow": "firing"}
        it.listed = []
        assert await look(works, reconciling, passing) == 1
        (incident,) = await works.rows("SELECT state FROM incidents")
        assert incident["state"] == "resolved"
        newest = (await works.rows("SELECT proof, body FROM deliveries ORDER BY id DESC LIMIT 1"))[0]
        assert newest["proof"] == PROOF
        assert "(reconciled)" in newest["body"].decode()
        assert await look(works, reconciling, passing) == 0


async def test_a_sender_that_has_just_started_and_lists_nothing_yet_ends_nothing(
    works: Works, passing: Pass
) -> None:
    async with sender(works) as (it, reconciling):
        await fire(works, "DiskFull")
        assert await look(works, reconciling, passing, times=1) == 0
        it.listed = [alert("DiskFull")]
        assert await look(works, reconciling, passing) == 0
        it.listed = []
        assert await look(works, reconciling, passing, times=1) == 0
        assert await states(works) == {"DiskFull": "firing"}


@pytest.mark.parametrize(
    "odd", [(500, ""), (200, "{}"), (200, "no"), (200, '["x"]'), (200, '[{"fingerprint": "f-DiskFull"}]')]
)
async def test_an_answer_that_is_no_list_of_alerts_ends_nothing(
    works: Works, passing: Pass, odd: tuple[int, str]
) -> None:
    async with sender(works) as (it, reconciling):
        await fire(works, "DiskFull")
        it.odd = odd
        assert await look(works, reconciling, passing, times=3) == 0
        assert await states(works) == {"DiskFull": "firing"}


async def test_what_was_heard_of_a_moment_ago_or_waits_to_be_read_is_not_ended(
    works: Works, passing: Pass
) -> None:
    async with sender(works) as (_, reconciling):
        await fire(works, "DiskFull")
        await look(works, reconciling, passing, times=1)
        passing(AGAIN)
        await fire(works, "DiskFull", "DiskSlow")
        assert await reconciling.look() == 0
        await works.database.write(lambda tx: tx.execute("UPDATE deliveries SET state = 'received'"))
        passing(AGAIN + 1)
        assert await reconciling.look() == 0


async def test_alerts_of_another_sender_are_no_business_of_this_one(works: Works, passing: Pass) -> None:
    async with sender(works) as (_, reconciling):
        await fire(works, "DiskFull", slug="grafana")
        assert await look(works, reconciling, passing, times=3) == 0
        assert json.dumps(await states(works)) == '{"DiskFull": "firing"}'
