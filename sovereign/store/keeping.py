"""Keeping many deliveries that come at the same time, in one statement where it can be."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from sovereign.store import repeats
from sovereign.store.deliveries import NewDelivery, add, values
from sovereign.store.sqlite import Connection, transaction

_KEEP_NEW = (
    "INSERT INTO deliveries"
    " (endpoint, source, idempotency, idempotency_group, verdict, headers_json, body, received_at, proof,"
    " once)"
    " WITH new (endpoint, source, idempotency, idempotency_group, verdict, headers_json, body, received_at,"
    " proof, once) AS (VALUES (?)) SELECT * FROM new WHERE NOT EXISTS (SELECT 1 FROM deliveries AS old"
    " WHERE old.endpoint = new.endpoint AND old.idempotency = new.idempotency)"
)


def keep(tx: Connection, news: Sequence[NewDelivery]) -> Sequence[bool]:
    """Keep each that repeats nothing; whether it was new, for each. One statement where it can be."""
    if len(news) < 2:
        return [add(tx, new) is not None for new in news]
    if any(new.window or new.group for new in news):
        with transaction(tx):
            return repeats.keep(tx, news)
    firsts: dict[tuple[str, str], NewDelivery] = {}
    for new in news:  # in the order in which they came: so they are worked off
        firsts.setdefault((new.endpoint, new.idempotency), new)
    rows = [values(new) for new in firsts.values()]
    fresh = tx.execute(_keep_new(len(rows)), [one for row in rows for one in row]).rowcount
    if fresh == len(news):
        return [True] * fresh
    newest = tx.execute("SELECT endpoint, idempotency FROM deliveries ORDER BY id DESC LIMIT ?", (fresh,))
    kept = {(row["endpoint"], row["idempotency"]) for row in newest}
    names = [(new.endpoint, new.idempotency) for new in news]
    return [name in kept and firsts[name] is new for name, new in zip(names, news, strict=True)]


def known(tx: Connection, endpoint: str, keys: Sequence[str]) -> frozenset[str]:
    """Those of the idempotency keys that the endpoint has had."""
    query = "SELECT 1 FROM deliveries WHERE endpoint = ? AND idempotency = ? LIMIT 1"
    return frozenset(key for key in keys if tx.execute(query, (endpoint, key)).fetchone())


@cache
def _keep_new(count: int) -> str:
    """Inserts so many deliveries, save those whose key the endpoint has had before."""
    return _KEEP_NEW.replace("(?)", ", ".join(["(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"] * count))
