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

LARGEST = 1000
"""Messages in one digest; more make another."""
BOUND = 270
"""New messages that may wait for a channel: Discord takes one a second, and nobody waits longer than five
minutes for what was accepted."""
LANES = {NORMAL: "post", ALERT: "post", PAGE: "page"}
"""Where the messages of each urgency wait, what can best be read together first."""


def collapse(tx: Connection, channel: str, at: datetime) -> bool:
    """Put one digest in the place of untried messages of one urgency, if too many wait for the channel.

    Nothing is lost: the digest carries every title and link, calls whom its pages were to call, and a
    conversation that went into it gets a head message of its own as soon as something new happens to it.
    """
    waiting = {
        each: digests.untried(tx, f"{lane}:{channel}", each, BOUND + 1) for each, lane in LANES.items()
    }
    if sum(waiting.values()) <= BOUND:
        return False
    urgency = next(each for each, count in waiting.items() if count * len(waiting) > BOUND)
    mention = outbox.hand_over(tx, channel) if urgency == PAGE else ()
    items = digests.take_untried(tx, f"{LANES[urgency]}:{channel}", urgency, LARGEST)
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


def _item(payload: dict[str, object]) -> dict[str, object]:
    facts = payload.get("conversation") or payload.get("event") or payload
    if not isinstance(facts, dict):
        return {}
    title = str(facts.get("title") or facts.get("text") or "")
    return {"title": title[:LONGEST_TITLE], "url": facts.get("url"), "at": payload.get("at")}
