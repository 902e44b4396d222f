"""The whole examination: every check in its order; those that depend on one that failed are skipped."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sovereign.config.loader import Loaded
from sovereign.config.secrets import SecretSource
from sovereign.core.settings import Settings
from sovereign.services.doctor import (
    audit,
    channels,
    clusters,
    commands,
    configuration,
    connection,
    gateway,
    machine,
    roles,
)
from sovereign.services.doctor.commands import Needs
from sovereign.services.doctor.facts import Unanswered
from sovereign.services.doctor.findings import Check, Finding, Group, State
from sovereign.services.doctor.gateway import Fetch
from sovereign.services.ports.cluster import ClusterDoor
from sovereign.services.ports.discord import Survey

OF_GUILD = (channels.CHANNELS, roles.ROLES, roles.MENTIONS, roles.ORDER, commands.COMMANDS)
OF_DISCORD = (connection.APPLICATION, connection.INTENTS, connection.INTERACTIONS, connection.STARTS)
ORDER = {group: place for place, group in enumerate(Group)}

T = TypeVar("T")
Discord = Callable[[str], AbstractAsyncContextManager[Survey]]
"""Opens a survey with a token. May raise Unanswered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """
    fetch    reads an address
    gateway  where the gateway of the data folder says that it listens, if one runs
    needs    which capabilities each command asks for
    clusters reaches a cluster
    """

    discord: Discord
    fetch: Fetch
    gateway: str | None
    database: Path
    needs: Needs
    clusters: ClusterDoor


async def examine(settings: Settings, secrets: SecretSource, outside: Outside) -> Sequence[Finding]:
    """Everything that was found, group by group. Reads and asks only: nothing is changed anywhere."""
    loaded, found = configuration.read(settings.config)
    found += configuration.secrets(loaded, secrets)
    found += [each async for each in _discord(loaded, secrets, outside)]
    if loaded is not None:
        found += await clusters.findings(loaded, secrets, outside.clusters)
    found.append(await gateway.running(outside.gateway, settings, outside.fetch))
    found.append(await gateway.public(outside.gateway, settings, outside.fetch))
    found += await audit.findings(loaded, settings, outside.database)
    found += [machine.folder(settings.data), machine.disk(settings.data)]
    found.append(await machine.database(outside.database))
    found += machine.surroundings()
    return sorted(found, key=lambda each: ORDER[each.group])


def refused(problems: Sequence[str]) -> Sequence[Finding]:
    """What is found where the settings are wrong: nobody knows what else to look at."""
    settings = Check(Group.CONFIGURATION, "Settings")
    return [
        *(settings.error(f"{problem}.", "Correct the variable, or unset it.") for problem in problems),
        *(Check(each, "Everything").skipped("The settings must be right first.") for each in [*Group][1:]),
    ]


def count(found: Sequence[Finding], state: State) -> int:
    return sum(each.state is state for each in found)


async def _discord(loaded: Loaded | None, secrets: SecretSource, outside: Outside) -> AsyncIterator[Finding]:
    token = configuration.token(loaded, secrets) if loaded else None
    if loaded is None or token is None:
        why = "The bot's token must be there first." if loaded else "discovery.yml must be right first."
        for each in (*OF_DISCORD, connection.GUILD, *OF_GUILD, connection.CLOCK):
            yield each.skipped(why)
        return
    try:
        async with outside.discord(token) as survey:
            async for finding in _application(loaded, survey, outside):
                yield finding
    except Unanswered as silent:
        yield connection.APPLICATION.error(f"{silent}.", silent.todo)
        for each in (*OF_DISCORD[1:], connection.GUILD, *OF_GUILD, connection.CLOCK):
            yield each.skipped("Discord must answer first.")


async def _application(loaded: Loaded, survey: Survey, outside: Outside) -> AsyncIterator[Finding]:
    """Raises Unanswered where not even the token could be tried."""
    section = loaded.discovery.discord
    application = await survey.application()
    yield connection.application(application, section)
    yield connection.intents(application)
    yield connection.interactions(application)
    starts = await _asked(connection.STARTS, survey.starts())
    yield starts if isinstance(starts, Finding) else connection.starts(starts)
    yield connection.clock(application.ahead)
    guilds = await _asked(connection.GUILD, survey.guilds())
    guild_id, said = (
        (None, guilds) if isinstance(guilds, Finding) else connection.guild(guilds, section.guild_id)
    )
    yield said
    if guild_id is None:
        for each in OF_GUILD:
            yield each.skipped("It must be clear first which guild the bot serves.")
        return
    async for finding in _guild(loaded, guild_id, application.name, survey, outside):
        yield finding


async def _guild(
    loaded: Loaded, guild_id: int, application: str, survey: Survey, outside: Outside
) -> AsyncIterator[Finding]:
    guild = await _asked(channels.CHANNELS, survey.guild(guild_id))
    if isinstance(guild, Finding):
        yield guild
        for each in OF_GUILD[1:]:
            yield each.skipped("The guild's channels and roles must be known first.")
        return
    for finding in (*channels.findings(loaded, guild), *roles.findings(loaded, guild)):
        yield finding
    visible = await _asked(commands.COMMANDS, survey.visibility(guild_id))
    if isinstance(visible, Finding):
        yield visible
        return
    for finding in commands.findings(loaded, guild, application, outside.needs, visible):
        yield finding


async def _asked(check: Check, question: Awaitable[T]) -> T | Finding:
    try:
        return await question
    except Unanswered as silent:
        return check.error(f"{silent}.", silent.todo)
