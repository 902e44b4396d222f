"""How gathered events look: the message that counts them while it lasts, and the summary over its file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

import discord

from sovereign.core.clock import from_micros
from sovereign.domain.limits import Reason
from sovereign.render.cards import BODY, FIELD_VALUE, card
from sovereign.render.text import duration, moment, one_line
from sovereign.render.tones import Tone

NAMES = 8
"""Names with their counts; the file has all of them."""
ROOM = BODY - 400
"""Characters that names in the body may take."""


def running(facts: Mapping[str, object], at: datetime, ref: str) -> discord.Embed:
    """The message that stands for a storm, or for a source above its limit."""
    over = facts["ended_at"] is not None
    apart = facts["critical"] or facts.get("called")
    return card(
        tone=Tone.MUTED if over else Tone.FAILING if apart else Tone.WARNING,
        title=_title(facts),
        body=(
            f"{_why(facts)} · {_since(facts)}",
            "Over: the summary below has a file of everything."
            if over
            else "They are gathered here and told as a file afterwards.",
            *_apart(facts),
        ),
        fields=(("By name", _names(facts)[:FIELD_VALUE]),),
        footer=("gathered", ref),
        at=at,
    )


def summary(facts: Mapping[str, object], at: datetime, ref: str) -> discord.Embed:
    """What was gathered, once it is over; the file comes along."""
    began, ended = _time(facts, "began_at"), _time(facts, "ended_at")
    return card(
        tone=Tone.MUTED,
        title=f"{_noun(facts)} over: {_count(facts)} in {duration(ended - began)}",
        body=(_names(facts), _unshown(facts), _calling(facts), *_apart(facts)),
        footer=("digest", ref),
        at=at,
    )


def rollcall(payload: Mapping[str, object], at: datetime, ref: str) -> discord.Embed:
    """The message that names everything that calls at once, before each has its own."""
    return card(
        tone=Tone.FAILING,
        title=str(payload["title"]),
        body=(
            f"**{_listed(cast(Sequence[str], payload['names']))}**",
            "Each gets a message of its own, as fast as Discord takes them.",
        ),
        footer=("roll call", ref),
        at=at,
    )


def _title(facts: Mapping[str, object]) -> str:
    return f"{_noun(facts)}{' over' if facts['ended_at'] is not None else ''}: {_count(facts)}"


def _noun(facts: Mapping[str, object]) -> str:
    name = str(facts["name"])
    match Reason(str(facts["reason"])):
        case Reason.STORM:
            return f"Storm in #{name}"
        case Reason.LIMIT:
            return f"Too much from {name}"
        case Reason.QUIET:
            return f"Quiet hours {name}"
    return f"Maintenance {name}"


def _why(facts: Mapping[str, object]) -> str:
    where = "from one source" if facts["reason"] == Reason.LIMIT else "in one channel"
    return f"More than {facts['limit']} events a minute {where}"


def _since(facts: Mapping[str, object]) -> str:
    began = _time(facts, "began_at")
    if facts["ended_at"] is None:
        return f"since {moment(began)}"
    return f"{moment(began, 'f')}, for {duration(_time(facts, 'ended_at') - began)}"


def _count(facts: Mapping[str, object]) -> str:
    count, different = cast(int, facts["count"]), cast(int, facts["different"])
    events = f"{count:,} events" if count != 1 else "1 event"
    return f"{events} of {different} names" if different > 1 else events


def _names(facts: Mapping[str, object]) -> str:
    names = cast(Sequence[Sequence[object]], facts["names"])[:NAMES]
    rest = cast(int, facts["different"]) - len(names)
    room = max(24, FIELD_VALUE // max(len(names), 1) - 10)  # beside a name stand its count and a colon
    lines = [f"{one_line(str(name), room)}: {count:,}" for name, count in names]
    return "\n".join((*lines, f"and {rest} more")) if rest else "\n".join(lines)


def _apart(facts: Mapping[str, object]) -> tuple[str, str]:
    """Every name that is critical, or calls somebody, and finds room: they are what people look for."""
    critical = cast(Sequence[str], facts["critical"])
    called = cast(Sequence[str], facts.get("called") or ())
    room = 3 * ROOM // 8 if critical and called else ROOM
    return (
        f"**Critical**, each told apart: {_listed(critical, room)}" if critical else "",
        f"**Called**, each told apart: {_listed(called, room)}" if called else "",
    )


def _calling(facts: Mapping[str, object]) -> str:
    """What calls only now."""
    names = cast(Sequence[str], facts.get("calling") or ())
    return f"**Calling now**: {_listed(names, ROOM // 8)}" if names else ""


def _unshown(facts: Mapping[str, object]) -> str:
    """What goes on and has no message of its own."""
    count = cast(int, facts.get("unshown") or 0)
    if not count:
        return ""
    they = "more still fires without a message of its own: `/alerts list` shows it"
    if count > 1:
        they = "more still fire without a message of their own: `/alerts list` shows them"
    return f"**{count}** {they}."


def _listed(names: Sequence[str], room: int = ROOM) -> str:
    """As many as find room."""
    shown = [one_line(name, 60) for name in names]
    while len(", ".join(shown)) > room:
        shown.pop()
    more = f" and {len(names) - len(shown)} more" if len(shown) < len(names) else ""
    return f"{', '.join(shown)}{more}"


def _time(facts: Mapping[str, object], name: str) -> datetime:
    return from_micros(cast(int, facts[name]))
