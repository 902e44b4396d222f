"""What everybody hears of a freeze, programs too: once when it begins, and once when it is over."""

from __future__ import annotations

from datetime import datetime

from sovereign.core.clock import micros
from sovereign.domain.conversations import Conversation, Topic, ours
from sovereign.domain.freeze import Freeze
from sovereign.services import announce, own_events
from sovereign.store import conversations, freezes
from sovereign.store.sqlite import Connection


def begun(tx: Connection, freeze: Freeze, channel: str) -> None:
    """Post it. As long as its conversation is live nobody has been told of its end."""
    stored = conversations.add(tx, _key(freeze), channel, _conversation(freeze), freeze.since)
    announce.show(tx, stored, "freeze", {"facts": facts(freeze)}, freeze.since)
    _deliver(tx, freeze, "freeze.begun", freeze.since, freeze.by)


def ended(tx: Connection, freeze: Freeze, at: datetime) -> None:
    """Its time is over: tell it once, and only where it was told that it holds."""
    if stored := conversations.by_key(tx, _key(freeze)):
        _over(tx, freeze, stored.channel, at, None)


def lifted(tx: Connection, freeze: Freeze, channel: str, at: datetime, by: str) -> None:
    """`channel` is for one that was not told, as those of an earlier version."""
    stored = conversations.by_key(tx, _key(freeze))
    _over(tx, freeze, stored.channel if stored else channel, at, by)


def others(tx: Connection, freeze: Freeze, at: datetime) -> int:
    """How many more there are that hold in places of it."""
    return sum(one.meets(freeze) for one in freezes.standing(tx, at) if one.id != freeze.id)


def _over(tx: Connection, freeze: Freeze, channel: str, at: datetime, by: str | None) -> None:
    """Its message says so from now on, and a new one is seen. No `by`: its time is over."""
    over = facts(freeze) | {"over_at": micros(at), "lifted_by": by}
    if stored := conversations.by_key(tx, _key(freeze)):
        announce.show(tx, stored, "freeze", {"facts": over}, at)
        conversations.retire(tx, stored.id)
    said = conversations.add(tx, f"{_key(freeze)}:over", channel, _conversation(freeze), at)
    announce.show(tx, said, "thaw", {"facts": {**over, "others": others(tx, freeze, at)}}, at)
    conversations.retire(tx, said.id)
    _deliver(tx, freeze, "freeze.ended", at, by)


def _deliver(tx: Connection, freeze: Freeze, kind: str, at: datetime, by: str | None) -> None:
    """Let it go out to programs, as every event does."""
    body = {
        "kind": kind,
        "freeze": freeze.id,
        "scope": freeze.scope,
        "service": freeze.service,
        "environment": freeze.environment,
        "reason": freeze.reason,
        "until": freeze.until.isoformat() if freeze.until else None,
        "actor": by,
    }
    own_events.deliver(tx, f"freeze:{freeze.id}:{kind}", body, at)


def facts(freeze: Freeze) -> dict[str, object]:
    """What its message shows, as JSON: `render/freezes` reads it."""
    return {
        "id": freeze.id,
        "scope": freeze.scope,
        "environment": freeze.environment,
        "reason": freeze.reason,
        "by": freeze.by,
        "since": micros(freeze.since),
        "until": micros(freeze.until) if freeze.until else None,
    }


def _key(freeze: Freeze) -> str:
    return f"freeze:{freeze.id}"


def _conversation(freeze: Freeze) -> Conversation:
    title = f"Freeze of {freeze.scope}"
    return ours(
        topic=Topic.DEPLOYMENT,
        subject=freeze.scope,
        name=title,
        title=title,
        actor=freeze.by,
        service=freeze.service,
        environment=freeze.environment,
    )
