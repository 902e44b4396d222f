"""The adapters behind the ports of the services, each opened once for as long as the process lives."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass

from sovereign.bot import Sovereign
from sovereign.clients import discord_session
from sovereign.clients.alertmanager import listing
from sovereign.clients.audit_sinks.opening import opening
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
from sovereign.config.secrets import SecretSource
from sovereign.core import metrics
from sovereign.core.settings import Settings
from sovereign.services.ports.calls import Post, Send
from sovereign.services.ports.cluster import ClusterDoor
from sovereign.services.ports.logs import LogStore
from sovereign.services.ports.senders import CurrentAlerts, SenderSites, SentHooks
from sovereign.services.releasing.delivery import World
from sovereign.services.sinks import Opening


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


async def reach(
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
