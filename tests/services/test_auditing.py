"""Records in transactions and around effects outside, and what is left when nobody knows the outcome."""

from __future__ import annotations

import asyncio

import pytest

from sovereign.core import clock, trace
from sovereign.core.errors import InvalidTransition, NotAllowed, NotFound, StoreFull, Unavailable
from sovereign.core.trace import Origin, tracing
from sovereign.domain.audit import Entry, Place, Result
from sovereign.domain.permission import Actor
from sovereign.services.auditing import Auditing
from sovereign.services.permissions import Permissions
from sovereign.store import audit
from sovereign.store.audit import Sought
from sovereign.store.database import Database

ADA = Actor(id=1, name="ada", roles=())


def deed() -> Entry:
    return Entry(at=clock.now(), actor=ADA, action="services.scale", subject="shop in prod")


@pytest.fixture
def auditing(database: Database) -> Auditing:
    return Auditing(database, Permissions(()))


async def found(database: Database) -> list[tuple[int, str, int | None, str]]:
    """Oldest first: number, result, number of the intent, details."""
    records = await database.read(lambda tx: audit.search(tx, Sought(), 50))
    return [(one.seq, one.entry.result, one.entry.intent, one.entry.details) for one in reversed(records)]


async def test_the_intent_is_on_the_disk_before_the_effect_and_the_outcome_after_it(
    database: Database, auditing: Auditing
) -> None:
    async with auditing.effect(deed()) as effect:
        assert await found(database) == [(1, "intent", None, "")]
        effect.details = "3 → 5 replicas"
    assert await found(database) == [(1, "intent", None, ""), (2, "done", 1, "3 → 5 replicas")]
    assert await auditing.pending() == []


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (NotAllowed("needs a role"), "refused"),
        (Unavailable("the cluster is down"), "failed"),
        (ValueError("secret"), "failed"),
    ],
)
async def test_an_error_is_recorded_and_goes_on(
    database: Database, auditing: Auditing, error: Exception, result: str
) -> None:
    with pytest.raises(type(error)):
        async with auditing.effect(deed()):
            raise error
    words = "ValueError" if isinstance(error, ValueError) else str(error)
    assert (await found(database))[1] == (2, result, 1, words)


async def test_what_is_cut_off_stays_an_intent_and_can_be_settled_once(
    database: Database, auditing: Auditing
) -> None:
    with pytest.raises(asyncio.CancelledError):
        async with auditing.effect(deed()):
            raise asyncio.CancelledError
    assert [one.seq for one in await auditing.pending()] == [1]
    assert await auditing.settle(1, Result.DONE, "it runs with 5") == 2
    assert await auditing.pending() == []
    with pytest.raises(InvalidTransition, match="Record 2 says already"):
        await auditing.settle(1, Result.FAILED, "")
    with pytest.raises(NotFound):
        await auditing.settle(2, Result.FAILED, "")


async def test_an_effect_whose_intent_cannot_be_written_does_not_happen(
    database: Database, auditing: Auditing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise StoreFull("no room")

    monkeypatch.setattr(audit, "append_each", full)
    happened = False
    with pytest.raises(StoreFull):
        async with auditing.effect(deed()):
            happened = True
    assert not happened


async def test_an_effect_that_happened_is_not_undone_by_an_outcome_that_cannot_be_written(
    database: Database, auditing: Auditing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise StoreFull("no room")

    async with auditing.effect(deed()):
        monkeypatch.setattr(audit, "append_each", full)
    assert [one.seq for one in await auditing.pending()] == [1]


async def test_a_record_made_in_a_transaction_carries_the_trace_and_place_of_who_began_it(
    database: Database, auditing: Auditing
) -> None:
    async def work(name: str) -> None:
        with tracing(Origin(id=name, channel=5, guild=6)):
            await asyncio.sleep(0)
            await database.write(lambda tx: auditing.record(tx, deed()))

    await asyncio.gather(*(work(f"trace{number}") for number in range(20)))
    assert trace.current() == Origin()
    records = await database.read(lambda tx: audit.search(tx, Sought(), 50))
    assert {one.entry.trace for one in records} == {f"trace{number}" for number in range(20)}
    assert {one.entry.place for one in records} == {Place(channel=5, guild=6)}
