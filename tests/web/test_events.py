"""`/events` over real HTTP: who may follow, what is told, and that nothing is missed or told twice."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import pytest
from aiohttp import web

from sovereign.config.secrets import SecretSource
from sovereign.core import clock
from sovereign.services import setup, streaming
from sovereign.services.container import Services
from sovereign.services.streaming import Streaming
from sovereign.store.database import Database, opened
from sovereign.web import events, server
from sovereign.web.edge import SERVICES, errors_as_answers
from tests.services.conftest import Works, works_over
from tests.store.prepared import prepared

CONFIGURATION = """
outwards:
  readers:
    - {name: board, secret: env://BOARD}
    - {name: shipping, secret: env://SHIPPING, kinds: [service.*, change.*], sources: generic}
"""
SECRETS = SecretSource(environment={"BOARD": "board-key", "SHIPPING": "shipping-key"})


@dataclass(slots=True)
class Desk:
    """The route over a real store, and whoever calls it."""

    works: Works
    streaming: Streaming
    url: str
    http: aiohttp.ClientSession

    async def happens(self, title: str, **more: str) -> None:
        await self.works.post("generic", {"title": title, **more}, {"x-delivery-id": f"{title}{more}"})
        self.streaming.wake()

    @asynccontextmanager
    async def following(
        self, query: str = "", *, key: str = "board-key", after: str | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        headers = {"Authorization": f"Bearer {key}"} | ({"Last-Event-ID": after} if after else {})
        async with self.http.get(f"{self.url}/events{query}", headers=headers) as answer:
            yield answer

    async def refused(self, query: str = "", **how: Any) -> tuple[int, str]:
        async with self.following(query, **how) as answer:
            return answer.status, (await answer.json())["error"]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with opened(prepared(tmp_path / "s.db")) as it:
        yield it


@pytest.fixture
async def desk(database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setattr(events, "GATHER", 0.0)
    works = works_over(database, CONFIGURATION)
    made = setup.setup(setup_discovery(), SECRETS)
    service = Streaming(database, made)
    app = web.Application(middlewares=[errors_as_answers])
    app[SERVICES] = cast(Services, SimpleNamespace(streaming=service))
    app.add_routes(events.routes())
    app.on_shutdown.append(events.leave)
    async with server.listening(app, "127.0.0.1", 0) as port, aiohttp.ClientSession() as http:
        yield Desk(works=works, streaming=service, url=f"http://127.0.0.1:{port}", http=http)


def setup_discovery() -> Any:
    from sovereign.config.loader import parse

    return parse(CONFIGURATION, "discovery.yml", sources=["generic"]).discovery


async def block(answer: aiohttp.ClientResponse) -> str:
    async with asyncio.timeout(5):
        text = await answer.content.readuntil(b"\n\n")
    return text.decode()


async def told(answer: aiohttp.ClientResponse, count: int) -> Sequence[Mapping[str, Any]]:
    """The next events, each with the id under which it was sent."""
    found: list[Mapping[str, Any]] = []
    while len(found) < count:
        lines = dict(line.split(": ", 1) for line in (await block(answer)).strip().splitlines())
        if "data" in lines:
            found.append(json.loads(lines["data"]))
            assert found[-1]["id"] == lines["id"]
    return found


def titles(found: Sequence[Mapping[str, Any]]) -> list[str]:
    return [one["data"]["title"] for one in found]


async def test_a_reader_hears_what_happens_from_now_on_as_cloudevents(desk: Desk) -> None:
    await desk.happens("before")
    async with desk.following() as answer:
        assert answer.content_type == "text/event-stream"
        assert (await block(answer)).startswith("retry: ")
        await desk.happens("first", service="shop")
        await desk.happens("second")
        first, second = await told(answer, 2)
    assert titles([first, second]) == ["first", "second"]
    assert (first["specversion"], first["type"], first["source"]) == (
        "1.0", "generic.event", "/sovereign/generic",
    )  # fmt: skip
    assert first["data"]["service"] == "shop"


async def test_whoever_comes_back_misses_nothing_and_hears_nothing_twice(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "PAGE", 3)
    async with desk.following() as answer:
        await block(answer)
        await desk.happens("0")
        (last,) = await told(answer, 1)
    for number in range(1, 9):
        await desk.happens(str(number))
    async with desk.following(after=last["id"]) as answer:
        await block(answer)
        assert titles(await told(answer, 8)) == [str(number) for number in range(1, 9)]
        await desk.happens("9")
        assert titles(await told(answer, 1)) == ["9"]


async def test_only_what_was_asked_for_is_told(desk: Desk) -> None:
    async with desk.following("?service=shop&service=pay*&kind=generic.*") as answer:
        await block(answer)
        for service in ("shop", "web", "payments"):
            await desk.happens(service, service=service)
        await desk.happens("shop opened", service="shop", kind="change.created")
        await desk.happens("again", service="shop")
        assert titles(await told(answer, 3)) == ["shop", "payments", "again"]


async def test_a_key_sees_what_it_may_and_is_told_where_it_asks_for_more(desk: Desk) -> None:
    async with desk.following(key="shipping-key") as answer:
        await block(answer)
        await desk.happens("not for it")
        await desk.happens("out", kind="service.deployed")
        assert titles(await told(answer, 1)) == ["out"]
    status, problem = await desk.refused("?kind=incident.detected", key="shipping-key")
    assert status == 403
    assert problem.startswith("The key shipping may not see these")
    assert (await desk.refused("?source=git*", key="shipping-key"))[0] == 403


@pytest.mark.parametrize("key", ["", "wrong", "board-key2", "sandbox", "bøard"])
async def test_without_a_right_key_nothing_is_told(desk: Desk, key: str) -> None:
    status, problem = await desk.refused(key=key)
    assert status == 401
    assert problem.startswith(
        "This is no key of outwards.readers" if key else "Send an API key of outwards.readers"
    )


async def test_a_key_of_two_readers_lets_neither_in(desk: Desk) -> None:
    same = SecretSource(environment={"BOARD": "board-key", "SHIPPING": "board-key"})
    desk.streaming.follow(setup.setup(setup_discovery(), same))
    assert (await desk.refused())[0] == 401


@pytest.mark.parametrize("query", ["?kinds=x", "?kind=", "?kind=a%0Ab", "?" + "kind=x&" * 21])
async def test_what_cannot_be_understood_is_refused_in_words(desk: Desk, query: str) -> None:
    status, problem = await desk.refused(query)
    assert status == 400
    assert "kind, source, service" in problem


async def test_a_place_that_is_none_is_refused_and_one_that_is_to_come_is_the_newest(desk: Desk) -> None:
    assert (await desk.refused(after="12; drop"))[0] == 400
    async with desk.following(after="9" * 18) as answer:
        await block(answer)
        await desk.happens("now")
        assert titles(await told(answer, 1)) == ["now"]


async def test_places_are_bounded_and_come_free(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "SEATS", 1)
    monkeypatch.setattr(events, "HEARTBEAT", 0.02)
    async with desk.following() as answer:
        await block(answer)
        async with desk.following() as other:
            assert (other.status, other.headers["Retry-After"]) == (503, "5")
    deadline = clock.monotonic() + 5
    while not desk.streaming.has_seat:
        assert clock.monotonic() < deadline
        await asyncio.sleep(0.01)


async def test_a_silent_stream_shows_that_it_lives_and_moves_the_place(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "HEARTBEAT", 0.05)
    async with desk.following("?service=none") as answer:
        start = (await block(answer)).partition("id: ")[2]
        await desk.happens("not asked for")
        while (heartbeat := await block(answer)).partition("id: ")[2] == start:
            assert heartbeat.startswith(": still here")


async def test_a_key_that_is_taken_away_ends_its_stream(desk: Desk) -> None:
    async with desk.following() as answer:
        await block(answer)
        desk.streaming.follow(setup.setup(setup_discovery(), SecretSource(environment={})))
        assert "no longer good" in await block(answer)
        assert await answer.content.read() == b""


async def test_a_reader_that_does_not_read_is_dropped_and_holds_up_nobody(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "SLOWEST", 0.2)
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    narrow.connect(("127.0.0.1", int(desk.url.rpartition(":")[2])))
    idle, writer = await asyncio.open_connection(sock=narrow, limit=1)  # it stops reading at 2 bytes
    writer.write(b"GET /events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer board-key\r\n\r\n")
    await idle.readexactly(1)
    async with desk.following() as other:
        for number in range(200):
            await desk.happens(f"{number}", text="x" * 200_000)
            assert titles(await told(other, 1)) == [f"{number}"]
            if desk.streaming._seated == 1:
                break
        assert desk.streaming._seated == 1, "it still has its place"
    writer.transport.abort()
    with suppress(ConnectionResetError):
        await writer.wait_closed()


async def test_streams_end_at_once_when_the_process_stops(desk: Desk) -> None:
    async with desk.following() as answer:
        await block(answer)
        desk.streaming.close()
        async with asyncio.timeout(1):
            await answer.content.read()
