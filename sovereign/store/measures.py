"""How much there is: what waits, since when, and how many bytes all of it takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sovereign.store import outbox
from sovereign.store.sqlite import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """`unread` deliveries wait for the pipeline and `backlog` intents for Discord, the oldest since `oldest`;
    `size` is in bytes."""

    unread: int
    backlog: int
    oldest: datetime | None
    size: int


def measure(tx: Connection) -> Measures:
    """Cheap however much is kept: partial indexes hold what waits."""
    (unread,) = tx.execute("SELECT COUNT(*) FROM deliveries WHERE state = 'received'").fetchone()
    backlog, oldest = outbox.backlog(tx)
    (pages,) = tx.execute("PRAGMA page_count").fetchone()
    (page,) = tx.execute("PRAGMA page_size").fetchone()
    return Measures(unread=unread, backlog=backlog, oldest=oldest, size=pages * page)
