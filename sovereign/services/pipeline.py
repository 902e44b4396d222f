"""From kept deliveries to events, conversations, incidents and outbox rows, in the order of arrival."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import structlog

from sovereign.core.errors import BadPayload, Unavailable
from sovereign.domain.conversations import Topic, topic_of
from sovereign.domain.events import Event, Status
from sovereign.domain.routing import Decision, Rules, decide
from sovereign.integrations._source import source
from sovereign.services import alerting, announce, conversing
from sovereign.services.alerting import Calling, Heard
from sovereign.services.endpoints import Endpoint
from sovereign.store import conversations, deliveries, events
from sovereign.store.database import Database, savepoint
from sovereign.store.deliveries import Delivery
from sovereign.store.sqlite import Connection

log = structlog.get_logger()

BATCH, BATCH_BYTES = 64, 4 * 2**20
"""Deliveries for one transaction, and the bytes of their bodies: enough to share its cost, few enough that
whatever else wants to write is not kept waiting."""
LARGE = 256 * 1024
"""A body of this many bytes or more is parsed on a thread, so that the loop goes on meanwhile."""
TRACEBACK_KEPT = 8000


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A delivery as its source read it: the events, or what came of trying."""

    delivery: Delivery
    events: Sequence[Event]
    state: str = "ingested"
    problem: str | None = None


class Pipeline:
    """`announced` is called after each transaction that may have put something into the outbox."""

    def __init__(
        self,
        database: Database,
        endpoints: Mapping[str, Endpoint],
        rules: Rules,
        calling: Calling,
        announced: Callable[[], None],
    ) -> None:
        self._database, self._endpoints = database, endpoints
        self._rules, self._calling, self._announced = rules, calling, announced
        self._woken, self._idle = asyncio.Event(), asyncio.Event()

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
            await self._woken.wait()

    async def idle(self) -> None:
        """Return when every delivery that was kept before the call has been worked off."""
        self._idle.clear()
        self.wake()
        await self._idle.wait()

    async def drain(self) -> None:
        """Work off every delivery that waits."""
        while batch := await self._database.read(lambda tx: deliveries.waiting(tx, BATCH, BATCH_BYTES)):
            read = [await self._read(delivery) for delivery in batch]
            await self._database.write(partial(self._ingest_all, read))
            self._announced()

    async def _read(self, delivery: Delivery) -> Read:
        if len(delivery.body) >= LARGE:
            return await asyncio.to_thread(self._parse, delivery)
        await asyncio.sleep(0)
        return self._parse(delivery)

    def _parse(self, delivery: Delivery) -> Read:
        endpoint = self._endpoints.get(delivery.endpoint)
        reader = endpoint.source if endpoint else source(delivery.source)
        try:
            found = reader.parse(delivery.headers, delivery.body)
        except BadPayload as problem:
            log.warning("delivery.unparsed", delivery=delivery.id, source=reader.slug, problem=str(problem))
            return Read(
                delivery=delivery,
                events=[_unreadable(delivery, reader.title, str(problem))],
                state="unparsed",
                problem=str(problem),
            )
        except Exception as mistake:  # quarantine: one source's must not stop the others
            return _quarantined(delivery, reader.title, mistake)
        return Read(delivery=delivery, events=found)

    def _ingest_all(self, read: Sequence[Read], tx: Connection) -> None:
        for one in read:
            self._ingest(tx, one)

    def _ingest(self, tx: Connection, read: Read) -> None:
        """One delivery's facts and announcements; one that fails half-way leaves only its quarantine."""
        try:
            with savepoint(tx):
                self._take(tx, read)
        except Unavailable:
            raise
        except Exception as mistake:  # quarantine: the queue goes on without it
            if not tx.in_transaction:  # a full disk is no fault of the delivery
                raise
            with savepoint(tx):
                self._take(tx, _quarantined(read.delivery, read.delivery.source, mistake))

    def _take(self, tx: Connection, read: Read) -> None:
        delivery = read.delivery
        told = [
            Heard(event_id=f"{delivery.id}-{place}", event=event, decision=self._decide(event, delivery))
            for place, event in enumerate(read.events)
        ]
        alarms = [one for one in told if _is_alarm(one.event)]
        belongs = dict(alerting.hear(tx, alarms, delivery.received_at, self._calling))
        for one in told:
            if not _is_alarm(one.event) and (conversation := _tell(tx, one, delivery)):
                belongs[one.event_id] = conversation
            events.add(
                tx,
                one.event_id,
                delivery.id,
                one.event,
                occurred_at=one.event.occurred_at or delivery.received_at,
                conversation_id=belongs.get(one.event_id),
                route=one.decision.rule,
            )
        deliveries.mark(tx, delivery.id, read.state, read.problem)

    def _decide(self, event: Event, delivery: Delivery) -> Decision:
        endpoint = self._endpoints.get(delivery.endpoint)
        reader = endpoint.source if endpoint else source(delivery.source)
        ours = event.kind.startswith("delivery.")
        declared = ours or reader.open_kinds or event.kind in reader.kinds
        unasked = not declared or event.kind in reader.quiet
        return decide(
            event,
            self._rules,
            endpoint_channel=endpoint.channel if endpoint else None,
            home=reader.home,
            unasked=unasked,
        )


def _is_alarm(event: Event) -> bool:
    """Whether the event fires or resolves an alert. One in an unknown state is told, and does neither."""
    known = event.status in (Status.FIRING, Status.RESOLVED)
    return topic_of(event.kind) is Topic.INCIDENT and event.fingerprint is not None and known


def _tell(tx: Connection, one: Heard, delivery: Delivery) -> int | None:
    """Put an event into its conversation, whose id is the answer, or into a message of its own."""
    at, decision = delivery.received_at, one.decision
    stored = conversations.find(tx, one.event.conversation) if one.event.conversation else None
    if one.event.conversation and (stored or topic_of(one.event.kind) is not Topic.INCIDENT):
        return conversing.take(tx, one.event_id, one.event, at, decision)
    if decision.channel:
        announce.notice(tx, one.event_id, one.event, decision.channel, at, decision.mention)
    return None


def _unreadable(delivery: Delivery, title: str, problem: str) -> Event:
    return Event(
        source=delivery.source,
        kind="delivery.unparsed",
        subject=f"delivery {delivery.id}",
        title=f"{title} sent delivery {delivery.id}, which cannot be read: {problem}",
        text=delivery.body[:2000].decode(errors="replace"),
    )


def _quarantined(delivery: Delivery, title: str, mistake: Exception) -> Read:
    """The delivery is kept with the traceback, and people are told."""
    log.error("delivery.quarantined", delivery=delivery.id, endpoint=delivery.endpoint, exc_info=mistake)
    told = Event(
        source=delivery.source,
        kind="delivery.quarantined",
        subject=f"delivery {delivery.id}",
        title=f"Delivery {delivery.id} of {title} could not be processed; it is kept",
    )
    problem = "".join(traceback.format_exception(mistake))[-TRACEBACK_KEPT:]
    return Read(delivery=delivery, events=[told], state="quarantined", problem=problem)
