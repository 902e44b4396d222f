"""The order of arrival: every event has a place, no place comes twice, and a replay keeps its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from sovereign.core.clock import micros
from sovereign.domain.events import Event
from sovereign.store import database, events
from sovereign.store.database import migrate
from sovereign.store.sqlite import Connection, driver
from tests.store.prepared import in_memory

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
DELIVERY = (
    "INSERT INTO deliveries (id, endpoint, source, idempotency, verdict, headers_json, body, received_at)"
    " VALUES (?, 'event', 'generic', ?, 'verified', '{}', x'', 0)"
)


def connected(database: Connection) -> Connection:
    database.row_factory = driver.Row
    return database


def keep(tx: Connection, event_id: str, title: str = "x") -> None:
    event = Event(source="generic", kind="generic.event", subject="x", title=title)
    events.add(tx, event_id, 1, event, occurred_at=AT, conversation_id=None, route="")


def places(tx: Connection) -> dict[str, int]:
    return {row["id"]: row["sequence"] for row in tx.execute("SELECT id, sequence FROM events")}


def test_events_from_before_the_order_was_kept_get_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    tx = connected(driver.connect(":memory:", isolation_level=None))
    scripts = sorted(Path(database.__file__).parent.glob("migrations/*.sql"))
    monkeypatch.setattr(database, "_scripts", lambda: scripts[:2])
    migrate(tx)
    for delivery, ids in ((9, ["9-0", "9-1"]), (10, ["10-10", "10-9"])):
        tx.execute(DELIVERY, (delivery, str(delivery)))
        for each in ids:
            values = (each, delivery, "generic", "generic.event", "info", "x", "", 0, "{}")
            tx.execute(
                "INSERT INTO events (id, delivery_id, source, kind, severity, title, route, occurred_at,"
                " event_json) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values,
            )
    monkeypatch.undo()
    migrate(tx)
    found = places(tx)
    assert sorted(found, key=found.__getitem__) == ["9-0", "9-1", "10-9", "10-10"]
    keep(tx, "1-0")
    assert places(tx)["1-0"] > max(found.values())


@given(pauses=st.lists(st.integers(-5_000_000, 5_000_000), min_size=1, max_size=12))
def test_places_grow_whatever_the_clock_does(pauses: list[int]) -> None:
    tx, moment = connected(in_memory()), AT
    tx.execute(DELIVERY, (1, "1"))
    for number, pause in enumerate(pauses):
        moment += timedelta(microseconds=pause)
        with time_machine.travel(moment, tick=False):
            keep(tx, f"1-{number}")
    found = [places(tx)[f"1-{number}"] for number in range(len(pauses))]
    assert found == sorted(set(found))
    tx.close()


def test_after_a_clean_up_a_place_does_not_come_again_and_a_replay_keeps_its_own() -> None:
    tx = connected(in_memory())
    tx.execute(DELIVERY, (1, "1"))
    with time_machine.travel(AT, tick=False):
        keep(tx, "1-0")
        keep(tx, "1-1")
        assert places(tx) == {"1-0": micros(AT), "1-1": micros(AT) + 1}
    keep(tx, "1-0", "told anew")
    assert places(tx)["1-0"] == micros(AT)
    tx.execute("DELETE FROM events")
    assert events.newest(tx) == 0
    keep(tx, "1-2")
    assert places(tx)["1-2"] > micros(AT) + 1


def test_a_page_ends_with_its_count_or_once_it_is_large_enough() -> None:
    tx = connected(in_memory())
    tx.execute(DELIVERY, (1, "1"))
    for number in range(5):
        keep(tx, f"1-{number}", "x" * 1000)
    assert len(list(events.after(tx, 0, count=3, size=10**6))) == 3
    assert len(list(events.after(tx, 0, count=5, size=1500))) == 2
    first, *others = events.after(tx, 0, count=5, size=10**6)
    assert [one.sequence for one in events.after(tx, first.sequence, count=9, size=10**6)] == [
        one.sequence for one in others
    ]
