"""What the long-running commands share: the whole product, until a signal."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable

from sovereign.app.process import Running, run
from sovereign.cli._process import secret_source
from sovereign.core import collector, log
from sovereign.core.settings import Settings

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
        collector.settle()
        started(it)

    await run(settings, secret_source(settings), stopping=stopping, started=settled)
