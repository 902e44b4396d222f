"""What commands answer when there is nothing finer to show."""

from __future__ import annotations

import discord

from sovereign.render.text import paragraph
from sovereign.render.tones import Tone


def refusal(words: str) -> discord.Embed:
    """Why something was not done, and who or what can help."""
    return discord.Embed(colour=Tone.WARNING.colour, description=paragraph(words, 1000, lines=8))
