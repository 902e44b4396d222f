"""What a sender writes into a header is what the proofs compare, in its charset and on all of its lines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from sovereign.web import hooks


async def echo(request: web.Request) -> web.Response:
    return web.Response(text=hooks._headers(request)["x-secret-word"])


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
    assert await answered(port, b"X-Secret-Word: " + written) == read


async def test_a_header_on_several_lines_is_one_list(port: int) -> None:
    lines = b"X-Secret-Word: v1=a\r\nX-Other: o\r\nx-secret-word: v1=" + "ü".encode()
    assert await answered(port, lines) == "v1=a, v1=ü"


async def answered(port: int, lines: bytes) -> str:
    """What comes back for a request with these header lines."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = b"POST / HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Length: 0\r\n"
    writer.write(head + lines + b"\r\n\r\n")
    answer = await reader.read()
    writer.close()
    return answer.partition(b"\r\n\r\n")[2].decode()
