"""Alerts that fire as far as we know, with the delivery that said so last."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sovereign.core.clock import micros
from sovereign.store.deliveries import NewDelivery
from sovereign.store.keeping import keep
from sovereign.store.sqlite import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """`seen_at` is when it was last heard of, in microseconds."""

    fingerprint: str
    seen_at: int
    delivery_id: int


def firing(tx: Connection, endpoint: str, before: datetime) -> Sequence[Firing]:
    """What fires and was last heard of before that moment, at this endpoint."""
    rows = tx.execute(
        "SELECT a.fingerprint, a.seen_at, e.event_json, e.delivery_id FROM alerts AS a"
        " JOIN events AS e ON e.conversation_id = a.conversation_id"
        " JOIN deliveries AS d ON d.id = e.delivery_id"
        " WHERE a.status = 'firing' AND a.seen_at < ? AND d.endpoint = ? ORDER BY e.delivery_id",
        (micros(before), endpoint),
    )
    last: Mapping[str, tuple[int, int]] = {
        row["fingerprint"]: (row["seen_at"], row["delivery_id"])
        for row in rows
        if json.loads(row["event_json"]).get("fingerprint") == row["fingerprint"]
    }
    return [
        Firing(fingerprint=name, seen_at=seen_at, delivery_id=delivery_id)
        for name, (seen_at, delivery_id) in last.items()
    ]


def resolve(tx: Connection, found: Firing, delivery: NewDelivery) -> bool:
    """Keep the delivery that resolves the alert, unless something was heard of it or waits to be read."""
    unread = "SELECT 1 FROM deliveries WHERE state = 'received' AND endpoint = ? LIMIT 1"
    if tx.execute(unread, (delivery.endpoint,)).fetchone():
        return False
    still = "SELECT 1 FROM alerts WHERE fingerprint = ? AND status = 'firing' AND seen_at = ?"
    if not tx.execute(still, (found.fingerprint, found.seen_at)).fetchone():
        return False
    return keep(tx, [delivery])[0]


def body(tx: Connection, delivery_id: int) -> bytes:
    row = tx.execute("SELECT body FROM deliveries WHERE id = ?", (delivery_id,)).fetchone()
    return bytes(row["body"]) if row else b""
