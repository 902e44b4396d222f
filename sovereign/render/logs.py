"""How logs look: the last lines in a code block, all of them in a file."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from sovereign.domain.logs import LogLine
from sovereign.render.answers import Answer
from sovereign.render.cards import buttons, card
from sovereign.render.text import clean, code, one_line
from sovereign.render.tones import Tone
from sovereign.services.operations.log_reading import LogPage

STOP = r"sov:stoplogs:(?P<key>[a-z0-9]{4,20})"
"""Pattern of the custom_id of Stop under a log that is followed."""
SHOWN = 900
"""Characters of lines in the message; a phone shows about as many."""
SHOWN_LINES = 15
LONGEST_FILE = 2_000_000
"""Characters."""


def page(found: LogPage) -> Answer:
    lines = _texts(found.lines, several=found.running > 1 or not found.running)
    shown = _last(lines)
    embed = card(
        tone=Tone.RUNNING if found.follow else Tone.MUTED,
        title=f"Logs of {found.place}" + (", followed" if found.follow else ""),
        body=(
            _said(found, len(lines)),
            one_line(found.missing, 250),
            _block(shown) if shown else "",
            _ended(found),
        ),
        footer=(found.source, _pods(found), found.place.environment),
    )
    more = len(shown) < len(lines) or any(len(line) > SHOWN for line in lines)
    name = f"{found.place.service}-{found.place.environment}.log"
    files = ((name, "\n".join(lines)[-LONGEST_FILE:] + "\n"),) if more and not found.follow else ()
    view = buttons(stop_button(found.follow)) if found.follow else None
    return Answer(embed=embed, view=view, files=files)


def stopped(was_followed: bool) -> Answer:
    words = "It is not followed any more." if was_followed else "It had ended already."
    return Answer(embed=card(tone=Tone.MUTED, title="Stopped", body=(words,)))


def stop_button(key: str) -> discord.ui.Button[discord.ui.View]:
    return discord.ui.Button(
        label="Stop", style=discord.ButtonStyle.secondary, custom_id=f"sov:stoplogs:{key}"
    )


def _texts(lines: Sequence[LogLine], *, several: bool) -> list[str]:
    """Each with its time and, where there are several pods, with the end of the pod's name, which differs."""
    found = []
    for line in lines:
        at = f"{line.at:%H:%M:%S} " if line.at else ""
        pod = f"{line.pod.rpartition('-')[2]} " if several and line.pod else ""
        found.append(f"{at}{pod}{_safe(line.text)}")
    return found


def _safe(text: str) -> str:
    return clean(text.replace("\t", "    "))


def _last(lines: Sequence[str]) -> list[str]:
    kept: list[str] = []
    room = SHOWN
    for line in reversed(lines[-SHOWN_LINES:]):
        cut = line if len(line) <= SHOWN // 3 else f"{line[: SHOWN // 3 - 1]}…"
        room -= len(cut) + 1
        if room < 0:
            break
        kept.append(cut)
    return kept[::-1]


def _block(lines: Sequence[str]) -> str:
    """No line can end the block."""
    text = "\n".join(lines).replace("`", "\u02cb")
    return f"```\n{text}\n```"


def _said(found: LogPage, count: int) -> str:
    asked = found.asked
    parts = [f"{count} {'line' if count == 1 else 'lines'}" if count else "No lines"]
    parts += [f"with {code(asked.grep, 60)}"] if asked.grep else []
    parts += [f"by {code(asked.filters, 100)}"] if asked.filters else []
    parts += [f"of the last {one_line(asked.since, 20)}"] if asked.since else []
    parts += ["of before the last restart"] if asked.previous else []
    return " ".join(parts)


def _ended(found: LogPage) -> str:
    return one_line(found.ended, 200)


def _pods(found: LogPage) -> str | None:
    if found.asked.pod:
        return found.asked.pod
    return f"{found.pods} of {found.running} pods" if found.running else None
