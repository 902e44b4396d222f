"""Events of our own: they go the way of every delivery, so that streams and incidents know them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from sovereign.store import deliveries
from sovereign.store.deliveries import NewDelivery
from sovereign.store.sqlite import Connection

SOURCE = "sovereign"


def deliver(tx: Connection, key: str, facts: Mapping[str, object], at: datetime) -> None:
    """Have it taken in as the source `sovereign` reads it; the same `key` again changes nothing."""
    delivery = NewDelivery(
        endpoint=SOURCE,
        source=SOURCE,
        idempotency=key,
        group=None,
        window=None,
        verdict="verified",
        headers={},
        body=json.dumps({**facts, "at": at.isoformat()}).encode(),
        received_at=at,
        proof="Sovereign itself",
    )
    deliveries.add(tx, delivery)
