"""How the audit looks: checkpoints in a channel, pages of records, and one record."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import cast

import discord

from sovereign.domain.audit import Record, Result
from sovereign.render.answers import Answer
from sovereign.render.cards import buttons, card
from sovereign.render.text import clean, code, moment, one_line
from sovereign.render.tones import Tone
from sovereign.services.oversight import Standing
from sovereign.services.sinks import State
from sovereign.store.audit import Sought

PAGE, SHOWN = 10, 3
OLDER = (
    r"sov:aud:(?P<who>[0-9a-f]{0,16}):(?P<before>[0-9a-f]{0,8}):(?P<since>[0-9a-f]{0,9})"
    r":(?P<result>[idrfu]?):(?P<action>[^:]{0,50}):(?P<subject>.{0,50})"
)
"""Pattern of the custom_id of the buttons that turn a page; empty parts are any, numbers are hexadecimal."""
LONGEST_SOUGHT = 100
"""Characters of what an action or a subject begins with."""
LONGEST_ID = 100
"""Characters that Discord allows."""
_WORDS = {
    Result.INTENT: "begun",
    Result.DONE: "",
    Result.REFUSED: "refused",
    Result.FAILED: "failed",
    Result.UNKNOWN: "outcome unknown",
}


def checkpoint(payload: Mapping[str, object], at: datetime, ref: str) -> discord.Embed:
    """What is signed, as text that `sovereign audit verify --checkpoint` takes."""
    size = cast(int, payload["size"])
    return card(
        tone=Tone.MUTED,
        title=f"The audit has {size:,} records",
        body=(
            f"Signed {moment(at)}. A log that has fewer, or others, was tampered with.",
            f"```\n{clean(str(payload['note']))}\n```",
        ),
        footer=("audit", ref),
        at=at,
    )


def listing(found: Sequence[Record], sought: Sought) -> Answer:
    """A page of records, newest first, with a file of them and buttons to the newest and the older ones."""
    page = found[:PAGE]
    if not page:
        return Answer(embed=card(tone=Tone.MUTED, title="No records", body=(_none(sought),)))
    embed = card(
        tone=Tone.MUTED,
        title=f"Audit, records {page[-1].seq} to {page[0].seq}",
        body=[_row(one) for one in page],
        footer=("the file has all of each", "sovereign audit show"),
    )
    turns = []
    if sought.before is not None:
        turns.append(turn_button("Newest", sought, None))
    if len(found) > PAGE:
        turns.append(turn_button("Older", sought, page[-1].seq))
    if not all(re.fullmatch(OLDER, one.custom_id or "") for one in turns):
        instead = "What you asked for is too long for one: shorten it, or use `sovereign audit show`."
        embed.add_field(name="No button for older ones", value=instead)
        turns = []
    pretty = "\n".join(json.dumps(json.loads(one.text), indent=2, ensure_ascii=False) for one in page)
    return Answer(
        embed=embed, view=buttons(*turns) if turns else None, files=(("records.json", clean(pretty)),)
    )


def turn_button(label: str, sought: Sought, before: int | None) -> discord.ui.Button[discord.ui.View]:
    """What is sought stands in its custom_id; where that has no room for it, it is none that OLDER knows."""
    parts = (
        _hexadecimal(sought.actor_id),
        _hexadecimal(before),
        _hexadecimal(int(sought.since.timestamp()) if sought.since else None),
        sought.result[0] if sought.result else "",
        sought.action or "",
        sought.subject or "",
    )
    custom_id = ":".join(("sov:aud", *parts))
    fits = len(custom_id) <= LONGEST_ID and ":" not in (sought.action or "")
    return discord.ui.Button(
        label=label,
        style=discord.ButtonStyle.secondary,
        custom_id=custom_id if fits else "sov:aud",
    )


def sought_in(match: re.Match[str]) -> Sought:
    """What a button turns the pages of."""
    since = match["since"]
    return Sought(
        actor_id=int(match["who"], 16) if match["who"] else None,
        before=int(match["before"], 16) if match["before"] else None,
        since=datetime.fromtimestamp(int(since, 16), UTC) if since else None,
        action=match["action"] or None,
        subject=match["subject"] or None,
        result=next((one for one in Result if one[0] == match["result"]), None),
    )


def _hexadecimal(number: int | None) -> str:
    return f"{number:x}" if number is not None else ""


def standing(found: Standing) -> str:
    """How the audit does, in a few words."""
    signed = f"signed {moment(found.signed_at)}" if found.signed_at else "signed by nobody yet"
    sinks = [f"{one_line(sink.name, 30)}: {_sink(sink)}" for sink in found.sinks]
    return "\n".join([f"{found.records:,} records, {signed}", *sinks])


def wrong(found: Standing) -> list[str]:
    """What needs a look: the manifest, effects of which nobody knows the outcome, sinks that take nothing."""
    lines = [one_line(found.deviation, 240)] if found.deviation else []
    for one in found.pending[:SHOWN]:
        entry = one.entry
        lines.append(
            f"Nobody knows what came of {code(entry.action, 40)} {one_line(entry.subject, 60)}"
            f" {moment(entry.at)} (record {one.seq}; `sovereign audit settle`)"
        )
    if len(found.pending) > SHOWN:
        lines.append("and of more; `sovereign audit show --pending` lists them")
    return lines + [
        f"Audit sink {one_line(sink.name, 40)} takes nothing: {one_line(sink.problem, 160)}"
        for sink in found.sinks
        if sink.failing_at
    ]


def _sink(sink: State) -> str:
    if sink.failing_at:
        return f"failing {moment(sink.failing_at)}, {sink.waiting:,} wait"
    return f"{sink.waiting:,} wait" if sink.waiting else "has all"


def _row(one: Record) -> str:
    entry = one.entry
    who = one_line(entry.actor.name, 24) if entry.actor else "Sovereign"
    word = _WORDS[entry.result]
    return (
        f"**{one.seq}** {moment(entry.at)} {who} · {code(entry.action, 40)} {one_line(entry.subject, 50)}"
        + (f" · {word}" if word else "")
    )


def _none(sought: Sought) -> str:
    if sought == Sought():
        return "Nothing was recorded yet."
    return "None is as you asked for. Actions and subjects match by how they begin: `deploy`, `/alerts`."
