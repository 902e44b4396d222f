"""Events about a thing that has a thread: the head message follows its state, the thread tells its story."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sovereign.domain.conversations import Conversation, adopt, fold, opened_by
from sovereign.domain.events import Event
from sovereign.domain.routing import Decision
from sovereign.services import announce
from sovereign.store import conversations
from sovereign.store.sqlite import Connection


def take(tx: Connection, event_id: str, event: Event, at: datetime, decision: Decision) -> int | None:
    """Take in one event that names a conversation; the conversation's id, or None where it opens none.

    A kind that nobody asked for opens no conversation and adds no line, but the head still follows it.
    """
    stored = conversations.find(tx, event.conversation or "")
    if stored is None:
        return _open(tx, event, at, decision) if decision.channel else None
    facts = fold(stored.facts, event)
    conversations.name(tx, stored.id, event.aliases)
    if facts != stored.facts:
        conversations.save(tx, stored.id, facts, at)
        announce.head(tx, replace(stored, facts=facts), at)
    if decision.channel:
        announce.line(
            tx,
            replace(stored, facts=facts),
            event_id,
            event.title,
            event.occurred_at or at,
            actor=event.actor,
            url=event.url,
            quote=event.text if event.kind.endswith(("commented", "reviewed")) else "",
            mention=decision.mention,
        )
    return stored.id


def _open(tx: Connection, event: Event, at: datetime, decision: Decision) -> int:
    facts = _with_earlier_checks(tx, opened_by(event), event)
    stored = conversations.add(tx, event.conversation or "", decision.channel or "", facts, at)
    conversations.name(tx, stored.id, event.aliases)
    announce.head(tx, stored, at, mention=decision.mention)
    return stored.id


def _with_earlier_checks(tx: Connection, facts: Conversation, event: Event) -> Conversation:
    """Checks of the commit may have come before anybody said that it belongs to a pull request."""
    for alias in event.aliases:
        if earlier := conversations.by_key(tx, alias):
            facts = adopt(facts, earlier.facts)
    return facts
