"""Keeping many deliveries at once where a repeat is one for a while only, or within its group only.

Two statements for all of them: a statement gives the interpreter away and has to get it back from a busy
loop, and three for each delivery made a flood of alerts wait for seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from sovereign.core.clock import micros
from sovereign.store.deliveries import NewDelivery, values
from sovereign.store.sqlite import Connection

_FIND = (
    "WITH new (number, endpoint, idempotency, since, idempotency_group) AS (VALUES (?))"
    " SELECT (SELECT MAX(id) FROM deliveries AS old WHERE old.endpoint = new.endpoint"
    " AND old.idempotency = new.idempotency AND old.received_at >= new.since) AS known,"
    " (SELECT MAX(id) FROM deliveries AS old WHERE old.endpoint = new.endpoint"
    " AND old.idempotency_group = new.idempotency_group) AS newest"
    " FROM new ORDER BY number"
)
_INSERT = (
    "INSERT INTO deliveries"
    " (endpoint, source, idempotency, idempotency_group, verdict, headers_json, body, received_at, proof,"
    " once) VALUES (?)"
)


def keep(tx: Connection, news: Sequence[NewDelivery]) -> Sequence[bool]:
    """What `deliveries.add` does to one after the other: whether each was new."""
    asked = [(place, new.endpoint, new.idempotency, _since(new), new.group) for place, new in enumerate(news)]
    found = tx.execute(_find(len(news)), [one for row in asked for one in row]).fetchall()
    names: dict[tuple[str, str], int] = {}  # where those that are kept now stand: they have no id yet
    groups: dict[tuple[str, str | None], int] = {}
    fresh = []
    for place, (new, row) in enumerate(zip(news, found, strict=True)):
        name, group = (new.endpoint, new.idempotency), (new.endpoint, new.group)
        known, newest = names.get(name, row["known"]), groups.get(group, row["newest"])
        if known is not None and (new.group is None or known == newest):
            continue
        fresh.append(place)
        names[name] = groups[group] = -1 - place
    if fresh:
        rows = [values(news[place]) for place in fresh]
        tx.execute(_insert(len(rows)), [one for row in rows for one in row])
    return [place in set(fresh) for place in range(len(news))]


def _since(new: NewDelivery) -> int:
    return micros(new.received_at - new.window) if new.window else 0


@cache
def _find(count: int) -> str:
    return _FIND.replace("(?)", ", ".join(["(?, ?, ?, ?, ?)"] * count))


@cache
def _insert(count: int) -> str:
    return _INSERT.replace("(?)", ", ".join(["(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"] * count))
