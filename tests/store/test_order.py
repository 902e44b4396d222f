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
from sovereign.store.events import NewEvent
from sovereign.store.sqlite import Connection, driver
from tests.store.prepared import in_memory

SCRIPTS = sorted(Path(database.__file__).parent.glob("migrations/*.sql"))
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
DELIVERY = (
    "INSERT INTO deliveries (id, endpoint, source, idempotency, verdict, headers_json, body, received_at)"
    " VALUES (?, 'event', 'generic', ?, 'verified', '{}', x'', 0)"
)


def connected(database: Connection) -> Connection:
    database.row_factory = driver.Row
    return database


def keep(tx: Connection, *ids: str, title: str = "x") -> None:
    event = Event(source="generic", kind="generic.event", subject="x", title=title)
    events.add(tx, [NewEvent(id=one, delivery_id=1, event=event, occurred_at=AT, route="") for one in ids])


def places(tx: Connection) -> dict[str, int]:
    return {row["id"]: row["sequence"] for row in tx.execute("SELECT id, sequence FROM events")}


def test_events_from_before_the_order_was_kept_get_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    tx = connected(driver.connect(":memory:", isolation_level=None))
    monkeypatch.setattr(database, "_scripts", lambda: SCRIPTS[:2])
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


def test_events_and_their_letters_are_all_there_once_they_lie_in_their_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tx = connected(driver.connect(":memory:", isolation_level=None))
    monkeypatch.setattr(database, "_scripts", lambda: SCRIPTS[:14])
    tx.execute("PRAGMA foreign_keys=ON")
    migrate(tx)
    tx.execute(DELIVERY, (1, "1"))
    for number, event_id in ((30, "1-0"), (10, "1-1"), (20, "1-2")):
        tx.execute(
            "INSERT INTO events (id, delivery_id, source, kind, severity, title, route, joined, occurred_at,"
            " event_json, sequence) VALUES (?, 1, 'generic', 'x.y', 'info', ?, 'r', 'j', 5, '{}', ?)",
            (event_id, "x" * 5000, number),
        )
    tx.execute(
        "INSERT INTO forwards (target, event_id, sequence, state, created_at, attempts, problem) VALUES"
        " ('audit', '1-1', 10, 'dead', 7, 9, 'it answers 500'), ('audit', '1-0', 30, 'waiting', 8, 0, NULL)"
    )
    before = [rows(tx, "events"), rows(tx, "forwards")]
    monkeypatch.undo()
    migrate(tx)
    assert [rows(tx, "events"), rows(tx, "forwards")] == before
    assert tx.execute("PRAGMA foreign_key_check").fetchall() == []
    tx.execute("DELETE FROM events WHERE id = '1-1'")
    assert [row["event_id"] for row in rows(tx, "forwards")] == ["1-0"]
    tx.close()


def rows(tx: Connection, table: str) -> list[dict[str, object]]:
    found = [dict(row) for row in tx.execute(f"SELECT * FROM {table}")]
    return sorted(found, key=lambda row: str(row.get("id") or row["event_id"]))


@given(st.lists(st.tuples(st.integers(-5_000_000, 5_000_000), st.integers(0, 3)), min_size=1, max_size=12))
def test_places_grow_whatever_the_clock_does(batches: list[tuple[int, int]]) -> None:
    tx, moment, kept = connected(in_memory()), AT, list[str]()
    tx.execute(DELIVERY, (1, "1"))
    for pause, count in batches:
        moment += timedelta(microseconds=pause)
        ids = [f"1-{len(kept) + number}" for number in range(count)]
        with time_machine.travel(moment, tick=False):
            keep(tx, *ids)
        kept += ids
    found = [places(tx)[event_id] for event_id in kept]
    assert found == sorted(set(found))
    tx.close()


def test_after_a_clean_up_a_place_does_not_come_again_and_a_replay_keeps_its_own() -> None:
    tx = connected(in_memory())
    tx.execute(DELIVERY, (1, "1"))
    with time_machine.travel(AT, tick=False):
        keep(tx, "1-0")
        keep(tx, "1-1")
        assert places(tx) == {"1-0": micros(AT), "1-1": micros(AT) + 1}
    keep(tx, "1-0", title="told anew")
    assert places(tx)["1-0"] == micros(AT)
    tx.execute("DELETE FROM events")
    assert events.newest(tx) == 0
    keep(tx, "1-2")
    assert places(tx)["1-2"] > micros(AT) + 1


def test_a_page_ends_with_its_count_or_once_it_is_large_enough() -> None:
    tx = connected(in_memory())
    tx.execute(DELIVERY, (1, "1"))
    for number in range(5):
        keep(tx, f"1-{number}", title="x" * 1000)
    assert len(list(events.after(tx, 0, count=3, size=10**6))) == 3
    assert len(list(events.after(tx, 0, count=5, size=1500))) == 2
    first, *others = events.after(tx, 0, count=5, size=10**6)
    assert [one.sequence for one in events.after(tx, first.sequence, count=9, size=10**6)] == [
        one.sequence for one in others
    ]
