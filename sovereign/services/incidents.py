"""What people do with incidents: list them, look at one, acknowledge it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sovereign.core import clock
from sovereign.core.errors import InvalidTransition, NotAllowed, NotFound
from sovereign.domain.audit import Entry, Result
from sovereign.domain.events import Severity
from sovereign.domain.incidents import Incident, State, Tally
from sovereign.domain.limits import Hold
from sovereign.domain.permission import Actor, Capability
from sovereign.services import announce, auditing
from sovereign.services.permissions import Permissions
from sovereign.services.seeking import LARGEST, fits, number_in
from sovereign.store import alerts, belonging, conversations, gatherings, incidents
from sovereign.store.alerts import Names
from sovereign.store.belonging import Reason
from sovereign.store.conversations import Stored
from sovereign.store.database import Database
from sovereign.store.incidents import Moment
from sovereign.store.sqlite import Connection

A_PAGE = 10
"""Incidents on a page of the list."""
LISTED, SHOWN, MOST_REASONS = 50, 15, 4
"""Incidents in a list of suggestions; entries of a timeline; ways in which alerts came to belong there."""
LOOKED_THROUGH = 1000
"""Open incidents that are looked through, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An open incident, and whether it has a message of its own; if not, `hold` says what keeps it from one,
    where anything is known of that."""

    incident: Incident
    has_message: bool
    hold: Hold | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A page of the open incidents. `kinds` are the states and severities of all of them, `total` is how many
    the member sees, `hidden` counts others in environments that the member's roles do not cover."""

    rows: Sequence[Row]
    page: int
    pages: int
    total: int
    hidden: int
    kinds: frozenset[tuple[State, Severity]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """One incident, the names of its alerts, the end of its timeline, where its message stands, and what
    joined its alerts."""

    incident: Incident
    tally: Tally
    kinds: Names
    timeline: Sequence[Moment]
    conversation: Stored
    reasons: Sequence[Reason]


class Incidents:
    """`announced` is called after each transaction that put something into the outbox."""

    def __init__(self, database: Database, permissions: Permissions, announced: Callable[[], None]) -> None:
        self._database, self._permissions, self._announced = database, permissions, announced

    async def unresolved(self, actor: Actor, page: int = 0) -> Open:
        """A page of those that the actor may see, worst first, and how many others there are. A page after
        the last is the last."""
        self._permissions.require_somewhere(actor, Capability.ALERTS_VIEW)
        found = await self._database.read(lambda tx: incidents.unresolved(tx, LOOKED_THROUGH))
        seen = [one for one in found if self._may_see(actor, one)]
        pages = max(1, -(-len(seen) // A_PAGE))
        page = min(page, pages - 1)
        shown = seen[page * A_PAGE : (page + 1) * A_PAGE]
        return Open(
            rows=await self._database.read(lambda tx: [_row(tx, one) for one in shown]),
            page=page,
            pages=pages,
            total=len(seen),
            hidden=len(found) - len(seen),
            kinds=frozenset((one.state, one.severity) for one in seen),
        )

    async def show(self, actor: Actor, incident_id: int) -> Details:
        self._permissions.require_somewhere(actor, Capability.ALERTS_VIEW)
        found = await self._database.read(lambda tx: _details(tx, incident_id))
        self._permissions.require(actor, Capability.ALERTS_VIEW, found.incident.environment)
        return found

    async def suggestions(self, actor: Actor, typed: str) -> Sequence[Incident]:
        """Incidents whose number or title holds what was typed, newest first; none for who may not look."""
        found = await self._database.read(lambda tx: incidents.newest(tx, LISTED))
        exact = await self._database.read(lambda tx: incidents.by_id(tx, number_in(typed)))
        seen = [one for one in ([exact] if exact else []) + [*found] if self._may_see(actor, one)]
        fitting = [one for one in seen if fits(typed, one.id, one.title)]
        return list({one.id: one for one in fitting}.values())[:25]

    def _may_see(self, actor: Actor, incident: Incident) -> bool:
        return self._permissions.allows(actor, Capability.ALERTS_VIEW, incident.environment)

    async def acknowledge(self, actor: Actor, incident_id: int, message_id: int | None = None) -> Details:
        """Somebody takes the incident. Raises NotAllowed, NotFound or InvalidTransition; all is audited.

        `message_id` is the message whose button was pressed: numbers may come again after a restore.
        """
        at = clock.now()
        found = await self._database.read(lambda tx: _details(tx, incident_id))
        incident, head = found.incident, found.conversation.message_id
        if message_id is not None and head is not None and message_id != head:
            raise InvalidTransition(
                "This message is from before a restore, or another one has taken its place."
                " `/alerts list` shows the open incidents."
            )
        try:
            self._permissions.require(actor, Capability.ALERTS_ACKNOWLEDGE, incident.environment)
        except NotAllowed as refusal:
            text = refusal.public
            await self._database.write(lambda tx: _audit(tx, at, actor, incident_id, Result.REFUSED, text))
            raise
        details = await self._database.write(lambda tx: _acknowledge(tx, actor, incident_id, at))
        self._announced()
        return details


def _acknowledge(tx: Connection, actor: Actor, incident_id: int, at: datetime) -> Details:
    found = _details(tx, incident_id)
    incident = incidents.save(tx, found.incident.acknowledge(actor.id, actor.name, at))
    text = f"Acknowledged by {actor.name}"
    incidents.add_moment(
        tx, incident.id, Moment(at=at, kind="acknowledged", actor=actor.name, text="Acknowledged")
    )
    _audit(tx, at, actor, incident_id, Result.DONE, "")
    announce.head(tx, found.conversation, at, incident=(incident, found.tally))
    announce.line(tx, found.conversation, f"ack:{incident.id}:{clock.micros(at)}", text, at)
    return _details(tx, incident_id)


def _row(tx: Connection, incident: Incident) -> Row:
    has_message = conversations.has_head(tx, incident.conversation_id)
    hold = None if has_message else gatherings.keeping(tx, incident.conversation_id)
    return Row(incident=incident, has_message=has_message, hold=hold)


def _details(tx: Connection, incident_id: int) -> Details:
    incident = incidents.by_id(tx, incident_id) if 0 < incident_id <= LARGEST else None
    if incident is None:
        raise NotFound(f"There is no incident {incident_id}. `/alerts list` shows the open ones.")
    tally = alerts.tally(tx, incident.conversation_id)
    return Details(
        incident=incident,
        tally=tally,
        kinds=alerts.kinds(tx, incident.conversation_id, tally, announce.KINDS),
        timeline=incidents.timeline(tx, incident.id, SHOWN),
        conversation=conversations.by_id(tx, incident.conversation_id),
        reasons=belonging.reasons(tx, incident.conversation_id, MOST_REASONS),
    )


def _audit(tx: Connection, at: datetime, actor: Actor, incident_id: int, result: Result, words: str) -> None:
    auditing.record(
        tx,
        Entry(
            at=at,
            actor=actor,
            action=Capability.ALERTS_ACKNOWLEDGE,
            subject=f"incident {incident_id}",
            result=result,
            details=words,
        ),
    )
