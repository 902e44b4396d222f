"""The yardstick: an aiohttp handler that reads the body and answers 202, in a process of its own."""

from __future__ import annotations

import asyncio

from aiohttp import web


async def receive(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(status=202)


async def serve() -> None:
    """Says its port on stdout, then serves until it is killed."""
    app = web.Application()
    app.router.add_post("/git", receive)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
