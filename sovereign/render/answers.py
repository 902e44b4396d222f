"""What commands answer with: a card, perhaps with buttons and files; or why something was not done."""

from __future__ import annotations

from dataclasses import dataclass

import discord

from sovereign.render.text import sentence
from sovereign.render.tones import Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`files` are (name, content): text that is safe to show, or a picture."""

    embed: discord.Embed
    view: discord.ui.View | None = None
    files: tuple[tuple[str, str | bytes], ...] = ()


def refusal(words: str) -> discord.Embed:
    """Why something was not done, and who or what can help: our own words, and what others wrote (the reason
    of a freeze) letter by letter."""
    return discord.Embed(colour=Tone.WARNING.colour, description=sentence(words[:1000]))
