"""The audit tells of refused deliveries, of many in one record, however they come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from sovereign.core.errors import BadSignature, UnknownEndpoint
from sovereign.domain.audit import Record, Result
from sovereign.services.refusals import ACTION, Refusals
from sovereign.store import audit
from sovereign.store.audit import Sought
from sovereign.store.database import Database
from tests.services.conftest import Works

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def time() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


async def told(database: Database) -> list[Record]:
    """What the audit says, oldest first."""
    found = await database.read(lambda tx: audit.search(tx, Sought(action=ACTION), 5000))
    return [*reversed(found)]


def counts(records: list[Record]) -> list[tuple[str, object, object]]:
    return [
        (one.entry.subject, one.entry.parameters["reason"], one.entry.parameters["count"]) for one in records
    ]


async def refuse(works: Works, path: str = "/git") -> None:
    with pytest.raises((BadSignature, UnknownEndpoint)):
        await works.gateway.accept(path, {"x-hub-signature-256": "sha256=00"}, b"{}", "")


async def test_a_minute_that_is_over_is_one_record_for_each_endpoint_and_reason(
    works: Works, time: time_machine.Traveller
) -> None:
    recording = Refusals(works.database)
    for _ in range(50):
        await refuse(works)
    for number in range(20):
        await refuse(works, f"/hooks/guess-{number}")
    await recording.record_due()
    assert await told(works.database) == []
    time.shift(MINUTE)
    await recording.record_due()
    await recording.record_due()
    records = await told(works.database)
    assert counts(records) == [("(unknown)", "unknown_endpoint", 20), ("github", "wrong_signature", 50)]
    first = records[0].entry
    assert (first.actor, first.result) == (None, Result.REFUSED)
    assert (first.parameters["from"], first.parameters["to"]) == (
        "2026-03-02T12:00:00+00:00", "2026-03-02T12:01:00+00:00",
    )  # fmt: skip


async def test_what_goes_on_is_one_record_an_hour_and_nothing_is_left_out(
    works: Works, time: time_machine.Traveller
) -> None:
    recording = Refusals(works.database)
    for _ in range(200):
        await refuse(works)
        time.shift(MINUTE)
        await recording.record_due()
    time.shift(HOUR)
    await Refusals(works.database).record_due()  # after a restart, too
    records = await told(works.database)
    assert [count for _, _, count in counts(records)] == [1, 60, 60, 60, 19]
    spans = [(one.entry.parameters["from"], one.entry.parameters["to"]) for one in records]
    assert [until for _, until in spans[:-1]] == [since for since, _ in spans[1:]]


async def test_another_reason_or_another_endpoint_does_not_wait(
    works: Works, time: time_machine.Traveller
) -> None:
    recording = Refusals(works.database)
    await refuse(works)
    time.shift(MINUTE)
    await recording.record_due()
    await refuse(works)
    await refuse(works, "/alert")
    time.shift(MINUTE)
    await recording.record_due()
    assert [subject for subject, _, _ in counts(await told(works.database))] == ["github", "alertmanager"]
