"""What people ask of a message: what it stands for, and why its events are in one conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sovereign.core.errors import NotFound
from sovereign.domain.incidents import Incident
from sovereign.domain.permission import Actor, Capability
from sovereign.services.permissions import Permissions
from sovereign.store import belonging, conversations, incidents
from sovereign.store.belonging import Belonging, Reason
from sovereign.store.conversations import Stored
from sovereign.store.database import Database
from sovereign.store.sqlite import Connection

MOST_EVENTS, MOST_REASONS = 1000, 10
"""Events that are listed, in a file where they are many; ways of belonging that are counted."""
NOT_OURS = "This message stands for no event. Ask at a message of Sovereign, or in the thread under one."


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The newest events, oldest first, of `total`; one that belongs to no conversation comes alone."""

    conversation: Stored | None
    incident: Incident | None
    events: Sequence[Belonging]
    reasons: Sequence[Reason]
    total: int


class Conversations:
    def __init__(self, database: Database, permissions: Permissions) -> None:
        self._database, self._permissions = database, permissions

    async def why(self, actor: Actor, message_id: int, channel_id: int | None) -> Why:
        """What a message, or the thread that it is in, stands for. Raises NotAllowed and NotFound."""
        self._permissions.require_somewhere(actor, Capability.ALERTS_VIEW)
        found = await self._database.read(lambda tx: _why(tx, message_id, channel_id))
        environment = _environment(found)
        if environment or found.incident:  # of an incident whose environment nobody knows: as `/alerts show`
            self._permissions.require(actor, Capability.ALERTS_VIEW, environment)
        return found


def _why(tx: Connection, message_id: int, channel_id: int | None) -> Why:
    stands = belonging.stands_for(tx, message_id, channel_id)
    if stands is None:
        raise NotFound(NOT_OURS)
    if stands.conversation_id is not None:
        return _of_conversation(tx, stands.conversation_id)
    event = belonging.of_event(tx, stands.event_id or "")
    events = [event] if event else []
    return Why(conversation=None, incident=None, events=events, reasons=(), total=len(events))


def _of_conversation(tx: Connection, conversation_id: int) -> Why:
    return Why(
        conversation=conversations.by_id(tx, conversation_id),
        incident=incidents.by_conversation(tx, conversation_id),
        events=belonging.of_conversation(tx, conversation_id, MOST_EVENTS),
        reasons=belonging.reasons(tx, conversation_id, MOST_REASONS),
        total=belonging.count(tx, conversation_id),
    )


def _environment(found: Why) -> str | None:
    if found.incident:
        return found.incident.environment
    if found.conversation:
        return found.conversation.facts.environment
    return found.events[0].environment if found.events else None
