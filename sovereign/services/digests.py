"""When more waits for a channel than people could follow, one digest stands for all of it."""

from __future__ import annotations

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
    digest = Intent(
        key=key,
        ref=short(key),
        op="digest",
        channel=channel,
        conversation_id=None,
        priority=urgency,
        mention=mention,
        payload={"v": 1, "view": "digest", "items": [_item(item) for item in items], "at": micros(at)},
    )
    outbox.add(tx, digest, at)
    return True


def _lane(urgency: int, channel: str) -> str:
    return f"{'page' if urgency == PAGE else 'post'}:{channel}"


def _item(payload: dict[str, object]) -> dict[str, object]:
    facts = payload.get("conversation") or payload.get("event") or payload
    if not isinstance(facts, dict):
        return {}
    title = str(facts.get("title") or facts.get("text") or "")
    return {"title": title[:LONGEST_TITLE], "url": facts.get("url"), "at": payload.get("at")}
