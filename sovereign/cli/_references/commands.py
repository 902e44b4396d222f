"""The reference of slash commands: what people may type in Discord, and who may."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from sovereign.cli._cogs import Found, loaded_commands
from sovereign.cli._references._markdown import code, page, section, sentence, table
from sovereign.domain.permission import Capability

_TYPES = {
    discord.AppCommandOptionType.string: "text",
    discord.AppCommandOptionType.integer: "whole number",
    discord.AppCommandOptionType.boolean: "true or false",
    discord.AppCommandOptionType.user: "member",
}


async def text() -> str:
    return _page(await loaded_commands())


def _page(found: list[Found]) -> str:
    overview = [(code(_name(each)), _words(each), _capability(each)) for each in found]
    options = [
        section(code(_name(each)), _words(each), _options(each))
        for each in found
        if isinstance(each, app_commands.Command) and each.parameters
    ]
    return page(
        "Slash commands",
        "What people may type in Discord. A command with a capability is for those whose roles are granted it"
        " (`discord.rbac.grants` in `discovery.yml`), everywhere or in some environments; a refusal names the"
        " roles that would do.",
        table(("Command", "What it does", "Capability"), overview),
        *options,
    )


def _options(command: app_commands.Command[Any, ..., Any]) -> str:
    rows = [
        (
            code(option.display_name),
            _choices(option),
            "yes" if option.required else "",
            sentence(option.description.strip("…")),
            "yes" if option.autocomplete else "",
        )
        for option in command.parameters
    ]
    return table(("Option", "Type", "Required", "What it is", "Completed while typing"), rows)


def _choices(option: app_commands.Parameter) -> str:
    if option.choices:
        return ", ".join(code(choice.name) for choice in option.choices)
    bounds = [str(bound) for bound in (option.min_value, option.max_value) if bound is not None]
    kind = _TYPES.get(option.type, option.type.name)
    return f"{kind}{' from ' if bounds else ''}{' to '.join(bounds)}"


def _name(command: Found) -> str:
    if isinstance(command, app_commands.ContextMenu):
        return f"Apps > {command.name}"
    return f"/{command.qualified_name}"


def _words(command: Found) -> str:
    if isinstance(command, app_commands.ContextMenu):
        return f"In the menu of a {command.type.name}."
    return sentence(command.description)


def _capability(command: Found) -> str:
    needed = command.extras.get("capability")
    return code(needed.value if isinstance(needed, Capability) else str(needed)) if needed else ""
