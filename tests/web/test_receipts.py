"""The answer to a delivery is whole, dated HTTP, whatever the sender speaks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from unittest.mock import Mock

import pytest
from aiohttp import HttpVersion10, web
from aiohttp.test_utils import make_mocked_request

from sovereign.core import clock
from sovereign.web.receipts import Receipt

BODY = b'{"status": "accepted"}'
ACCEPTED = Receipt(BODY)


async def answer(request: web.Request) -> web.StreamResponse:
    await request.read()
    return ACCEPTED.to(request)


@pytest.fixture
async def port() -> AsyncIterator[int]:
    app = web.Application()
    app.router.add_post("/git", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield int(runner.addresses[0][1])
    await runner.cleanup()


def request(version: str = "1.1", more: str = "") -> bytes:
    return f"POST /git HTTP/{version}\r\nHost: here\r\nContent-Length: 2\r\n{more}\r\n{{}}".encode()


async def answers(reader: asyncio.StreamReader, count: int) -> list[str]:
    """The heads of so many answers; each has the body."""
    found = []
    for _ in range(count):
        found.append((await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).decode())
        assert await reader.readexactly(len(BODY)) == BODY
    return found


async def test_many_on_one_connection_are_answered_one_after_the_other(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for count in (1, 3):  # three that do not wait for each other's answers
        writer.write(request() * count)
        for head in await answers(reader, count):
            first, *lines = head.strip().split("\r\n")
            assert first == "HTTP/1.1 202 Accepted"
            facts = dict(line.split(": ", 1) for line in lines)
            assert (facts["Content-Type"], facts["Content-Length"]) == ("application/json", str(len(BODY)))
            assert abs((clock.now() - parsedate_to_datetime(facts["Date"])).total_seconds()) < 5
    writer.close()


@pytest.mark.parametrize(("version", "more"), [("1.0", ""), ("1.1", "Connection: close\r\n")])
async def test_who_wants_no_more_is_answered_and_let_go(port: int, version: str, more: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request(version, more))
    (head,) = await answers(reader, 1)
    assert head.startswith(f"HTTP/{version} 202 Accepted")
    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()


@pytest.mark.parametrize("status", [HTTPStatus.OK, HTTPStatus.ACCEPTED])
async def test_a_receipt_has_the_status_that_it_is_made_with(status: HTTPStatus) -> None:
    transport = Mock()
    transport.is_closing.return_value = False
    receipt = Receipt(BODY, status)
    await receipt.prepare(make_mocked_request("POST", "/git", transport=transport))
    (written,) = transport.write.call_args.args
    assert written.startswith(f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode())
    assert written.endswith(BODY)
    old = receipt.to(make_mocked_request("POST", "/git", version=HttpVersion10))
    assert old.status == status


async def test_who_asks_in_http_1_0_for_an_open_connection_gets_it(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(2):
        writer.write(request("1.0", "Connection: keep-alive\r\n"))
        (head,) = await answers(reader, 1)
        assert "Connection: keep-alive" in head
    writer.close()


async def test_who_is_gone_before_the_answer_is_no_mistake_of_ours() -> None:
    transport = Mock()
    transport.is_closing.return_value = True
    with pytest.raises(ConnectionResetError):
        await ACCEPTED.prepare(make_mocked_request("POST", "/git", transport=transport))
    transport.write.assert_not_called()
