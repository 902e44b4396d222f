"""When more waits for a channel than people could follow, one digest stands for all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sovereign.core.clock import micros
from sovereign.core.ids import short
from sovereign.services.announce import ALERT, NORMAL, PAGE
from sovereign.services.gathered import LONGEST_TITLE
from sovereign.store import digests, outbox
from sovereign.store.outbox import Intent
from sovereign.store.sqlite import Connection

LARGEST = 250
"""Messages in one digest; more make another. Nothing else is written meanwhile."""
LONGEST = 270.0
"""Seconds that new messages may wait for a channel: nobody waits five minutes for what was accepted."""
TAKES = {NORMAL: 1.25, ALERT: 2.5, PAGE: 1.0}
"""Seconds for each, by urgency, what can best be read together first: Discord takes five messages in as many
seconds in one channel, and some of these places are left to what is more urgent."""


THREADS, KEPT = 49, 40
"""Threads that Discord lets begin in one channel within that time; and those that still do where more are
wanted, so that a digest tells of several."""


def collapse(tx: Connection, channel: str, at: datetime) -> bool:
    """Put one digest in the place of untried messages of one urgency, if too many wait for the channel.

    Nothing is lost: the digest carries every title and link, calls whom its pages were to call, and a
    conversation that went into it gets a head message of its own as soon as something new happens to it.
    """
    waiting = {
        each: takes * digests.untried(tx, _lane(each, channel), each, round(LONGEST) + 1)
        for each, takes in TAKES.items()
    }
    if sum(waiting.values()) <= LONGEST:
        return False
    urgency = next(each for each, seconds in waiting.items() if seconds * len(waiting) > LONGEST)
    mention = outbox.hand_over(tx, channel) if urgency == PAGE else ()
    items = digests.take_untried(tx, _lane(urgency, channel), urgency, LARGEST)
    key = f"digest:{channel}:{micros(at)}"
    outbox.add(tx, _digest(key, channel, [_item(item) for item in items], at, urgency, mention), at)
    return True


def collapse_lines(tx: Connection, channel: str, at: datetime) -> None:
    """Put digests in the place of the lines whose threads could not begin in time, if too many wait for one.

    What calls somebody keeps its thread, and of the rest the most urgent and then the oldest, as many as can
    have one. A conversation whose lines were taken gets one as soon as something new happens to it.
    """
    waiting = digests.threadless(tx, channel)
    if len(waiting) <= THREADS:
        return
    lines = digests.take_lines(tx, [one.conversation_id for one in waiting[KEPT:] if not one.stays])
    for number, first in enumerate(range(0, len(lines), LARGEST)):
        items = [_line_item(line) for line in lines[first : first + LARGEST]]
        outbox.add(tx, _digest(f"digest:{channel}:{micros(at)}:lines:{number}", channel, items, at), at)


def _digest(
    key: str,
    channel: str,
    items: Sequence[Mapping[str, object]],
    at: datetime,
    priority: int = NORMAL,
    mention: tuple[str, ...] = (),
) -> Intent:
    return Intent(
        key=key,
        ref=short(key),
        op="digest",
        channel=channel,
        conversation_id=None,
        priority=priority,
        mention=mention,
        payload={"v": 1, "view": "digest", "items": list(items), "at": micros(at)},
    )


def _lane(urgency: int, channel: str) -> str:
    return f"{'page' if urgency == PAGE else 'post'}:{channel}"


def _item(payload: dict[str, object]) -> dict[str, object]:
    facts = payload.get("conversation") or payload.get("event") or payload
    if not isinstance(facts, dict):
        return {}
    title = str(facts.get("title") or facts.get("text") or "")
    return {"title": title[:LONGEST_TITLE], "url": facts.get("url"), "at": payload.get("at")}


def _line_item(payload: Mapping[str, object]) -> dict[str, object]:
    """A line would have stood under a message that said what it was about: here it says so itself."""
    subject, text, quote = (str(payload.get(name) or "") for name in ("subject", "text", "quote"))
    about = "" if subject.partition("#")[0] in text else subject
    title = ": ".join(" ".join(each.split()) for each in (about, text, quote) if each)
    return {"title": title[:LONGEST_TITLE], "url": payload.get("url"), "at": payload.get("at")}
