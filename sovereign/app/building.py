"""The services, each built once and given what it needs."""

from __future__ import annotations

from sovereign.app.outside import Outside
from sovereign.bot import cogs
from sovereign.clients.discord_extensions import DiscordExtensions
from sovereign.config.loader import Loaded
from sovereign.config.secrets import SecretSource
from sovereign.core.settings import Settings
from sovereign.core.signing import SigningKey
from sovereign.services import setup
from sovereign.services.administration import Administration
from sovereign.services.auditing import Auditing
from sovereign.services.backfill import Backfill
from sovereign.services.calming import Calming
from sovereign.services.checkpoints import Checkpoints
from sovereign.services.clusters import Clusters
from sovereign.services.configuration import Configuration
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
from sovereign.services.reconciling import Reconciling
from sovereign.services.refusals import Refusals
from sovereign.services.releasing.delivery import delivery
from sovereign.services.retention import Retention
from sovereign.services.setup import Setup
from sovereign.services.sinks import Sinks
from sovereign.services.streaming import Streaming
from sovereign.store.database import Database


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
    worked.follow(made.logs, made.playbooks, made.deploy)
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
        worked.follow(changed.logs, changed.playbooks, changed.deploy)
        permissions.follow(changed.grants, bot.guild_roles())

    configuration = Configuration(database, settings.config, loaded, secrets, apply, pipeline.wake)
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
        refusals=Refusals(database),
        streaming=streaming,
        forwarding=forwarding,
        letters=Letters(database, permissions, forwarding.targets, forwarding.wake),
    )


def _reaching(outside: Outside, secrets: SecretSource) -> Reaching:
    return Reaching(
        log_store=outside.logs,
        send=outside.send,
        secrets=lambda reference: secrets.resolve(reference, "a playbook").get_secret_value(),
    )
