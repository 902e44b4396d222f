"""How the list of open incidents looks: pages of ten, the worst first, and why some have no message."""

from __future__ import annotations

import discord

from sovereign.domain.limits import Hold, Reason
from sovereign.render.answers import Answer
from sovereign.render.cards import BODY, buttons, card
from sovereign.render.incidents import tone
from sovereign.render.text import moment, one_line
from sovereign.render.tones import Tone
from sovereign.services.incidents import Open, Row

PAGE = r"sov:alerts:(?P<kind>[pn]):(?P<page>[0-9]{1,4})"
"""Pattern of the custom_id of the buttons that turn a page; the kind tells two buttons of one page apart."""
WIDTHS = (80, 60, 45, 30)
"""Characters of a title, as many as leave room for all rows of a page."""


def listing(found: Open) -> Answer:
    """What is open now; `hidden` more are in environments that the member does not see."""
    if not found.total:
        return Answer(embed=_none(found.hidden))
    tones = {tone(state, severity) for state, severity in found.kinds}
    plural = "s" if found.total > 1 else ""
    embed = card(
        tone=next(each for each in (Tone.FAILING, Tone.WARNING, Tone.RUNNING) if each in tones),
        title=f"{found.total} open incident{plural}",
        body=_rows(found),
        footer=(
            f"page {found.page + 1} of {found.pages}" if found.pages > 1 else None,
            "/alerts show tells more of one",
        ),
    )
    turns = []
    if found.page > 0:
        turns.append(turn_button("Worse", "p", found.page - 1))
    if found.page + 1 < found.pages:
        turns.append(turn_button("More", "n", found.page + 1))
    return Answer(embed=embed, view=buttons(*turns) if turns else None)


def turn_button(label: str, kind: str, page: int) -> discord.ui.Button[discord.ui.View]:
    return discord.ui.Button(
        label=label, style=discord.ButtonStyle.secondary, custom_id=f"sov:alerts:{kind}:{page}"
    )


def _none(hidden: int) -> discord.Embed:
    if hidden:
        return card(
            tone=Tone.MUTED,
            title="No open incident that you may see",
            body=(f"{hidden} in environments that your roles do not cover.",),
        )
    return card(
        tone=Tone.OK, title="No open incidents", body=("Nothing fires and nobody is working on one.",)
    )


def _rows(found: Open) -> list[str]:
    made = [[_row(one, width) for one in found.rows] for width in WIDTHS]
    return next((rows for rows in made if len("\n".join(rows)) <= BODY), made[-1])


def _row(row: Row, width: int) -> str:
    one = row.incident
    taken = f" by {one_line(one.acknowledged_name, 32)}" if one.acknowledged_name else ""
    missing = "" if row.has_message else f" · no message{_why(row.hold)}"
    return (
        f"**{one.id}** · {one_line(one.title, width)} · {one.state}{taken} · {one.severity}"
        f" · {moment(one.opened_at)}{missing}"
    )


def _why(hold: Hold | None) -> str:
    if hold is None:
        return ""
    name = one_line(hold.name, 24)
    match hold.reason:
        case Reason.STORM:
            return ": storm"
        case Reason.LIMIT:
            return f": too much from {name}"
        case Reason.QUIET:
            return f": quiet hours {name}"
    return f": maintenance {name}"
