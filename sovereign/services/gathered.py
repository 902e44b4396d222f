"""The messages of a gathering: one that counts while it lasts, and the file of everything when it is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sovereign.core import clock
from sovereign.core.clock import micros
from sovereign.core.ids import short
from sovereign.domain.conversations import Conversation, Topic, ours
from sovereign.domain.limits import MOST_HELD, Limits, Reason
from sovereign.store import conversations, gatherings, outbox, tellings
from sovereign.store.gatherings import Gathering
from sovereign.store.outbox import Intent
from sovereign.store.sqlite import Connection
from sovereign.store.tellings import Owed

LONGEST_TITLE = 200
"""Characters of each in a file, so that the file stays far below what Discord takes."""
SHOW_APART = timedelta(seconds=1.25)
"""Its message is edited no more often than that: Discord takes five edits of a channel in five seconds, and
the next name must not wait until they are over."""
MOST_NAMES = 50
"""Names that the message may list; it shows as many as find room."""
LONGEST_NAME = 80


def show(tx: Connection, gathering: Gathering, limits: Limits, at: datetime) -> None:
    """Let the message of a gathering tell how it stands: post it, or edit it.

    Posted in a storm, it calls once whom the pages that wait behind it were to call.
    """
    now = clock.now()
    payload = {"v": 1, "view": "gathering", "gathering": facts(tx, gathering, limits), "at": micros(at)}
    key = f"gathering:{gathering.id}"
    if gathering.conversation_id is None:
        stored = conversations.add(tx, key, gathering.channel, _conversation(gathering), at)
        post = _intent(gathering, stored.id, "post", f"head:{key}", payload)
        if gathering.reason is Reason.STORM:
            post = replace(post, mention=outbox.hand_over(tx, gathering.channel))
        conversations.set_head(tx, stored.id, outbox.add(tx, post, at))
    else:
        stored = conversations.by_id(tx, gathering.conversation_id)
        edit = _intent(gathering, stored.id, "edit", f"edit:{stored.head_id}", payload)
        if stored.head_id is None or not outbox.replace(tx, stored.head_id, edit):
            outbox.collapse(tx, edit, at, gathering.shown_at + SHOW_APART)
    gatherings.set_shown(tx, gathering.id, tellings.held(tx, gathering.id), now, stored.id)


def summarise(
    tx: Connection, gathering: Gathering, limits: Limits, at: datetime, owed: Sequence[Owed], unshown: int
) -> None:
    """What was gathered, whole, as a file; it calls whom `owed` says, for what gets no message of its own,
    and says how many incidents that are not over get none."""
    key = f"summary:{gathering.id}"
    items = tellings.items(tx, gathering.id, 2 * MOST_HELD)
    summary = Intent(
        key=key,
        ref=short(key),
        op="digest",
        channel=gathering.channel,
        conversation_id=None,
        priority=outbox.PAGE if owed else 1,
        payload={
            "v": 1,
            "view": "digest",
            "gathering": facts(tx, gathering, limits)
            | {"calling": _names([one.name for one in owed]), "unshown": unshown},
            "items": [item | {"title": str(item["title"])[:LONGEST_TITLE]} for item in items],
            "at": micros(at),
        },
        mention=tuple(dict.fromkeys(role for one in owed for role in one.roles)),
    )
    outbox.add(tx, summary, at)


def facts(tx: Connection, gathering: Gathering, limits: Limits) -> dict[str, object]:
    """What a message says of a gathering."""
    shares = tellings.shares(tx, gathering.id)
    return {
        "reason": gathering.reason,
        "name": gathering.name,
        "limit": limits.source if gathering.reason is Reason.LIMIT else limits.channel,
        "began_at": micros(gathering.began_at),
        "ended_at": micros(gathering.ended_at) if gathering.ended_at else None,
        "count": sum(share.count for share in shares),
        "critical": _names([share.name for share in shares if share.critical]),
        "called": _names([share.name for share in shares if share.apart and not share.critical]),
        "names": [[share.name[:LONGEST_NAME], share.count] for share in shares[:MOST_NAMES]],
        "different": len(shares),
    }


def _names(names: Sequence[str]) -> list[str]:
    return [name[:LONGEST_NAME] for name in dict.fromkeys(names)][:MOST_NAMES]


def _conversation(gathering: Gathering) -> Conversation:
    return ours(
        topic=Topic.OTHER,
        subject=gathering.scope,
        title=f"Events gathered: {gathering.name}",
    )


def _intent(
    gathering: Gathering, conversation_id: int, op: str, key: str, payload: dict[str, object]
) -> Intent:
    return Intent(
        key=key,
        ref=short(f"gathering:{gathering.id}"),
        op=op,
        channel=gathering.channel,
        conversation_id=conversation_id,
        priority=outbox.FIRST,
        payload=payload,
    )
