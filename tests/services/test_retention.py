"""What retention lets go, what it never does, and that nobody notices while it works."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from sovereign.core import clock
from sovereign.core.clock import micros
from sovereign.domain.retention import Retention as Rule
from sovereign.services import retention as module
from sovereign.services.retention import Retention
from sovereign.store import deliveries, facts, keeping, pruning, refusals
from sovereign.store.database import Database
from sovereign.store.deliveries import NewDelivery
from sovereign.store.sqlite import Connection
from tests.services.conftest import Works, works_over
from tests.services.test_conversing import check, github, pull_request

AGES = "event_gateway: {retention: {age: 30d, sources: {github: {age: 90d}}}}"


async def age(works: Works, days: float, where: str = "1 = 1") -> None:
    """As if those deliveries had come so many days ago."""
    at = micros(clock.now() - timedelta(days=days))
    statement = f"UPDATE deliveries SET received_at = ? WHERE {where}"
    await works.database.write(lambda tx: tx.execute(statement, (at,)))


async def prune(works: Works) -> int:
    return await Retention(works.database, works.setup).prune()


async def ids(works: Works) -> list[int]:
    return [row["id"] for row in await works.rows("SELECT id FROM deliveries ORDER BY id")]


async def event(works: Works, title: str) -> None:
    await works.post("generic", {"title": title, "service": "shop"})


async def test_old_deliveries_go_with_their_events_and_what_was_said_and_newer_ones_stay(
    works: Works,
) -> None:
    for title in ("one", "two", "three"):
        await event(works, title)
    await works.deliver()
    await works.database.write(
        lambda tx: tx.execute("INSERT INTO outbox_parts SELECT id, 0, 1, 1000 + id FROM outbox")
    )
    await age(works, 91, "id = 1")
    await age(works, 89, "id = 2")
    assert await prune(works) == 1
    assert await ids(works) == [2, 3]
    assert [row["id"] for row in await works.rows("SELECT id FROM events")] == ["2-0", "3-0"]
    assert [row["key"] for row in await works.outbox()] == ["notice:2-0", "notice:3-0"]
    assert len(await works.rows("SELECT * FROM outbox_parts")) == 2
    told = await works.rows("SELECT event_id FROM tellings ORDER BY event_id")
    assert [row["event_id"] for row in told] == ["2-0", "3-0"]
    assert await works.rows("PRAGMA foreign_key_check") == []


async def test_a_source_may_have_an_age_of_its_own(database: Database) -> None:
    works = works_over(database, AGES)
    await github(works, "pull_request", pull_request())
    await event(works, "old")
    await event(works, "new")
    await works.deliver()
    await age(works, 60, "id < 3")
    assert await prune(works) == 1
    assert await ids(works) == [1, 3]


async def test_a_pull_request_goes_on_after_its_first_delivery_is_gone(works: Works) -> None:
    await github(works, "pull_request", pull_request())
    await works.deliver()
    await event(works, "another")
    await age(works, 100, "id = 1")
    assert await prune(works) == 1
    await github(works, "check_run", check("build", "failure"))
    (conversation,) = await works.rows("SELECT id, message_id FROM conversations WHERE topic = 'change'")
    (line,) = await works.outbox("line")
    assert line["conversation_id"] == conversation["id"]
    (edit,) = await works.outbox("edit")
    assert edit["payload"]["conversation"]["title"].endswith("Add retries")
    assert conversation["message_id"] is not None


@pytest.mark.parametrize(
    ("state", "days", "gone"),
    [
        ("received", 1000, 0),
        ("quarantined", 360, 0),
        ("quarantined", 370, 1),
    ],
)
async def test_what_nobody_has_worked_off_stays_however_old_and_what_nobody_could_for_a_year(
    works: Works, state: str, days: int, gone: int
) -> None:
    await event(works, "one")
    await event(works, "two")
    await works.deliver()
    await works.database.write(
        lambda tx: tx.execute("UPDATE deliveries SET state = ? WHERE id = 1", (state,))
    )
    await age(works, days, "id = 1")
    assert await prune(works) == gone


async def test_what_an_open_incident_shows_stays_until_it_ends(works: Works) -> None:
    await works.sample("alertmanager", "firing")
    await works.deliver()
    await event(works, "another")
    await age(works, 100, "id = 1")
    assert await prune(works) == 0
    await works.database.write(lambda tx: tx.execute("UPDATE incidents SET state = 'resolved'"))
    assert await prune(works) == 1
    assert len(await works.rows("SELECT * FROM incidents")) == 1
    assert await works.rows("SELECT * FROM timeline") != []


async def test_what_waits_to_be_told_stays_until_it_is(works: Works) -> None:
    await event(works, "one")
    await event(works, "two")
    await age(works, 100, "id = 1")
    assert await prune(works) == 0
    await works.deliver()
    assert await prune(works) == 1


async def test_what_waits_to_be_passed_on_stays_and_a_dead_letter_goes_with_its_event(works: Works) -> None:
    await event(works, "one")
    await event(works, "two")
    await works.deliver()
    await age(works, 100, "id = 1")
    letter = "INSERT INTO forwards (target, event_id, sequence, created_at) VALUES ('audit', '1-0', 1, 0)"
    await works.database.write(lambda tx: tx.execute(letter))
    assert await prune(works) == 0
    await works.database.write(lambda tx: tx.execute("UPDATE forwards SET state = 'dead'"))
    assert await prune(works) == 1
    assert await works.rows("SELECT * FROM forwards") == []


async def test_the_newest_stays_so_that_no_number_comes_twice(works: Works) -> None:
    await event(works, "one")
    await event(works, "two")
    await works.deliver()
    await age(works, 1000)
    assert await prune(works) == 1
    await event(works, "three")
    assert await ids(works) == [2, 3]


async def test_a_replay_that_is_asked_for_meanwhile_keeps_its_delivery(works: Works) -> None:
    await event(works, "one")
    await event(works, "two")
    await works.deliver()
    await works.database.write(lambda tx: deliveries.replay(tx, 1, "ada", clock.now()))
    gone = await works.database.write(lambda tx: pruning.prune(tx, [1], 1.0))
    assert gone == (1, 0)


async def test_past_the_size_the_oldest_go_first_and_none_of_the_last_days(works: Works) -> None:
    await works.database.write(partial(fill, count=60, days=10))
    await works.database.write(partial(fill, count=20, days=1))
    used = (await works.rows("SELECT SUM(LENGTH(body)) AS bytes FROM deliveries"))[0]["bytes"]
    retention = Retention(works.database, replace(works.setup, retention=Rule(size=used)))
    gone = await retention.prune()
    look = partial(pruning.first, before=clock.now() - timedelta(days=5), after=49, limit=1)
    assert 0 < gone < 49
    assert min(await ids(works)) > 1
    await works.database.write(
        lambda tx: tx.execute("UPDATE deliveries SET state = 'quarantined' WHERE id = 50")
    )
    assert (await works.database.read(look))[0].id != 50
    retention.follow(replace(works.setup, retention=Rule(size=1)))
    assert gone + await retention.prune() == 60, "also what nobody could read, when nothing else may go"
    assert len(await ids(works)) == 20


async def test_refusals_are_forgotten_too_and_it_is_written_down_when_that_was(works: Works) -> None:
    long_ago = clock.now() - timedelta(days=100)
    await works.database.write(lambda tx: refusals.count(tx, "github", "wrong_signature", long_ago))
    await works.database.write(lambda tx: refusals.count(tx, "github", "too_large", clock.now()))
    await prune(works)
    assert [row["reason"] for row in await works.rows("SELECT reason FROM refusals")] == ["too_large"]
    last = await works.database.read(lambda tx: facts.get(tx, module.FACT))
    assert json.loads(last or "{}")["by_age"] == 0


async def test_senders_are_answered_in_time_while_thousands_of_deliveries_go(works: Works) -> None:
    await works.database.write(partial(fill, count=5_000, days=100, size=500))
    task = asyncio.ensure_future(prune(works))
    took: list[float] = []
    while not task.done():
        began = clock.monotonic()
        await works.database.keep(keeping.keep, delivery(10_000 + len(took), 0, 2_000))
        took.append(clock.monotonic() - began)
        await asyncio.sleep(0.002)
    assert await task == 5_000
    took.sort()
    assert len(took) > 50
    assert took[len(took) * 99 // 100] < 0.25, f"p99 {took[len(took) * 99 // 100] * 1000:.0f} ms"


def delivery(number: int, days: float, size: int) -> NewDelivery:
    return NewDelivery(
        endpoint="generic",
        source="generic",
        idempotency=f"id:{days}:{number}",
        group=None,
        window=None,
        verdict="verified",
        headers={},
        body=b"x" * size,
        received_at=clock.now() - timedelta(days=days) + timedelta(seconds=number),
    )


def fill(tx: Connection, count: int, days: float, size: int = 20_000) -> None:
    """So many deliveries of those days, each worked off into an event that was told."""
    for number in range(count):
        found = deliveries.add(tx, delivery(number, days, size))
        tx.execute(
            "INSERT INTO events (id, delivery_id, source, kind, severity, title, route, occurred_at,"
            " event_json) VALUES (?, ?, 'generic', 'ticket.created', 'info', 'x', 'x', 0, '{}')",
            (f"{found}-0", found),
        )
        tx.execute(
            "INSERT INTO outbox (key, ref, op, lane, channel, priority, payload_json, state, created_at)"
            " VALUES (?, 'x', 'post', 'post:x', 'x', 0, '{}', 'done', 0)",
            (f"notice:{found}-0",),
        )
    tx.execute("UPDATE deliveries SET state = 'ingested'")
