"""How a deployment that nobody has to agree to is shown before it begins, and the button that begins it."""

from __future__ import annotations

import re

import discord

from sovereign.render import notes
from sovereign.render.answers import Answer
from sovereign.render.cards import buttons, card
from sovereign.render.text import plain_line
from sovereign.render.tones import Tone
from sovereign.services.releasing.deploying import Order, Preview

BEGIN = (
    r"sov:run:(?P<strategy>[a-z-]{0,10})(?P<override>!?):(?P<seen>[a-z0-9]{8}):(?P<environment>[^:\s]{1,25})"
    r":(?P<service>[^:\n]{1,30}):(?P<version>\S{1,71})"
)
"""Pattern of the custom_id of the button that deploys what was previewed; with `!` through a freeze."""
LONGEST_ID = 100
"""Characters that Discord allows."""


def preview(found: Preview) -> Answer:
    """What would change, before the button."""
    order, release = found.order, found.release
    embed = card(
        tone=Tone.WARNING,
        title=f"Deploy {order.service} {order.version} to {order.environment}?",
        url=release.compare,
        body=(
            notes.step(found.notes, order.version),
            "A freeze does not stop it." if order.override else "",
            *notes.warnings(found.notes),
        ),
        fields=(
            ("Image and strategy", notes.image(release.image.tagged, release.digest, release.terms.strategy)),
            *notes.fields(found.notes),
        ),
        footer=("nothing was done yet", order.environment),
    )
    made = _custom_id(order, release.mark)
    if len(made) > LONGEST_ID or not re.fullmatch(BEGIN, made):
        instead = "The names are too long for one: `/deploy approve` makes a message with Execute of it."
        embed.add_field(name="No button", value=instead)
        return Answer(embed=embed, files=notes.attached(found.notes))
    view = buttons(button(order, release.mark))
    return Answer(embed=embed, view=view, files=notes.attached(found.notes))


def button(order: Order, seen: str) -> discord.ui.Button[discord.ui.View]:
    """It names its deed."""
    label = plain_line(f"Deploy {order.service} {order.version} to {order.environment}", 80)
    custom_id = _custom_id(order, seen)[:LONGEST_ID]
    return discord.ui.Button(label=label, style=discord.ButtonStyle.danger, custom_id=custom_id)


def read(match: re.Match[str]) -> Order:
    """What the button deploys, in a channel that the press says."""
    return Order(
        version=match["version"],
        service=match["service"],
        environment=match["environment"],
        channel="",
        strategy=match["strategy"] or None,
        override=bool(match["override"]),
    )


def _custom_id(order: Order, seen: str) -> str:
    how = f"{order.strategy or ''}{'!' if order.override else ''}"
    return f"sov:run:{how}:{seen}:{order.environment}:{order.service}:{order.version}"
