"""Deliveries as their source read them, and what stands for one that could not be read."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass

from sovereign.core.errors import BadPayload
from sovereign.core.records import quick
from sovereign.domain.events import Event
from sovereign.integrations._source import Source, all_sources, source
from sovereign.services.setup import Setup
from sovereign.store.deliveries import Delivery

ANY = "generic"
"""The source that reads what nobody else does."""
TRACEBACK_KEPT = 8000
"""Characters of it that are kept with a delivery."""


@quick
@dataclass(frozen=True, kw_only=True)
class Read:
    """A delivery as its source read it: the events, or what came of trying. `channels` are those that the
    events went to, and `seconds` what the work took, once it is taken in."""

    delivery: Delivery
    events: Sequence[Event]
    state: str = "ingested"
    problem: str | None = None
    channels: frozenset[str] = frozenset()
    seconds: float = 0.0


def unreadable(delivery: Delivery, title: str, problem: BadPayload) -> Read:
    """The delivery is kept as it came, and people are told so: in one message for all of an endpoint's in a
    day, for a sender that is broken is broken in each of them."""
    told = Event(
        source=delivery.source,
        kind="delivery.unparsed",
        subject=f"delivery {delivery.id}",
        name=f"Unreadable at {delivery.endpoint}",
        title=f"{title} sent delivery {delivery.id}, which cannot be read: {problem}",
        text=delivery.body[:2000].decode(errors="replace"),
        conversation=f"unparsed:{delivery.endpoint}:{delivery.received_at:%Y-%m-%d}",
    )
    return Read(delivery=delivery, events=[told], state="unparsed", problem=str(problem))


def quarantined(delivery: Delivery, title: str, mistake: Exception) -> Read:
    """The delivery is kept with the traceback, and people are told."""
    told = Event(
        source=delivery.source,
        kind="delivery.quarantined",
        subject=f"delivery {delivery.id}",
        title=f"Delivery {delivery.id} of {title} could not be processed; it is kept",
    )
    problem = "".join(traceback.format_exception(mistake))[-TRACEBACK_KEPT:]
    return Read(delivery=delivery, events=[told], state="quarantined", problem=problem)


def reader_of(delivery: Delivery, setup: Setup) -> Source:
    """What reads it now; one whose source is no more is told as any JSON is."""
    endpoint = setup.endpoints.get(delivery.endpoint)
    return endpoint.source if endpoint else all_sources().get(delivery.source, source(ANY))
