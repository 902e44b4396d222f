"""What deliveries become, in one transaction: events, conversations, incidents and rows of the outbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from sovereign.core import clock
from sovereign.core.errors import Unavailable
from sovereign.core.records import replace
from sovereign.core.trace import Origin, tracing
from sovereign.domain.alerts import is_alarm
from sovereign.domain.conversations import Topic, is_change, topic_of
from sovereign.domain.events import Event
from sovereign.domain.routing import Decision
from sovereign.services import alerting, announce, conversing
from sovereign.services.gathering import News
from sovereign.services.placing import Belongs
from sovereign.services.reading import Read, quarantined, reader_of
from sovereign.services.setup import Setup
from sovereign.store import conversations, deliveries, events
from sovereign.store.database import savepoint
from sovereign.store.deliveries import Delivery
from sovereign.store.events import NewEvent
from sovereign.store.sqlite import Connection


def ingest(tx: Connection, read: Sequence[Read], setup: Setup, enough: Callable[[], bool]) -> Sequence[Read]:
    """The deliveries' facts and announcements: of all together, or where one fails, of each by itself. Those
    that come after `enough` has said so are not taken in."""
    if len(read) > 1:
        try:
            with savepoint(tx):
                return _take_all(tx, read, setup, enough)
        except Unavailable:
            raise
        except Exception:  # whichever it was is found below
            if not tx.in_transaction:  # a full disk is no fault of a delivery
                raise
    return [_ingest_one(tx, one, setup) for one in read]


def _ingest_one(tx: Connection, read: Read, setup: Setup) -> Read:
    """One delivery's; one that fails half-way leaves only its quarantine."""
    try:
        with savepoint(tx):
            return _take_all(tx, [read], setup, _never)[0]
    except Unavailable:
        raise
    except Exception as mistake:  # quarantine: the queue goes on without it
        if not tx.in_transaction:
            raise
        failed = quarantined(read.delivery, read.delivery.source, mistake)
        with savepoint(tx):
            return _take_all(tx, [failed], setup, _never)[0]


def _never() -> bool:
    return False


def _take_all(
    tx: Connection, read: Sequence[Read], setup: Setup, enough: Callable[[], bool]
) -> Sequence[Read]:
    taken: list[Read] = []
    waiting: list[NewEvent] = []
    for one in read:
        if waiting and any(map(_looks_back, one.events)):
            events.add(tx, waiting)
            waiting.clear()
        with tracing(Origin(id=one.delivery.trace)):
            taken.append(_take(tx, one, setup, waiting))
        if enough():
            break
    events.add(tx, waiting)
    deliveries.mark(tx, [(one.delivery.id, one.state, one.problem) for one in taken])
    return taken


def _looks_back(event: Event) -> bool:
    """An incident says what was changed just before it, a pull request which checks run already."""
    return is_alarm(event) or is_change(event)


def _take(tx: Connection, read: Read, setup: Setup, waiting: list[NewEvent]) -> Read:
    """What was taken in: the events that are new, which wait to be kept, and where they went."""
    began, delivery = clock.monotonic(), read.delivery
    done = _done(tx, delivery)
    told = [
        News(
            event_id=event_id,
            event=event,
            decision=_decide(event, delivery, setup),
            at=delivery.received_at,
        )
        for event_id, event in _numbered(read, setup)
        if event_id not in done
    ]
    belongs = tell(tx, told, delivery.received_at, setup)
    channels = set()
    for one in told:
        place = belongs.get(one.event_id)
        channels.add(place.channel if place else one.decision.channel)
        waiting.append(
            NewEvent(
                id=one.event_id,
                delivery_id=delivery.id,
                event=one.event,
                occurred_at=one.event.occurred_at or delivery.received_at,
                route=one.decision.rule,
                conversation_id=place.conversation_id if place else None,
                joined=place.why if place else None,
            )
        )
    return replace(
        read,
        events=[one.event for one in told],
        channels=frozenset(filter(None, channels)),
        seconds=read.seconds + clock.monotonic() - began,
    )


def _decide(event: Event, delivery: Delivery, setup: Setup) -> Decision:
    endpoint = setup.endpoints.get(delivery.endpoint)
    at = delivery.replayed_at or delivery.received_at
    decision = setup.decide(event, reader_of(delivery, setup), endpoint, at)
    return replace(decision, replayed=True) if delivery.replayed_by else decision


def _numbered(read: Read, setup: Setup) -> Iterator[tuple[str, Event]]:
    """Each event's id: the same at every reading, but what tells of a failure leaves the places free."""
    for place, event in enumerate(read.events):
        yield f"{read.delivery.id}-{place if read.state == 'ingested' else read.state}", setup.placed(event)


def _done(tx: Connection, delivery: Delivery) -> frozenset[str]:
    """In a replay, the events that people have been told of: those are not told again."""
    if delivery.replayed_by is None:
        return frozenset()
    return frozenset(one.id for one in events.of_delivery(tx, delivery.id) if one.channel is not None)


def tell(tx: Connection, told: Sequence[News], at: datetime, setup: Setup) -> Mapping[str, Belongs]:
    """Put the events of a delivery that came at `at` where they belong; by their ids, those that do."""
    alarms = [one for one in told if is_alarm(one.event)]
    belongs = dict(alerting.hear(tx, alarms, at, setup.calling, setup.correlations))
    for one in told:
        if not is_alarm(one.event) and (belonging := _tell(tx, one)):
            belongs[one.event_id] = belonging
    return belongs


def _tell(tx: Connection, one: News) -> Belongs | None:
    """Put an event into its conversation, or into a message of its own; where it belongs, if anywhere."""
    stored = conversations.find(tx, one.event.conversation) if one.event.conversation else None
    if one.event.conversation and (stored or topic_of(one.event.kind) is not Topic.INCIDENT):
        return conversing.take(tx, one, stored)
    announce.notice(tx, one.event_id, one.event, one.at, one.decision)
    return None
