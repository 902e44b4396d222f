"""Checks that every channel that Sovereign posts to is there, and that the bot may do its work in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sovereign.config.discord import channel_key
from sovereign.config.document import Path as Place
from sovereign.config.loader import Loaded
from sovereign.domain.routing import DEFAULT_CHANNELS
from sovereign.integrations._source import source
from sovereign.services.doctor.configuration import place
from sovereign.services.doctor.facts import Channel, Guild
from sovereign.services.doctor.findings import Check, Finding, Group, joined

CHANNELS = Check(Group.GUILD, "Channels")
PERMISSIONS = Check(Group.GUILD, "Permissions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A channel by name or id; `at` is the place in the file that names it, or None for a default."""

    name: str
    at: str | None


def findings(loaded: Loaded, guild: Guild) -> Iterator[Finding]:
    """Each channel once; those that are well share a line, and so do the defaults that are missing."""
    wanted = {each.name: each for each in (*_defaults(loaded), *_named(loaded))}  # what the file names wins
    found = {name: _called(guild, name) for name in wanted}
    absent = [name for name, at in wanted.items() if not found[name] and at.at is None]
    well: list[str] = []
    for name, each in wanted.items():
        if faults := [*_faults(each, found[name], guild)]:
            yield from faults
        elif found[name]:
            well.append(f"#{found[name][0].name}")
    if absent:
        names = joined([f"#{name}" for name in absent])
        yield CHANNELS.warning(
            f"{guild.name} has no {names}: what goes there by default waits.",
            "Create what is missing, or name other channels under discord.channels.",
        )
    if well:
        yield CHANNELS.ok(f"{', '.join(well)}: there, and the bot may do all that it needs in them.")
    if guild.administrator:
        yield PERMISSIONS.warning(
            "The bot has Administrator, which is far more than it needs.",
            f"Take Administrator away from the role {guild.own_role}: Server Settings → Roles.",
        )


def _faults(each: Wanted, found: Sequence[Channel], guild: Guild) -> Iterator[Finding]:
    if not found:
        if each.at is not None:
            yield CHANNELS.error(
                f"{guild.name} has no channel #{each.name}, which {each.at} names.",
                f"Create #{each.name}, or name another channel there.",
            )
        return
    first = found[0]
    if len(found) > 1:
        ids = joined([str(one.id) for one in found])
        yield CHANNELS.warning(
            f"{len(found)} channels are called #{first.name} ({ids}); the first of them is used.",
            "Rename the others, or write the channel's id in discord.channels.",
        )
    if not first.holds_messages:
        yield CHANNELS.error(
            f"#{first.name} is a {first.kind} channel, which cannot hold messages with threads.",
            f"Make #{first.name} a text channel, or name another one.",
        )
    elif first.lacks:
        yield PERMISSIONS.error(
            f"In #{first.name} the bot lacks {joined(list(first.lacks))}.",
            f"Allow that for the role {guild.own_role}: #{first.name} → Edit Channel → Permissions.",
        )


def _called(guild: Guild, name: str) -> Sequence[Channel]:
    """Those of that name or id; text channels alone if there is one, as when a message is sent."""
    found = [one for one in guild.channels if name in (one.name, str(one.id))]
    return [one for one in found if one.holds_messages] or found


def _defaults(loaded: Loaded) -> Iterator[Wanted]:
    """Where events go of endpoints that have no channel of their own."""
    endpoints = loaded.discovery.event_gateway.resolved_endpoints()
    homes = {source(each.source).home for each in endpoints if each.channel is None}
    if homes:
        for key in sorted(homes | DEFAULT_CHANNELS):
            yield Wanted(name=loaded.discovery.discord.channel(key), at=None)


def _named(loaded: Loaded) -> Iterator[Wanted]:
    """Every channel that the file names."""
    discovery = loaded.discovery
    below: Place = ("discord", "channels")
    keys = loaded.document.value(below) if below in loaded.document.values else None
    for key in keys if isinstance(keys, Mapping) else ():
        name = discovery.discord.channels.get(channel_key(str(key)))
        if name:
            yield Wanted(name=name, at=place(loaded, (*below, key)))
    sections: tuple[tuple[Place, Sequence[str | None]], ...] = (
        (("event_gateway", "endpoints"), [one.discord_channel for one in discovery.event_gateway.endpoints]),
        (("event_gateway", "routes"), [one.channel for one in discovery.event_gateway.routes]),
        (("git", "repos"), [one.channel for one in discovery.git.repos]),
        (("repos",), [one.channel for one in discovery.repos]),
        (("services",), [one.channel for one in discovery.services]),
    )
    for path, names in sections:
        leaf = "discord_channel" if path[-1] == "endpoints" else "channel"
        for index, name in enumerate(names):
            if name:
                at = place(loaded, (*path, index, leaf))
                yield Wanted(name=discovery.discord.channel(name), at=at)
