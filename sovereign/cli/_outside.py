"""What `sovereign doctor` is given to look through: Discord or the sandbox, the gateway, and the commands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from discord import app_commands

from sovereign.app.folder import DATABASE, gateway_of
from sovereign.cli._cogs import loaded_commands
from sovereign.clients import discord_doctor, discord_session, sandbox_process, web_reader
from sovereign.clients.kubernetes.cluster import Kubernetes
from sovereign.core.settings import Settings
from sovereign.domain.permission import Capability
from sovereign.services.doctor.commands import Needs, label
from sovereign.services.doctor.examination import Discord, Outside
from sovereign.services.doctor.facts import Unanswered
from sovereign.services.ports.discord import Survey


async def outside(settings: Settings, *, sandbox: bool) -> Outside:
    return Outside(
        discord=_of_sandbox(settings) if sandbox else _of_settings(settings),
        fetch=web_reader.read,
        gateway=gateway_of(settings.data),
        database=settings.data / DATABASE,
        needs=await needs(),
        clusters=Kubernetes,
    )


def _of_settings(settings: Settings) -> Discord:
    if settings.discord_api and settings.discord_gateway:
        discord_session.redirect(settings.discord_api, settings.discord_gateway)
    return discord_doctor.survey


def sandbox_of(settings: Settings) -> sandbox_process.Place | None:
    """The sandbox that runs over the data folder, if one does."""
    return sandbox_process.place_of(settings.data / sandbox_process.FOLDER)


def _of_sandbox(settings: Settings) -> Discord:
    place = sandbox_of(settings)
    if place is None:
        return _none(settings)
    discord_session.redirect(place.api, place.gateway)
    return discord_doctor.survey


def _none(settings: Settings) -> Discord:
    @asynccontextmanager
    async def survey(_: str) -> AsyncIterator[Survey]:
        start = f"Start it: sovereign sandbox --data {settings.data}"
        raise Unanswered(f"No sandbox runs over {settings.data}", start)
        yield

    return survey


async def needs() -> Needs:
    """Of every command in the cogs, loaded without connecting to anybody."""
    found: defaultdict[str, set[Capability | None]] = defaultdict(set)
    for each in await loaded_commands():
        if isinstance(each, app_commands.ContextMenu):
            found[label(each.name, each.type.value)].add(each.extras.get("capability"))
        else:
            found[label(each.qualified_name.split(" ")[0], 1)].add(each.extras.get("capability"))
    return {
        name: None if None in needed else frozenset(filter(None, needed)) for name, needed in found.items()
    }
