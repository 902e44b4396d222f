"""The process: takes its lock, opens everything, runs the workers, and closes from the outside in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace

import structlog

from sovereign.app.building import build
from sovereign.app.folder import DATABASE, LOCK
from sovereign.app.outside import reach
from sovereign.bot import Sovereign
from sovereign.clients import discord_session
from sovereign.config.secrets import SecretSource
from sovereign.core.errors import Unavailable
from sovereign.core.lockfile import locked, rewrite
from sovereign.core.settings import Settings
from sovereign.core.tasks import supervise
from sovereign.services.checkpoints import signing_key
from sovereign.services.configuration import read
from sovereign.services.container import Services
from sovereign.services.secret_access import SecretAccess
from sovereign.store.database import opened
from sovereign.web import server

log = structlog.get_logger()

DRAIN, SIGN, FLUSH = 3.0, 2.0, 3.0
"""Seconds that the pipeline, the audit and the outbox have to finish in when the process is told to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What a started process tells: its services, its client, and the port of the gateway."""

    services: Services
    bot: Sovereign
    port: int


async def run(
    settings: Settings,
    secrets: SecretSource,
    *,
    stopping: asyncio.Event,
    started: Callable[[Running], None] = lambda _: None,
) -> None:
    """Run until `stopping` is set; `started` is called once the gateway takes deliveries, Discord or not.

    Raises AlreadyLocked where another process has the data folder, ConfigError without a token or with a
    wrong discovery.yml, and PortTaken.
    """
    loaded = read(settings.config)
    discovery = loaded.discovery
    access = SecretAccess()
    secrets = replace(secrets, told=access.note)
    token = secrets.resolve(
        discovery.discord.bot.token_secret_ref, "connecting to Discord"
    ).get_secret_value()
    if settings.discord_api and settings.discord_gateway:
        discord_session.redirect(settings.discord_api, settings.discord_gateway)
    async with AsyncExitStack() as stack:
        lock = stack.enter_context(locked(settings.data / LOCK))
        database = await stack.enter_async_context(opened(settings.data / DATABASE))
        outside = await reach(stack, discovery.discord.guild_id, settings, secrets)
        key = signing_key(settings.audit_key, settings.data)
        bot, services = outside.bot, build(database, settings, loaded, secrets, outside, key)
        bot.services = services
        await services.delivery.serving.recall()
        stack.push_async_callback(services.clusters.close)
        stack.push_async_callback(bot.close)
        workers = await stack.enter_async_context(asyncio.TaskGroup())
        work = {**_workers(services, bot, token), "secrets": lambda: access.run(database)}
        tasks = [workers.create_task(supervise(*worker)) for worker in work.items()]
        stack.callback(lambda: [task.cancel() for task in tasks])
        app = server.build(
            services, public_url=settings.public_url or "", metrics_token=settings.metrics_token
        )
        async with server.listening(app, settings.host, settings.port) as port:
            rewrite(lock, {"gateway": f"http://{settings.host}:{port}"})
            started(Running(services=services, bot=bot, port=port))
            log.info("started", port=port)
            await stopping.wait()
            log.info("stopping")
        await _finish(services, lambda: access.flush(database))


def _workers(services: Services, bot: Sovereign, token: str) -> Mapping[str, Callable[[], Awaitable[None]]]:
    """What runs for as long as the process does, by name."""
    return {
        "pipeline": services.pipeline.run,
        "outbox": services.outbox.run,
        "calming": services.calming.run,
        "forwarding": services.forwarding.run,
        "attend": bot.attend,
        "configuration": services.configuration.run,
        "retention": services.retention.run,
        "backfill": services.backfill.run,
        "reconciling": services.reconciling.run,
        **services.operations.workers(),
        **services.delivery.workers(),
        "checkpoints": services.checkpoints.run,
        "sinks": services.sinks.run,
        "oversight": services.oversight.run,
        "refusals": services.refusals.run,
        "discord": lambda: discord_session.stay_connected(bot, token),
    }


async def _finish(services: Services, flush: Callable[[], Awaitable[None]]) -> None:
    """What was accepted is worked off and said, as far as a few seconds allow; the rest is in the file."""
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN):
            await services.pipeline.idle()
    with suppress(TimeoutError, Unavailable):
        async with asyncio.timeout(SIGN):
            await flush()
            await services.checkpoints.sign()
    with suppress(TimeoutError):
        async with asyncio.timeout(FLUSH):
            await services.outbox.flush()
