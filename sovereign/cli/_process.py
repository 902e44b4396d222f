"""What the long-running commands share: settings, configuration, signals."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

import structlog

from sovereign.app import Running, run
from sovereign.config.check import problems
from sovereign.config.loader import load
from sovereign.config.models import Discovery
from sovereign.config.secrets import SecretSource
from sovereign.core import log
from sovereign.core.settings import Settings
from sovereign.integrations._source import all_sources


def sources() -> Mapping[str, str]:
    """Every source's slug and the reference of the secret that it uses if none is named."""
    return {slug: source.secret for slug, source in all_sources().items()}


def configured(settings: Settings) -> tuple[Discovery, SecretSource]:
    """discovery.yml and where its secrets come from. Raises ConfigProblems."""
    discovery = load(settings.config, sources=sources())
    return discovery, secret_source(settings)


def secret_source(settings: Settings, *, sandbox: bool | None = None) -> SecretSource:
    return SecretSource(
        environment=settings.environment,
        sandbox=settings.sandbox if sandbox is None else sandbox,
        folder=settings.config.parent if settings.config else Path(),
    )


async def serve(settings: Settings, started: Callable[[Running], None]) -> None:
    """The whole product until SIGINT or SIGTERM."""
    log.set_up(settings.log_level, settings.log_format)
    discovery, secrets = configured(settings)
    for problem in problems(settings.config, sources(), secrets):
        structlog.get_logger().warning("config.problem", problem=str(problem))
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    await run(settings, discovery, secrets, stopping=stopping, started=started)
