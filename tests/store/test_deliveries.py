"""What counts as a repeat of a delivery, and what never may."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovereign.store import deliveries, keeping, refusals
from sovereign.store.database import Database, opened
from sovereign.store.deliveries import NewDelivery
from sovereign.store.sqlite import Connection, IntegrityError, Row
from tests.store.prepared import in_memory, prepared

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WINDOW = timedelta(minutes=10)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Database]:
    async with opened(prepared(tmp_path / "s.db")) as it:
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
    refusals.count(tx, "github", "wrong_signature", at)


async def test_refusals_of_one_minute_share_a_row(store: Database) -> None:
    for second in (0, 10, 59, 60):
        at = NOON + timedelta(seconds=second)
        await store.write(partial(count, at))
    rows = await store.read(lambda tx: [row["count"] for row in tx.execute("SELECT count FROM refusals")])
    assert sorted(rows) == [1, 3]


def numbered(key: str, body: bytes = b"{}") -> NewDelivery:
    return NewDelivery(
        endpoint="github",
        source="github",
        idempotency=key,
        group=None,
        window=None,
        verdict="verified",
        headers={},
        body=body,
        received_at=NOON,
    )


said = st.tuples(st.integers(0, 4), st.sampled_from([None, 1, 2]), st.booleans())
"""Bytes, the group that they belong to, and whether a repeat of them is one for a while only."""


@given(st.lists(st.lists(st.integers(0, 12), max_size=8), max_size=6))
def test_keeping_many_at_once_gives_the_answers_of_keeping_them_one_by_one(batches: list[list[int]]) -> None:
    together, singly = memory(), memory()
    for batch in batches:
        news = [numbered(f"id:{number}") for number in batch]
        expected = [deliveries.add(singly, new) is not None for new in news]
        assert list(keeping.keep(together, news)) == expected
    kept = "SELECT idempotency FROM deliveries ORDER BY idempotency"
    assert together.execute(kept).fetchall() == singly.execute(kept).fetchall()
    together.close()
    singly.close()


@given(st.lists(st.tuples(st.integers(0, 15), st.lists(said, max_size=8)), max_size=6))
def test_keeping_many_of_groups_at_once_gives_the_answers_of_keeping_them_one_by_one(
    batches: list[tuple[int, list[tuple[int, int | None, bool]]]],
) -> None:
    together, singly, at = memory(), memory(), NOON
    for minutes, batch in batches:
        at += timedelta(minutes=minutes)
        news = [
            replace(
                numbered(f"body:{word}"),
                group=None if group is None else f"g{group}",
                window=WINDOW if windowed else None,
                received_at=at,
            )
            for word, group, windowed in batch
        ]
        expected = [deliveries.add(singly, new) is not None for new in news]
        assert list(keeping.keep(together, news)) == expected
    kept = "SELECT idempotency, idempotency_group FROM deliveries ORDER BY id"
    assert [tuple(row) for row in together.execute(kept)] == [tuple(row) for row in singly.execute(kept)]
    together.close()
    singly.close()


def memory() -> Connection:
    connection = in_memory()
    connection.row_factory = Row
    return connection


async def test_of_many_that_come_at_once_each_gets_its_own_answer_and_order_is_kept(store: Database) -> None:
    keys = ["a", "b", "a", "c", "b", *(f"n{number}" for number in range(600))]
    answers = await asyncio.gather(*(store.keep(keeping.keep, numbered(key, key.encode())) for key in keys))
    assert [key for key, fresh in zip(keys, answers, strict=True) if not fresh] == ["a", "b"]
    waiting = await store.read(lambda tx: deliveries.waiting(tx, 1000, 10**6))
    assert [delivery.body.decode() for delivery in waiting[-600:]] == keys[5:]


@pytest.mark.parametrize("window", [None, WINDOW])
def test_of_many_that_are_kept_at_once_none_stays_when_one_cannot(window: timedelta | None) -> None:
    connection = memory()
    news = [
        replace(numbered(f"id:{n}"), verdict="nonsense" if n else "verified", window=window) for n in (0, 1)
    ]
    with pytest.raises(IntegrityError):
        keeping.keep(connection, news)
    assert not connection.in_transaction
    assert connection.execute("SELECT COUNT(*) FROM deliveries").fetchone()[0] == 0
    connection.close()


@pytest.mark.parametrize("window", [None, WINDOW])
async def test_one_that_cannot_be_kept_fails_alone_among_many(
    store: Database, window: timedelta | None
) -> None:
    news = [
        replace(numbered(f"id:{n}"), verdict="verified" if n != 3 else "nonsense", window=window)
        for n in range(6)
    ]
    answers = await asyncio.gather(*(store.keep(keeping.keep, new) for new in news), return_exceptions=True)
    assert [answer is True for answer in answers] == [True, True, True, False, True, True]
    assert isinstance(answers[3], IntegrityError)
