"""What goes before its turn: of all that waits, the first critical alert of each name.

While more waits than one transaction takes, what has come is looked through once, and a delivery that tells
of a critical alert whose name nobody has heard for a while is worked off next. What waits before it in its
group goes with it, so nothing overtakes in its conversation. It is the first of its name, so nothing
overtakes about the same alert.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from sovereign.core import clock
from sovereign.core.errors import BadPayload
from sovereign.domain.events import Severity, Status
from sovereign.integrations._source import Source
from sovereign.store import deliveries
from sovereign.store.deliveries import Delivery, Grouped
from sovereign.store.sqlite import Connection

LOOKED_THROUGH = 1000
"""Deliveries of a backlog at a time: a few milliseconds."""
LARGEST = 64 * 1024
"""Bytes of a body; a larger one has its turn."""
HEARD = timedelta(minutes=1)
"""For so long a name counts as heard after it went ahead."""
MOST_HEARD = 1000
"""Names that are remembered; with more, the oldest is forgotten and may go ahead again."""


class Ahead:
    """`reader` says what reads a delivery. In memory: a restart looks through the backlog anew."""

    def __init__(self, reader: Callable[[Delivery], Source]) -> None:
        self._reader = reader
        self._looked = 0
        self._heard: dict[tuple[str, str], float] = {}

    def of(self, tx: Connection, limit: int) -> Sequence[Delivery]:
        """The deliveries that are to be worked off next, in their order; none where nothing is new. What
        finds no room among `limit` has its turn later."""
        found: dict[int, Delivery] = {}
        grouped = deliveries.after(tx, self._looked, LARGEST, LOOKED_THROUGH)
        for one in grouped:
            self._looked = one.delivery.id
            if not self._is_news(one):
                continue
            for each in deliveries.in_group(tx, one, limit):
                found[each.id] = each
            if len(found) >= limit:
                break
        else:
            if len(grouped) < LOOKED_THROUGH:  # nor is there anything in what belongs to no group
                self._looked = max(self._looked, deliveries.newest(tx))
        return [found[number] for number in sorted(found)]

    def _is_news(self, one: Grouped) -> bool:
        now = clock.monotonic()
        fresh = [name for name in self._critical(one.delivery) if self._heard.get(name, 0.0) <= now]
        for name in fresh:
            self._heard.pop(name, None)
            self._heard[name] = now + HEARD.total_seconds()
            if len(self._heard) > MOST_HEARD:
                del self._heard[next(iter(self._heard))]
        return bool(fresh)

    def _critical(self, delivery: Delivery) -> Iterator[tuple[str, str]]:
        """The names of the critical alerts that fire in it. Whatever is wrong with it shows at its turn."""
        reader = self._reader(delivery)
        if not reader.urgent(delivery.body):
            return
        try:
            events = reader.parse(delivery.headers, delivery.body)
        except BadPayload:
            return
        for event in events:
            if event.severity is Severity.CRITICAL and event.status is Status.FIRING:
                yield reader.slug, event.subject
