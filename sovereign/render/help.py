"""How the list of commands looks to a member: what they may use, and how one of them is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import discord

from sovereign.domain.permission import listed
from sovereign.render.cards import card
from sovereign.render.text import code, one_line
from sovereign.render.tones import Tone

MOST_ROWS = 12
"""Commands that get a line each; of more, those that begin alike share one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A command: `name` without the slash; `options` are (name, description, required)."""

    name: str
    description: str
    options: tuple[tuple[str, str, bool], ...] = ()


def listing(
    entries: Sequence[Entry], hidden: Mapping[tuple[str, ...], int], menus: Sequence[str] = ()
) -> discord.Embed:
    """Commands that the member may use; `hidden` counts the others by the roles of which any one would do,
    `menus` are those on messages."""
    rows = [f"{_mention(entry)} {one_line(entry.description, 70)}" for entry in entries]
    if len(rows) > MOST_ROWS:
        rows = _grouped(entries)
    rows += [f"{code(f'Apps > {name}', 60)} In the menu of a message." for name in menus]
    rows += [_hidden(roles, count) for roles, count in hidden.items()]
    return card(
        tone=Tone.MUTED,
        title="What you can do here",
        body=rows,
        footer=("/help command: tells more of one",),
    )


def details(entry: Entry) -> discord.Embed:
    rows = [
        f"{code(name, 40)} {one_line(description, 120)}{'' if required else ' (may be left out)'}"
        for name, description, required in entry.options
    ]
    return card(
        tone=Tone.MUTED,
        title=f"/{entry.name}",
        body=(f"{_mention(entry)} {one_line(entry.description, 100)}", *rows),
    )


def _hidden(roles: tuple[str, ...], count: int) -> str:
    some = f"{count} more"
    if not roles:
        return f"-# {some}: granted to no role yet (discord.rbac.grants)."
    noun = "the role" if len(roles) == 1 else "one of the roles"
    return f"-# {some} with {noun} {one_line(listed(roles, 'or'), 200)}."


def _grouped(entries: Sequence[Entry]) -> list[str]:
    """A line for all that begin alike: `/admin` cogs, config, reload."""
    groups: dict[str, list[str]] = {}
    for entry in entries:
        first, _, rest = entry.name.partition(" ")
        groups.setdefault(first, []).append(rest or entry.description)
    return [f"{code(f'/{first}', 40)} {one_line(', '.join(rest), 200)}" for first, rest in groups.items()]


def _mention(entry: Entry) -> str:
    return code(f"/{entry.name}", 60)
