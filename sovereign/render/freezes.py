"""How freezes look: set, lifted, listed."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from sovereign.domain.freeze import Freeze
from sovereign.render.cards import card
from sovereign.render.text import moment, one_line, plain_line
from sovereign.render.tones import Tone


def frozen(freeze: Freeze) -> discord.Embed:
    return card(
        tone=Tone.WARNING,
        title=f"Frozen: {freeze.scope}",
        body=(
            f"Nothing is deployed, scaled, restarted or rolled back there {_until(freeze)}.",
            one_line(freeze.reason, 200),
        ),
        footer=("sovereign", f"freeze {freeze.id}"),
    )


def thawed(freeze: Freeze) -> discord.Embed:
    return card(tone=Tone.OK, title=f"No longer frozen: {freeze.scope}")


def listing(found: Sequence[Freeze]) -> discord.Embed:
    if not found:
        return card(
            tone=Tone.OK,
            title="Nothing is frozen",
            body=("`/freeze on` stops deployments and other changes.",),
        )
    rows = [
        f"**{one.id}** · {one_line(one.scope, 80)} · {one_line(one.by, 32)}"
        f" · {_until(one)} · {one_line(one.reason, 100)}"
        for one in found[:10]
    ]
    return card(tone=Tone.WARNING, title=f"{len(found)} freeze{'s' if len(found) > 1 else ''}", body=rows)


def choice(freeze: Freeze) -> str:
    return plain_line(f"{freeze.id} · {freeze.scope} · {freeze.reason}", 100)


def _until(freeze: Freeze) -> str:
    return f"until {moment(freeze.until, 'f')}" if freeze.until else "until somebody lifts it"
