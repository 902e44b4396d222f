"""Who did what, kept in the transaction of its effect."""

from __future__ import annotations

from datetime import datetime

from sovereign.core.clock import micros
from sovereign.store.sqlite import Connection


def record(
    tx: Connection,
    at: datetime,
    *,
    actor_id: int,
    actor_name: str,
    action: str,
    subject: str,
    result: str,
    details: str = "",
) -> None:
    """`action` is a capability such as `alerts.acknowledge`; `result` is `done` or `refused`."""
    tx.execute(
        "INSERT INTO audit (at, actor_id, actor_name, action, subject, result, details)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (micros(at), actor_id, actor_name, action, subject, result, details),
    )
