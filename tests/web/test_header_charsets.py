"""What a sender writes into a header beyond ASCII is what the proofs compare: UTF-8 or else Latin-1."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from sovereign.web import hooks


async def echo(request: web.Request) -> web.Response:
    return web.Response(text=hooks._readable(request.headers["X-Secret-Word"]))


@pytest.fixture
async def port() -> AsyncIterator[int]:
    app = web.Application()
    app.router.add_post("/", echo)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield int(runner.addresses[0][1])
    await runner.cleanup()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("schlüssel".encode(), "schlüssel"),
        ("schlüssel".encode("latin-1"), "schlüssel"),
        ("キー".encode(), "キー"),
        ("é".encode() + b"\xff", "Ã©ÿ"),
    ],
    ids=repr,
)
async def test_a_header_is_read_in_the_charset_that_it_is_written_in(
    port: int, written: bytes, read: str
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = b"POST / HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Length: 0\r\nX-Secret-Word: "
    writer.write(head + written + b"\r\n\r\n")
    answer = await reader.read()
    writer.close()
    assert answer.partition(b"\r\n\r\n")[2].decode() == read
