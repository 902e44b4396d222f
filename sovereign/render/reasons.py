"""How it looks when somebody asks why a message is here: its events, where they went and what joined them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import discord

from sovereign.render.answers import Answer
from sovereign.render.cards import FIELD_VALUE, card
from sovereign.render.text import clean, link, moment, one_line, safe_url
from sovereign.render.tones import Tone
from sovereign.services.conversations import Why
from sovereign.store.belonging import Belonging, Reason

MENU = "Why is this here"
"""What the entry in the menu of a message is called."""
DETAILS = r"sov:why"
"""Pattern of the Details button's custom_id: what it is about is the message that it stands under."""
SHOWN = 6
"""Events that get a line; of more, all are in a file."""
LONGEST_FILE = 200_000


def why(found: Why) -> Answer:
    """The newest events with what joined each; all of them as a file where they are more."""
    if not found.events:
        gone = "Its events are not kept any more, or were never its own: a summary names its own in its file."
        return Answer(embed=card(tone=Tone.MUTED, title=_title(found), body=(gone,), footer=_footer(found)))
    shown = found.events[-SHOWN:]
    rows, more = _rows(shown), found.total > len(shown)
    if more:
        rows.insert(0, f"-# The last {len(shown)} of {found.total} events; all are in the file.")
    facts = found.conversation.facts if found.conversation else None
    if facts and facts.goes_on:
        rows.append(f"Goes on in {link(one_line(facts.goes_on[0], 100), safe_url(facts.goes_on[1]))}")
    embed = card(
        tone=Tone.MUTED,
        title=_title(found),
        url=facts.url if facts else None,
        body=rows,
        fields=(("Joined by", summary(found.reasons) if more else ""), ("Channel", _channel(found))),
        footer=_footer(found),
    )
    return Answer(embed=embed, files=(("events.txt", _file(found.events)),) if more else ())


def details_button() -> discord.ui.Button[discord.ui.View]:
    return discord.ui.Button(label="Details", style=discord.ButtonStyle.secondary, custom_id="sov:why")


def summary(reasons: Sequence[Reason]) -> str:
    """A line for each way of belonging: `3x its sender's own key`."""
    rows: list[str] = []
    for reason in reasons:
        row = f"{reason.count}x {one_line(reason.why, 120)}"
        if len("\n".join((*rows, row))) > FIELD_VALUE - 20:
            rows.append(f"and {len(reasons) - len(rows)} more ways")
            break
        rows.append(row)
    return "\n".join(rows)


def _title(found: Why) -> str:
    if found.conversation is None:
        return "Why this is here"
    if found.total == 1:
        return f"Why this is here: {found.conversation.facts.subject}"
    return f"Why these {found.total} events are one: {found.conversation.facts.subject}"


def _rows(shown: Sequence[Belonging]) -> list[str]:
    """The events, and under those that belong for the same reason that reason once."""
    several = len({one.source for one in shown}) > 1
    rows: list[str] = []
    for why, together in groupby(shown, key=_reason):
        for one in together:
            source = f" ({one_line(one.source, 20)})" if several else ""
            rows.append(f"{moment(one.at, 't')} {one_line(one.title, 80)}{source}")
        if why:
            rows.append(f"-# {why}")
    return rows


def _reason(one: Belonging) -> str:
    before = " · told apart at first" if one.earlier else ""
    return f"{one_line(one.why, 140)}{before}" if one.why else ""


def _channel(found: Why) -> str:
    """Where the conversation stands, and by which route its first event went there."""
    first = next((one for one in found.events if not one.earlier), found.events[0])
    rule = one_line(first.rule, 120)
    return f"#{one_line(found.conversation.channel, 40)}: {rule}" if found.conversation else rule


def _footer(found: Why) -> tuple[str, ...]:
    if found.incident:
        return (f"incident {found.incident.id}",)
    return (f"conversation {found.conversation.id}",) if found.conversation else ()


def _file(events: Sequence[Belonging]) -> str:
    rows = (
        f"{one.at.isoformat(timespec='seconds')}  delivery {one.delivery_id}  {one.source}"
        f"  {' '.join(clean(one.title).split())}  |  {' '.join(clean(one.why or '').split())}"
        for one in events
    )
    return "\n".join(rows)[:LONGEST_FILE]
