"""How letters of outgoing webhooks look to those who ask what a target has not taken."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import discord

from sovereign.render.answers import Answer
from sovereign.render.cards import buttons, card
from sovereign.render.text import code, moment, one_line, plain_line
from sovereign.render.tones import Tone
from sovereign.store.letters import Sought, Undelivered

PAGE = 10
RETRY = r"sov:forward:(?P<number>[0-9]{1,18})"
"""Pattern of the custom_id of the button that sends an event again to all who lack it."""
STATES = {"waiting": "to be sent, or tried again", "dead": "given up"}


def listing(found: Sequence[Undelivered], sought: Sought) -> Answer:
    """What targets lack, newest first."""
    page = found[:PAGE]
    if not page:
        asked = sought != Sought()
        said = "None is as you asked for." if asked else "Every event that was to be sent has arrived."
        return Answer(embed=card(tone=Tone.MUTED, title="Nothing is owed to a target", body=(said,)))
    rows = [_row(one) for one in page]
    if len(found) > PAGE:
        rows.append("-# There are more: `sovereign forwards list` shows all of them.")
    tone = Tone.FAILING if any(one.state == "dead" for one in page) else Tone.WARNING
    title = "The newest events that targets lack" if len(found) > PAGE else "Events that targets lack"
    footer = ("/forwards show tells more of one",)
    return Answer(embed=card(tone=tone, title=title, body=rows, footer=footer))


def details(letters: Sequence[Undelivered], event: Mapping[str, object]) -> Answer:
    """One event, the targets that lack it and why, with the event as a file."""
    first = letters[0]
    embed = card(
        tone=Tone.FAILING if any(one.state == "dead" for one in letters) else Tone.WARNING,
        title=f"Event {first.number}: {first.title}",
        body=[_state(one) for one in letters],
        fields=(("Kind", code(first.kind, 60)), ("Source", one_line(first.source, 60))),
        footer=(f"webhook-id evt_{first.number}",),
    )
    text = json.dumps(event, indent=2, ensure_ascii=False)
    return Answer(
        embed=embed, view=buttons(retry_button(first.number)), files=((f"event-{first.number}.json", text),)
    )


def retried(letters: Sequence[Undelivered], unknown: Sequence[str]) -> discord.Embed:
    names = ", ".join(one_line(one.target, 64) for one in letters)
    late = [f"It waits until a target {one_line(name, 64)} is configured." for name in unknown]
    return card(
        tone=Tone.WARNING if unknown else Tone.RUNNING,
        title=f"Event {letters[0].number} is sent again to {names}",
        body=(*late, "A target that has it already knows it by its `webhook-id`."),
    )


def retry_button(number: int) -> discord.ui.Button[discord.ui.View]:
    return discord.ui.Button(
        label="Send again", style=discord.ButtonStyle.secondary, custom_id=f"sov:forward:{number}"
    )


def choice(one: Undelivered) -> str:
    """A line of a completion list; Discord allows 100 characters."""
    return plain_line(f"{one.number} · {one.target} · {one.state} · {one.title}", 100)


def _row(one: Undelivered) -> str:
    return (
        f"**{one.number}** {one_line(one.target, 30)} · {one.state} since {moment(one.since)}"
        f" · {one_line(one.title, 45)}"
    )


def _state(one: Undelivered) -> str:
    attempts = "1 attempt" if one.attempts == 1 else f"{one.attempts} attempts"
    again = "" if one.state == "dead" or not one.attempts else f", tried again {moment(one.due)}"
    problem = f": {one_line(one.problem, 120)}" if one.problem else ""
    return f"{one_line(one.target, 64)} · {one.state} after {attempts}{again}{problem}"
