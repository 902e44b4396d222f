"""Checks that the roles of the configuration mean one role each, and that On-Call can be called."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sovereign.config.loader import Loaded
from sovereign.domain.permission import Role, bind
from sovereign.services import setup
from sovereign.services.doctor.configuration import place
from sovereign.services.doctor.facts import Guild
from sovereign.services.doctor.findings import Check, Finding, Group

ROLES = Check(Group.GUILD, "Roles")
MENTIONS = Check(Group.GUILD, "Mentions")
ORDER = Check(Group.GUILD, "Role order")


def findings(loaded: Loaded, guild: Guild) -> Iterator[Finding]:
    yield from _grants(loaded, guild)
    yield from _mentions(loaded, guild)
    yield _order(guild)


def _grants(loaded: Loaded, guild: Guild) -> Iterator[Finding]:
    """A name that two roles have, or none, grants nothing."""
    grants = setup.grants(loaded.discovery)
    bound, unbound = bind(grants, guild.roles)
    for name, problem in unbound.items():
        index = next(i for i, grant in enumerate(grants) if grant.role == name)
        at = place(loaded, ("discord", "rbac", "grants", index, "role"))
        yield ROLES.error(f"{name} ({at}): {problem}.", _one_role(name, guild))
    if bound:
        names = dict.fromkeys(each.role.name for each in bound)
        yield ROLES.ok(f"{', '.join(names)}: each is one role, and has what it is granted.")
    elif not grants:
        yield ROLES.warning(
            "No role is granted anything, so nobody may do anything.", "Add discord.rbac.grants."
        )


def _mentions(loaded: Loaded, guild: Guild) -> Iterator[Finding]:
    """On-Call and the roles of routes: one role each, which the bot may mention."""
    wanted = {loaded.discovery.discord.oncall_role: "Severe alerts call"}
    for route in loaded.discovery.rules().routes:
        wanted |= {name: f"The route {route.name!r} calls" for name in route.mention if name not in wanted}
    well: list[str] = []
    for name, who in wanted.items():
        found = _called(guild.roles, name)
        if len(found) != 1:
            state = f"{len(found)} roles are called so" if found else f"{guild.name} has no such role"
            yield MENTIONS.error(f"{who} {name}, and nobody hears it: {state}.", _one_role(name, guild))
        elif found[0].id in guild.mentionable or _may_mention(loaded, guild):
            well.append(found[0].name)
        else:
            yield MENTIONS.error(
                f"{who} {found[0].name}, and nobody hears it: the role is not mentionable.",
                f"Server Settings → Roles → {found[0].name}: allow anyone to @mention it;"
                f" or give the role {guild.own_role} Mention Everyone.",
            )
    if well:
        yield MENTIONS.ok(f"{', '.join(well)}: the bot may call them.")


def _may_mention(loaded: Loaded, guild: Guild) -> bool:
    """Where alerts go; the channel's word goes before the guild's."""
    name = loaded.discovery.discord.channel("alerts")
    there = [one.mentions for one in guild.channels if name in (one.name, str(one.id))]
    return there[0] if there else guild.mentions


def _order(guild: Guild) -> Finding:
    """Nothing gives or takes roles today, so no order is wrong; whoever adds that makes this a check."""
    if guild.top_role is None:
        return ORDER.ok("The bot has no role; it gives and takes none, so it needs none.")
    above = [role.id for role in guild.roles].index(guild.top_role.id)
    return ORDER.ok(
        f"{guild.top_role.name}, the bot's highest, has {above} of {len(guild.roles)} roles above it;"
        " the bot gives and takes no role, so any place will do."
    )


def _called(roles: Sequence[Role], name: str) -> Sequence[Role]:
    return [role for role in roles if name.removeprefix("@") in (role.name, str(role.id))]


def _one_role(name: str, guild: Guild) -> str:
    same = _called(guild.roles, name)
    if same:
        ids = ", ".join(str(role.id) for role in same)
        return f"Rename all but one of them, or write the id of the right one ({ids}) instead of the name."
    return f"Create the role {name}, or name another one."
