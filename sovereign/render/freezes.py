"""How freezes look: set, lifted, listed, and the messages that tell everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import discord

from sovereign.core.clock import from_micros
from sovereign.domain.freeze import Freeze
from sovereign.render.cards import card
from sovereign.render.text import duration, moment, one_line, plain_line
from sovereign.render.tones import Tone
from sovereign.services.freezing import Lifted

Facts = Mapping[str, Any]


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


def thawed(lifted: Lifted) -> discord.Embed:
    return card(
        tone=_tone(lifted.others),
        title=_thawed(lifted.others, lifted.freeze.scope),
        body=(_others(lifted.others),),
    )


def head(facts: Facts, ref: str) -> discord.Embed:
    """The message of one, for everybody. `facts` is what `services/freeze_telling.facts` made."""
    until, over_at = facts["until"], facts.get("over_at")
    if over_at is not None:
        lifted = facts["lifted_by"]
        how = f"Lifted by {one_line(lifted, 64)}" if lifted else "It ended"
        tone, title, now = Tone.MUTED, "Was frozen", f"{how} {moment(from_micros(over_at))}."
    else:
        ends = f"until {moment(from_micros(until), 'f')}" if until else "until somebody lifts it"
        tone, title = Tone.WARNING, "Frozen"
        now = f"Nothing is deployed, scaled, restarted or rolled back there {ends}."
    return card(
        tone=tone,
        title=f"{title}: {facts['scope']}",
        body=(now, one_line(facts["reason"], 200)),
        fields=(("By", one_line(facts["by"], 64)),),
        footer=("sovereign", facts["environment"], f"freeze {facts['id']}", ref),
        at=from_micros(facts["since"]),
    )


def over(facts: Facts, ref: str) -> discord.Embed:
    """The message that tells everybody that it holds no longer."""
    lifted, others = facts["lifted_by"], int(facts["others"])
    took = duration(from_micros(facts["over_at"]) - from_micros(facts["since"]))
    how = f"Lifted by {one_line(lifted, 64)}" if lifted else "Its time is over"
    return card(
        tone=_tone(others),
        title=_thawed(others, facts["scope"]),
        body=(f"{how}, after {took}: {one_line(facts['reason'], 200)}", _others(others)),
        footer=("sovereign", facts["environment"], f"freeze {facts['id']}", ref),
        at=from_micros(facts["over_at"]),
    )


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


def _tone(others: int) -> Tone:
    return Tone.WARNING if others else Tone.OK


def _thawed(others: int, scope: str) -> str:
    return f"{'One freeze less' if others else 'No longer frozen'}: {scope}"


def _others(count: int) -> str:
    if not count:
        return ""
    return f"{count} other {'freezes hold' if count > 1 else 'freeze holds'} there still: `/freeze list`"


def _until(freeze: Freeze) -> str:
    return f"until {moment(freeze.until, 'f')}" if freeze.until else "until somebody lifts it"
