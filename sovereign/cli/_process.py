"""What the long-running commands share: settings, configuration, signals."""

from __future__ import annotations

import asyncio
import gc
import os
import pwd
import signal
from collections.abc import Callable
from pathlib import Path

from sovereign.app.process import Running, run
from sovereign.clients.sandbox_process import FOLDER, SandboxEnvironment
from sovereign.config.models import Discovery
from sovereign.config.secrets import SecretSource
from sovereign.core import log
from sovereign.core.settings import Settings
from sovereign.services.configuration import read

PRIVATE = 0o077
"""The umask of a running product: its files hold what senders sent, and are its owner's alone."""


def configured(settings: Settings) -> tuple[Discovery, SecretSource]:
    """discovery.yml and where its secrets come from. Raises ConfigProblems."""
    return read(settings.config).discovery, secret_source(settings)


def secret_source(settings: Settings, *, sandbox: bool | None = None) -> SecretSource:
    playing = settings.sandbox if sandbox is None else sandbox
    environment = settings.environment
    return SecretSource(
        environment=SandboxEnvironment(environment, settings.data / FOLDER) if playing else environment,
        sandbox=playing,
        folder=settings.config.parent if settings.config else Path(),
    )


def operator() -> str:
    """Who owns this process, for what is done on the command line."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # an account that only a container knows
        return f"uid {os.getuid()}"


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
        started(it)

    await run(settings, secret_source(settings), stopping=stopping, started=settled)
