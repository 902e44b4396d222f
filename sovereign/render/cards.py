"""The embed that every message is built on: limits, footer and buttons in one place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import discord

from sovereign.render.text import one_line, plain_line, safe_url
from sovereign.render.tones import Tone

Card = discord.Embed
"""What everybody else calls it; only `render/` makes one."""

TITLE, BODY, FIELD_NAME, FIELD_VALUE, FOOTER = 256, 1200, 64, 256, 200
"""Characters. With six fields they stay below Discord's 6,000 for an embed."""
MOST_FIELDS = 6


def card(
    *,
    tone: Tone,
    title: str,
    url: str | None = None,
    body: Iterable[str] = (),
    fields: Sequence[tuple[str, str]] = (),
    footer: Sequence[str | None] = (),
    at: datetime | None = None,
    avatar: str | None = None,
) -> discord.Embed:
    """`title` and the footer's parts are raw; `body` lines and field values are safe markdown already."""
    embed = discord.Embed(
        title=f"{tone.emoji} {one_line(title, TITLE - 4)}",
        url=safe_url(url),
        colour=tone.colour,
        description="\n".join(line for line in body if line)[:BODY] or None,
        timestamp=at,
    )
    for name, value in [one for one in fields if one[1]][:MOST_FIELDS]:
        embed.add_field(name=one_line(name, FIELD_NAME), value=value[:FIELD_VALUE], inline=len(value) <= 40)
    words = [plain_line(part, 80) for part in footer if part]
    if words:
        embed.set_footer(text=" · ".join(words)[:FOOTER])
    if picture := safe_url(avatar):
        embed.set_thumbnail(url=picture)
    return embed


def buttons(*items: discord.ui.Button[discord.ui.View]) -> discord.ui.View:
    """Stateless buttons: all is in the custom_id, so discord.py need not remember the view: it is stopped."""
    view = discord.ui.View(timeout=None)
    for item in items:
        view.add_item(item)
    view.stop()
    return view
