"""What an interaction says of itself, in our words: who acts, where, and what was typed or pressed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import discord

from sovereign.domain.permission import Actor, Role
from sovereign.services.auditing import Asked

DEEPEST = 4
"""How far into one another Discord puts options and the parts of a form."""
_PARTS = ("components", "component", "options")
_PICKED = frozenset({3, 5, 6, 7, 8})
"""Discord's numbers for its kinds of select."""


def actor(interaction: discord.Interaction[Any]) -> Actor:
    """Who acts, with the roles of this moment. In a direct message a person has none."""
    user = interaction.user
    roles = user.roles if isinstance(user, discord.Member) else []
    return Actor(
        id=user.id,
        name=user.display_name,
        roles=tuple(Role(id=role.id, name=role.name) for role in reversed(roles) if not role.is_default()),
    )


def asked(interaction: discord.Interaction[Any]) -> Asked:
    """What the audit says of it."""
    data = cast("Mapping[str, object]", interaction.data or {})
    custom_id = str(data.get("custom_id", ""))
    if interaction.type in (discord.InteractionType.component, discord.InteractionType.modal_submit):
        form = interaction.type is discord.InteractionType.modal_submit
        kind = "modal" if form else "select" if data.get("component_type") in _PICKED else "button"
        name, subject = ":".join(custom_id.split(":")[:2]), custom_id
    else:
        known = interaction.command
        name = known.qualified_name if known else "(unknown)"
        menu = known is not None and isinstance(known, discord.app_commands.ContextMenu)
        kind, subject = "command", name if menu else f"/{name}"
    return Asked(
        kind=kind,
        name=name,
        subject=subject,
        parameters=dict(_parameters(interaction, data)),
        actor=actor(interaction),
        channel=interaction.channel_id,
        guild=interaction.guild_id,
    )


def _parameters(
    interaction: discord.Interaction[Any], data: Mapping[str, object]
) -> Iterator[tuple[str, object]]:
    if interaction.message is not None:
        yield "message", str(interaction.message.id)
    for name in ("target_id", "values"):
        if data.get(name):
            yield name.removesuffix("_id"), data[name]
    yield from _given(data, 0)


def _given(part: object, depth: int) -> Iterator[tuple[str, object]]:
    """Every option or field below this part that has a value, by its name."""
    if not isinstance(part, Mapping) or depth > DEEPEST:
        return
    name = part.get("name") or part.get("custom_id")
    if depth and name is not None:
        for key in ("value", "values"):
            if part.get(key) is not None:
                yield str(name), part[key]
    for key in _PARTS:
        inner = part.get(key)
        for each in inner if isinstance(inner, Sequence) and not isinstance(inner, str) else (inner,):
            yield from _given(each, depth + 1)
