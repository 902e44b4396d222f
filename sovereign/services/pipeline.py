"""From kept deliveries to events, conversations, incidents and outbox rows, in the order of arrival."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial

import structlog

from sovereign.core import clock
from sovereign.core.errors import BadPayload, Unavailable
from sovereign.core.records import replace
from sovereign.core.trace import Origin, tracing
from sovereign.domain.alerts import is_alarm
from sovereign.domain.conversations import Topic, topic_of
from sovereign.domain.events import Event
from sovereign.domain.routing import Decision
from sovereign.integrations._source import Source, all_sources, source
from sovereign.services import accounting, alerting, announce, conversing
from sovereign.services.ahead import Ahead
from sovereign.services.gathering import News
from sovereign.services.placing import Belongs
from sovereign.services.reading import Read, quarantined, unreadable
from sovereign.services.setup import Setup
from sovereign.store import conversations, deliveries, events
from sovereign.store.database import Database, savepoint
from sovereign.store.deliveries import Delivery
from sovereign.store.events import NewEvent
from sovereign.store.sqlite import Connection

log = structlog.get_logger()

BATCH, BATCH_BYTES = 64, 4 * 2**20
"""Deliveries for one transaction, and the bytes of their bodies: enough to share its cost, few enough that
whatever else wants to write is not kept waiting."""
FEW = 8
"""Deliveries for one transaction while many senders wait for an answer."""
REST, LONGEST_REST = 9.0, 1.0
"""While they do, the pipeline rests nine times as long as it has worked, at most so many seconds: what is
accepted is worked off later, and a sender that is not answered in time may never send again."""
GLANCE = 0.25
"""Seconds of rest between two looks for what is critical."""
LOOK_AGAIN = 2.0
"""Seconds after which the pipeline looks even if nobody has woken it: another process may have asked for a
replay."""
ANY = "generic"
"""The source that reads what nobody else does."""
SLICE = 0.001
"""Seconds for which bodies are parsed before whatever else is ready has its turn."""
LARGE = 256 * 1024
"""A body of this many bytes or more is parsed on a thread, so that the loop goes on meanwhile."""


class Pipeline:
    """`announced` is called after each transaction that may have put something into the outbox."""

    def __init__(
        self,
        database: Database,
        setup: Setup,
        announced: Callable[[], None],
    ) -> None:
        self._database, self._setup, self._announced = database, setup, announced
        self._woken, self._idle = asyncio.Event(), asyncio.Event()
        self._ahead = Ahead(self._reader)

    def follow(self, setup: Setup) -> None:
        """Read and route by this configuration from the next delivery on."""
        self._setup = setup

    def wake(self) -> None:
        """There is a new delivery."""
        self._woken.set()

    async def run(self) -> None:
        """Work off what is there, at once and whenever woken, until cancelled."""
        while True:
            self._woken.clear()
            try:
                await self.drain()
            except Unavailable as down:
                log.warning("pipeline.waiting", problem=str(down))
                await asyncio.sleep(1)
                continue
            if not self._woken.is_set():
                self._idle.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN):
                    await self._woken.wait()

    async def idle(self) -> None:
        """Return when every delivery that was kept before the call has been worked off."""
        self._idle.clear()
        self.wake()
        await self._idle.wait()

    async def drain(self) -> None:
        """Work off every delivery that waits."""
        while True:
            began, crowded = clock.monotonic(), self._database.crowded
            batch = await self._database.read(partial(self._next, FEW if crowded else BATCH))
            if not batch:
                return
            await self._work_off(batch)
            if crowded:
                await self._rest(min(LONGEST_REST, REST * (clock.monotonic() - began)))

    async def _work_off(self, batch: Sequence[Delivery]) -> None:
        read = await self._read(batch)
        taken = await self._database.write(partial(self._ingest_all, read))
        self._announced()
        accounting.worked_off(taken)

    async def _rest(self, seconds: float) -> None:
        """Do nothing for so long, save for what is to go before its turn."""
        until = clock.monotonic() + seconds
        while (left := until - clock.monotonic()) > 0:
            await asyncio.sleep(min(GLANCE, left))
            if ahead := await self._database.read(lambda tx: self._ahead.of(tx, FEW)):
                await self._work_off(ahead)

    def _next(self, count: int, tx: Connection) -> Sequence[Delivery]:
        """What waits, oldest first; where more of it waits, what is to go before its turn."""
        oldest = deliveries.waiting(tx, count, BATCH_BYTES)
        return oldest if len(oldest) < count else self._ahead.of(tx, count) or oldest

    async def _read(self, batch: Sequence[Delivery]) -> Sequence[Read]:
        read, since = [], clock.monotonic()
        for delivery in batch:
            if len(delivery.body) >= LARGE:
                read.append(await asyncio.to_thread(self._timed, delivery))
                continue
            if clock.monotonic() - since > SLICE:
                await asyncio.sleep(0)
                since = clock.monotonic()
            read.append(self._timed(delivery))
        return read

    def _timed(self, delivery: Delivery) -> Read:
        began = clock.monotonic()
        read = self._parse(delivery)
        return replace(read, seconds=clock.monotonic() - began)

    def _parse(self, delivery: Delivery) -> Read:
        reader = self._reader(delivery)
        try:
            found = reader.parse(delivery.headers, delivery.body)
        except BadPayload as problem:
            return unreadable(delivery, reader.title, problem)
        except Exception as mistake:  # quarantine: one source's must not stop the others
            return quarantined(delivery, reader.title, mistake)
        return Read(delivery=delivery, events=found)

    def _ingest_all(self, read: Sequence[Read], tx: Connection) -> Sequence[Read]:
        """The deliveries' facts and announcements: of all together, or where one fails, of each by itself."""
        if len(read) > 1:
            try:
                with savepoint(tx):
                    return self._take_all(tx, read)
            except Unavailable:
                raise
            except Exception:  # whichever it was is found below
                if not tx.in_transaction:  # a full disk is no fault of a delivery
                    raise
        return [self._ingest(tx, one) for one in read]

    def _ingest(self, tx: Connection, read: Read) -> Read:
        """One delivery's; one that fails half-way leaves only its quarantine."""
        try:
            with savepoint(tx):
                return self._take_all(tx, [read])[0]
        except Unavailable:
            raise
        except Exception as mistake:  # quarantine: the queue goes on without it
            if not tx.in_transaction:
                raise
            with savepoint(tx):
                return self._take_all(tx, [quarantined(read.delivery, read.delivery.source, mistake)])[0]

    def _take_all(self, tx: Connection, read: Sequence[Read]) -> Sequence[Read]:
        taken: list[Read] = []
        waiting: list[NewEvent] = []
        for one in read:
            began = clock.monotonic()
            if waiting and any(map(is_alarm, one.events)):  # an incident says what was changed just before it
                events.add(tx, waiting)
                waiting.clear()
            with tracing(Origin(id=one.delivery.trace)):
                made = self._take(tx, one, waiting)
            taken.append(replace(made, seconds=one.seconds + clock.monotonic() - began))
        events.add(tx, waiting)
        deliveries.mark(tx, [(one.delivery.id, one.state, one.problem) for one in taken])
        return taken

    def _take(self, tx: Connection, read: Read, waiting: list[NewEvent]) -> Read:
        """What was taken in: the events that are new, which wait to be kept, and where they went."""
        delivery = read.delivery
        done = _done(tx, delivery)
        told = [
            News(
                event_id=event_id,
                event=event,
                decision=self._decide(event, delivery),
                at=delivery.received_at,
            )
            for event_id, event in _numbered(read)
            if event_id not in done
        ]
        belongs = tell(tx, told, delivery.received_at, self._setup)
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
        return replace(read, events=[one.event for one in told], channels=frozenset(filter(None, channels)))

    def _reader(self, delivery: Delivery) -> Source:
        """What reads it now; one whose source is no more is told as any JSON is."""
        endpoint = self._setup.endpoints.get(delivery.endpoint)
        return endpoint.source if endpoint else all_sources().get(delivery.source, source(ANY))

    def _decide(self, event: Event, delivery: Delivery) -> Decision:
        endpoint = self._setup.endpoints.get(delivery.endpoint)
        at = delivery.replayed_at or delivery.received_at
        decision = self._setup.decide(event, self._reader(delivery), endpoint, at)
        return replace(decision, replayed=True) if delivery.replayed_by else decision


def _numbered(read: Read) -> Iterator[tuple[str, Event]]:
    """Each event's id: the same at every reading, but what tells of a failure leaves the places free."""
    for place, event in enumerate(read.events):
        yield f"{read.delivery.id}-{place if read.state == 'ingested' else read.state}", event


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
