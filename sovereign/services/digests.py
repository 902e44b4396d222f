"""When more waits for a channel than people could follow, one digest stands for all of it."""

from __future__ import annotations

from datetime import datetime

from sovereign.core.clock import micros
from sovereign.core.ids import short
from sovereign.services.announce import NORMAL
from sovereign.services.gathered import LONGEST_TITLE
from sovereign.store import digests, outbox
from sovereign.store.outbox import Intent
from sovereign.store.sqlite import Connection

LARGEST = 1000
"""Messages in one digest; more make another."""
BOUND = 250
"""New messages that may wait for a channel: Discord takes one a second, so this is four minutes' worth."""


def collapse(tx: Connection, lane: str, at: datetime) -> bool:
    """Put one digest in the place of the untried, unhurried messages of the lane, if they are too many.

    Alerts and pages stay apart. Nothing is lost: the digest carries every title and link, and a conversation
    that went into it gets a head message of its own as soon as something new happens to it.
    """
    if digests.untried(tx, lane, NORMAL, BOUND + 1) <= BOUND:
        return False
    channel = lane.partition(":")[2]
    items = digests.take_untried(tx, lane, NORMAL, LARGEST)
    key = f"digest:{channel}:{micros(at)}"
    digest = Intent(
        key=key,
        ref=short(key),
        op="digest",
        channel=channel,
        conversation_id=None,
        priority=NORMAL,
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
