"""Says which commands to hide by hand: a bot cannot choose the roles that Discord shows its commands to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from sovereign.config.loader import Loaded
from sovereign.domain.permission import BoundGrant, Capability, Role, bind
from sovereign.services import setup
from sovereign.services.doctor.facts import Guild, Visibility
from sovereign.services.doctor.findings import Check, Finding, Group, joined

COMMANDS = Check(Group.GUILD, "Commands")

SLASH = 1
"""Discord's number for commands that people type; the others stand in menus."""

Needs = Mapping[str, Collection[Capability] | None]
"""Capabilities by the command's label, of which any one opens a part of it; None: it is for everybody."""


def findings(
    loaded: Loaded, guild: Guild, application: str, needs: Needs, visible: Visibility
) -> Iterator[Finding]:
    """Commands that the same roles may use share a line."""
    strange = sorted(set(needs) - set(visible))
    if strange:
        yield COMMANDS.skipped(
            f"Discord does not know {joined(strange)} yet: the bot tells it when it connects.",
            "Start the bot once, then ask again.",
        )
    bound, _ = bind(setup.grants(loaded.discovery), guild.roles)
    by_hand: defaultdict[tuple[Role, ...], list[str]] = defaultdict(list)
    well: list[str] = []
    for name in (each for each in needs if each in visible):
        roles = _holders(bound, needs[name])
        if roles is None or visible[name] == sorted(role.id for role in roles):
            well.append(name)
        else:
            by_hand[roles].append(name)
    if well:
        yield COMMANDS.ok(f"{joined(well)}: seen by those who may use them.")
    yield from (_advice(names, roles, application) for roles, names in by_hand.items())


def _holders(
    bound: Sequence[BoundGrant], capabilities: Collection[Capability] | None
) -> tuple[Role, ...] | None:
    """The roles of which any grant opens the command; None where it is for everybody."""
    if capabilities is None:
        return None
    held = [each.role for each in bound if any(each.grant.covers_somewhere(one) for one in capabilities)]
    return tuple(dict.fromkeys(held))


def _advice(names: Sequence[str], roles: Sequence[Role], application: str) -> Finding:
    """Nothing is wrong: the bot refuses whoever lacks the role, but cannot hide the command from them."""
    add = f"add {joined([role.name for role in roles])}" if roles else "add nobody, for no role may use it"
    return COMMANDS.ok(
        f"{joined(names)}: seen by others than those who may use them; the bot refuses the others.",
        f"To hide them, by hand: Server Settings → Integrations → {application} → {joined(names)}:"
        f" switch @everyone off, {add}.",
    )


def label(name: str, kind: int) -> str:
    """What a command is called for people: `/alerts`, or `Apps > Add to timeline`."""
    return f"/{name}" if kind == SLASH else f"Apps > {name}"
