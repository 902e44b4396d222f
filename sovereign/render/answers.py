"""What commands answer when there is nothing finer to show."""

from __future__ import annotations

import discord

from sovereign.render.text import clean
from sovereign.render.tones import Tone


def refusal(words: str) -> discord.Embed:
    """Why something was not done, and who or what can help: our own words, verbatim. Embeds call nobody."""
    return discord.Embed(colour=Tone.WARNING.colour, description=clean(words)[:1000])
