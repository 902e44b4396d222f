"""What counts as a repeat of a delivery, and what never may."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from sovereign.store import deliveries
from sovereign.store.database import Database, opened
from sovereign.store.deliveries import NewDelivery
from sovereign.store.sqlite import Connection

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WINDOW = timedelta(minutes=10)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Database]:
    async with opened(tmp_path / "s.db") as it:
        yield it


async def keep(
    store: Database,
    key: str,
    *,
    group: str | None = None,
    window: timedelta | None = None,
    minutes: float = 0,
    endpoint: str = "github",
) -> bool:
    new = NewDelivery(
        endpoint=endpoint,
        source="github",
        idempotency=key,
        group=group,
        window=window,
        verdict="verified",
        headers={"x-github-event": "push"},
        body=b"{}",
        received_at=NOON + timedelta(minutes=minutes),
    )
    return await store.write(lambda tx: deliveries.add(tx, new)) is not None


async def test_a_known_delivery_id_is_a_repeat_however_late_it_comes(store: Database) -> None:
    assert await keep(store, "id:1")
    assert not await keep(store, "id:1", minutes=100_000)


async def test_the_same_id_at_another_endpoint_is_another_delivery(store: Database) -> None:
    assert await keep(store, "id:1")
    assert await keep(store, "id:1", endpoint="other")


async def test_the_same_bytes_are_a_repeat_within_the_window_only(store: Database) -> None:
    assert await keep(store, "body:a", window=WINDOW)
    assert not await keep(store, "body:a", window=WINDOW, minutes=9)
    assert await keep(store, "body:a", window=WINDOW, minutes=11)


async def test_firing_resolved_firing_with_the_same_bytes_are_three(store: Database) -> None:
    said = [("fire", 0.0), ("fire", 0.5), ("resolve", 1.0), ("resolve", 1.5), ("fire", 2.0)]
    kept = [await keep(store, f"body:{word}", group="g", window=WINDOW, minutes=at) for word, at in said]
    assert kept == [True, False, True, False, True]


def count(at: datetime, tx: Connection) -> None:
    deliveries.count_refusal(tx, "github", "wrong_signature", at)


async def test_refusals_of_one_minute_share_a_row(store: Database) -> None:
    for second in (0, 10, 59, 60):
        at = NOON + timedelta(seconds=second)
        await store.write(partial(count, at))
    rows = await store.read(lambda tx: [row["count"] for row in tx.execute("SELECT count FROM refusals")])
    assert sorted(rows) == [1, 3]
