"""What the long-running commands share: the whole product, until a signal."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import Callable

from sovereign.app.process import Running, run
from sovereign.cli._process import secret_source
from sovereign.core import log
from sovereign.core.settings import Settings

COLLECTIONS = (5_000, 20, 20)
"""New objects before the young are looked through, and how many such rounds before the older ones and all of
them are: with thousands of connections that takes a third of a second, and nobody is answered meanwhile."""
PRIVATE = 0o077
"""The umask of a running product: its files hold what senders sent, and are its owner's alone."""


async def serve(settings: Settings, started: Callable[[Running], None]) -> None:
    """The whole product until SIGINT or SIGTERM."""
    log.set_up(settings.log_level, settings.log_format)
    os.umask(PRIVATE)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)

    def settled(it: Running) -> None:
        gc.collect()
        gc.freeze()  # what is here now stays: looking through it again and again holds up senders for 30 ms
        gc.set_threshold(*COLLECTIONS)
        started(it)

    await run(settings, secret_source(settings), stopping=stopping, started=settled)
