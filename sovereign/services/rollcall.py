"""The roll call: when more pages come at once than a channel takes, one message names all of them first.

Each page has its own message all the same, as soon as there is room for it. The call mentions once whom the
pages that wait were to call; one that joins later does so itself, for an edit calls nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sovereign.core import clock
from sovereign.core.clock import micros
from sovereign.core.ids import short
from sovereign.domain.conversations import Conversation, Topic, ours
from sovereign.store import conversations, outbox, rollcalls
from sovereign.store.outbox import Intent
from sovereign.store.sqlite import Connection

AT_ONCE, WINDOW = 3, timedelta(seconds=5)
"""New messages that a channel takes in how long, with one place left for the roll call itself."""
QUIET = timedelta(minutes=1)
"""After so long without another page the call is over, and the next burst gets its own."""
SHOWN_APART = timedelta(seconds=1.25)
"""Its message is edited no more often than that."""
MOST_NAMES = 50


def call(tx: Connection, channel: str, newest: str, *, begin: bool) -> None:
    """A page called `newest` has been put into the outbox: name it at once, if it may have to wait. `begin`
    says whether a call may begin, or only one that is under way go on."""
    now, key = clock.now(), f"rollcall:{channel}"
    live = rollcalls.live(tx, key)
    if live is not None and now - live.changed_at <= QUIET:
        _join(tx, live, newest, now)
        return
    given = rollcalls.given(tx, channel, now - WINDOW)
    if not begin or len(given) <= AT_ONCE:
        return
    if live is not None:
        conversations.retire(tx, live.conversation_id)
    names = _distinct([one.name for one in given if one.pages])
    stored = conversations.add(tx, key, channel, _facts(channel, names), now)
    post = _intent("post", f"head:{key}:{stored.id}", channel, stored.id, names, now)
    post = replace(post, mention=outbox.hand_over(tx, channel))
    conversations.set_head(tx, stored.id, outbox.add(tx, post, now))


def _join(tx: Connection, live: rollcalls.Live, newest: str, now: datetime) -> None:
    stored = conversations.by_id(tx, live.conversation_id)
    names = _distinct([*stored.facts.labels, newest])
    conversations.save(tx, stored.id, replace(stored.facts, labels=tuple(names)), now)
    if len(names) == len(stored.facts.labels):
        return
    edit = _intent("edit", f"edit:{stored.head_id}", stored.channel, stored.id, names, now)
    if stored.head_id is None or not outbox.replace(tx, stored.head_id, edit):
        outbox.collapse(tx, edit, now, live.changed_at + SHOWN_APART)


def _distinct(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(names))[:MOST_NAMES]


def _intent(
    op: str, key: str, channel: str, conversation_id: int, names: Sequence[str], now: datetime
) -> Intent:
    title = f"{len(names)} alerts call at once"
    return Intent(
        key=key,
        ref=short(f"rollcall:{conversation_id}"),
        op=op,
        channel=channel,
        conversation_id=conversation_id,
        priority=outbox.FIRST,
        payload={"v": 1, "view": "rollcall", "title": title, "names": list(names), "at": micros(now)},
    )


def _facts(channel: str, names: Sequence[str]) -> Conversation:
    """`labels` are the names so far."""
    return ours(
        topic=Topic.OTHER,
        subject=channel,
        title=f"Pages in #{channel}",
        labels=tuple(names),
    )
