"""The composition root: builds each thing once, runs the workers, and closes from the outside in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from sovereign.bot import Sovereign, cogs
from sovereign.clients import discord_session
from sovereign.clients.alertmanager import listing
from sovereign.clients.audit_sinks.opening import opening
from sovereign.clients.discord_extensions import DiscordExtensions
from sovereign.clients.discord_members import DiscordMembers
from sovereign.clients.discord_notifier import DiscordNotifier
from sovereign.clients.discord_pacing import Pacer
from sovereign.clients.github_hooks import asking
from sovereign.clients.kubernetes.cluster import Kubernetes
from sovereign.clients.loki import reading
from sovereign.clients.outgoing import posting, sending
from sovereign.clients.probing import probing
from sovereign.clients.registries import asking_registries
from sovereign.clients.sender_sites import reaching
from sovereign.config.loader import Loaded
from sovereign.config.secrets import SecretSource
from sovereign.core import metrics
from sovereign.core.errors import Unavailable
from sovereign.core.lockfile import locked, read_facts, rewrite
from sovereign.core.settings import Settings
from sovereign.core.signing import SigningKey
from sovereign.core.tasks import supervise
from sovereign.services import setup
from sovereign.services.administration import Administration
from sovereign.services.auditing import Auditing
from sovereign.services.backfill import Backfill
from sovereign.services.calming import Calming
from sovereign.services.checkpoints import Checkpoints, signing_key
from sovereign.services.clusters import Clusters
from sovereign.services.configuration import Configuration, read
from sovereign.services.container import Services
from sovereign.services.conversations import Conversations
from sovereign.services.deliveries import Deliveries
from sovereign.services.forwarding import Forwarding
from sovereign.services.gateway import Gateway
from sovereign.services.health import Health
from sovereign.services.incidents import Incidents
from sovereign.services.letters import Letters
from sovereign.services.operations.operations import Reaching, operations
from sovereign.services.outbox import Outbox
from sovereign.services.oversight import Oversight
from sovereign.services.permissions import Permissions
from sovereign.services.pipeline import Pipeline
from sovereign.services.ports import ClusterDoor, CurrentAlerts, LogStore, Post, Send, SenderSites, SentHooks
from sovereign.services.reconciling import Reconciling
from sovereign.services.releasing.delivery import World, delivery
from sovereign.services.retention import Retention
from sovereign.services.secret_access import SecretAccess
from sovereign.services.setup import Setup
from sovereign.services.sinks import Opening, Sinks
from sovereign.services.streaming import Streaming
from sovereign.store.database import Database, opened
from sovereign.web import server

log = structlog.get_logger()

LOCK, DATABASE = "sovereign.lock", "sovereign.db"
DRAIN, SIGN, FLUSH = 3.0, 2.0, 3.0
"""Seconds that the pipeline, the audit and the outbox have to finish in when the process is told to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What a started process tells: its services, its client, and the port of the gateway."""

    services: Services
    bot: Sovereign
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What the services reach the world through: the adapters behind their ports, and the bot."""

    bot: Sovereign
    notifier: DiscordNotifier
    sites: SenderSites
    post: Post
    hooks: SentHooks
    alerts: CurrentAlerts
    clusters: ClusterDoor
    logs: LogStore
    world: World
    send: Send
    sinks: Opening


def gateway_of(data: Path) -> str | None:
    """The base URL of the gateway that runs over this data folder, if one does."""
    gateway = read_facts(data / LOCK).get("gateway")
    return str(gateway) if gateway else None


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
        outside = await _outside(stack, discovery.discord.guild_id, settings, secrets)
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


async def _outside(
    stack: AsyncExitStack, guild_id: int | None, settings: Settings, secrets: SecretSource
) -> Outside:
    pacer = Pacer()
    metrics.discord_invalid_answers.set_function(lambda: pacer.invalid)
    bot = Sovereign(guild_id, http_trace=discord_session.trace(pacer.answered))
    return Outside(
        bot=bot,
        notifier=DiscordNotifier(bot, bot.usable.wait, guild_id, pacer),
        sites=await stack.enter_async_context(reaching()),
        post=await stack.enter_async_context(posting()),
        hooks=await stack.enter_async_context(asking()),
        alerts=await stack.enter_async_context(listing()),
        clusters=Kubernetes,
        logs=await stack.enter_async_context(reading()),
        world=World(
            members=DiscordMembers(bot.home),
            registry=await stack.enter_async_context(asking_registries()),
            probing=await stack.enter_async_context(probing()),
        ),
        send=await stack.enter_async_context(sending()),
        sinks=await stack.enter_async_context(opening(settings.data, secrets)),
    )


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
        "discord": lambda: discord_session.stay_connected(bot, token),
    }


def build(
    database: Database,
    settings: Settings,
    loaded: Loaded,
    secrets: SecretSource,
    outside: Outside,
    key: SigningKey,
) -> Services:
    """The services, each given what it needs."""
    made, bot = setup.setup(loaded.discovery, secrets), outside.bot
    permissions = Permissions(made.grants)
    auditing = Auditing(database, permissions)
    outbox = Outbox(database, outside.notifier)
    streaming, forwarding = Streaming(database, made), Forwarding(database, made, outside.post)

    def announced() -> None:
        for each in (outbox, streaming, forwarding):
            each.wake()

    pipeline = Pipeline(database, made, announced)
    calming = Calming(database, made, outbox.wake)
    gateway = Gateway(database, made, pipeline.wake, outside.sites)
    retention, backfill = Retention(database, made), Backfill(database, made, outside.hooks)
    reconciling = Reconciling(database, made, outside.alerts, pipeline.wake)
    clusters = Clusters(made.clusters, outside.clusters)
    worked = operations(database, clusters, permissions, auditing, _reaching(outside, secrets), outbox.wake)
    worked.follow(made.logs, made.playbooks)
    delivering = delivery(
        database,
        made,
        clusters,
        worked.places,
        permissions,
        auditing,
        outside.world,
        announced,
        pipeline.wake,
    )
    checkpoints = Checkpoints(database, made, key, outbox.wake)
    sinks, oversight = Sinks(database, made, outside.sinks), Oversight(database, made)
    followers = (
        delivering, oversight, checkpoints, sinks, gateway, pipeline, streaming, forwarding, calming,
        retention, backfill, reconciling,
    )  # fmt: skip

    def apply(changed: Setup) -> None:
        for each in followers:
            each.follow(changed)
        clusters.follow(changed.clusters)
        worked.follow(changed.logs, changed.playbooks)
        permissions.follow(changed.grants, bot.guild_roles())

    configuration = Configuration(database, settings.config, loaded, secrets, apply)
    extensions = DiscordExtensions(bot, cogs, bot.commands_replaced, bot.tell_commands)
    health = Health(database, lambda: bot.connected, lambda: permissions.unbound)
    return Services(
        gateway=gateway,
        pipeline=pipeline,
        outbox=outbox,
        calming=calming,
        incidents=Incidents(database, permissions, outbox.wake),
        conversations=Conversations(database, permissions),
        permissions=permissions,
        retention=retention,
        backfill=backfill,
        reconciling=reconciling,
        health=health,
        configuration=configuration,
        deliveries=Deliveries(database, permissions, configuration, pipeline.wake),
        administration=Administration(auditing, permissions, configuration, health, extensions, oversight),
        auditing=auditing,
        clusters=clusters,
        operations=worked,
        delivery=delivering,
        checkpoints=checkpoints,
        sinks=sinks,
        oversight=oversight,
        streaming=streaming,
        forwarding=forwarding,
        letters=Letters(database, permissions, forwarding.serves, forwarding.wake),
    )


def _reaching(outside: Outside, secrets: SecretSource) -> Reaching:
    return Reaching(
        log_store=outside.logs,
        send=outside.send,
        secrets=lambda reference: secrets.resolve(reference, "a playbook").get_secret_value(),
    )


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
