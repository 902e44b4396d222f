"""What is offered while somebody types a service or an environment: only what the command is for."""

from __future__ import annotations

from collections.abc import Sequence

from discord import app_commands

from sovereign.cogs._edge import Interaction, actor, host
from sovereign.domain.permission import Capability


def choices(names: Sequence[str]) -> list[app_commands.Choice[str]]:
    """Of a completion list; Discord allows 100 characters."""
    return [app_commands.Choice(name=name[:100], value=name[:100]) for name in names]


def needed(interaction: Interaction) -> Capability:
    """What the command that is being typed asks for."""
    extras = getattr(interaction.command, "extras", {})
    found: Capability = extras.get("capability", Capability.SERVICES_VIEW)
    return found


async def services(interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
    places = host(interaction).services.operations.places
    return choices(places.services(actor(interaction), needed(interaction), current))


async def environments(interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
    """Those of the service that is named already."""
    places, named = host(interaction).services.operations.places, interaction.namespace.service
    return choices(places.environments(actor(interaction), needed(interaction), named, current))


placed = app_commands.autocomplete(service=services, env=environments)
"""For commands with a `service` and an `env`."""
