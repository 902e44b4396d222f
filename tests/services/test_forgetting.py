"""Conversations that are over are forgotten, and never one that anything still refers to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sovereign.core import clock
from sovereign.core.clock import micros
from sovereign.domain.conversations import Conversation, opened_by
from sovereign.domain.events import Event, Status
from sovereign.services.retention import Retention
from sovereign.store import conversations, forgetting
from sovereign.store.sqlite import Connection, Row, driver
from tests.services.conftest import Works
from tests.services.test_conversing import github, pull_request
from tests.store.prepared import prepared


async def later(works: Works, days: float) -> None:
    """As if everything had happened so many days earlier."""
    ago = micros(clock.now()) - micros(clock.now() - timedelta(days=days))
    for statement in (
        "UPDATE deliveries SET received_at = received_at - ?",
        "UPDATE conversations SET updated_at = updated_at - ?",
        "UPDATE outbox SET created_at = created_at - ?",
    ):
        await works.database.write(partial(_run, statement, ago))


def _run(statement: str, ago: int, tx: Connection) -> None:
    tx.execute(statement, (ago,))


async def prune(works: Works) -> None:
    await Retention(works.database, works.setup).prune()


async def topics(works: Works) -> list[str]:
    return [row["topic"] for row in await works.rows("SELECT topic FROM conversations ORDER BY id")]


@pytest.mark.parametrize(("days", "left"), [(360, 1), (370, 0)])
async def test_a_merged_pull_request_is_forgotten_with_its_names_and_messages(
    works: Works, days: int, left: int
) -> None:
    await github(works, "pull_request", {**pull_request(merged=True, state="closed"), "action": "closed"})
    await works.deliver()
    await later(works, days)
    await works.post("generic", {"title": "the newest delivery of all stays"})
    await works.deliver()
    await prune(works)
    assert (await topics(works)).count("change") == left
    assert bool(await works.rows("SELECT * FROM conversation_names")) == bool(left)
    assert len(await works.outbox("post")) == left + 1


async def test_an_open_pull_request_and_an_incident_stay_however_old(works: Works) -> None:
    await github(works, "pull_request", pull_request())
    await works.sample("alertmanager", "firing")
    await works.sample("alertmanager", "resolved")
    await works.deliver()
    await later(works, 3000)
    await works.post("generic", {"title": "the newest delivery of all stays"})
    await works.deliver()
    await prune(works)
    assert {"change", "incident"} <= set(await topics(works))
    assert await works.rows("SELECT * FROM timeline")


def references(tx: Connection) -> list[str]:
    """Everything that refers to something that is not there."""
    broken = [f"{row[0]} → {row[2]}" for row in tx.execute("PRAGMA foreign_key_check")]
    for child, column, parent in (
        ("conversations", "head_id", "outbox"),
        ("gatherings", "conversation_id", "conversations"),
        ("tellings", "conversation_id", "conversations"),
    ):
        missing = tx.execute(
            f"SELECT COUNT(*) FROM {child} WHERE {column} IS NOT NULL"
            f" AND {column} NOT IN (SELECT id FROM {parent})"
        ).fetchone()
        broken += [f"{child}.{column}"] * missing[0]
    return broken


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Connection]:
    connection = driver.connect(prepared(tmp_path / "s.db"), isolation_level=None)
    connection.row_factory = Row
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=OFF")
    yield connection
    connection.close()


REFERRERS = ("incident", "alert", "event", "waiting", "held")
HARMLESS = ("name", "said", "gathering")
OVER = (Status.MERGED, Status.CLOSED, Status.RUNNING, Status.FAILED, Status.RESOLVED, Status.INFO)
STANDING = (Status.OPEN, Status.DRAFT, Status.APPROVED, Status.FIRING)


@dataclass(frozen=True)
class Thing:
    """A conversation, how it stands, and what refers to it."""

    old: bool
    live: bool
    status: Status
    tied: frozenset[str]

    @property
    def goes(self) -> bool:
        over = not self.live or self.status in OVER
        return self.old and over and not self.tied & set(REFERRERS)


THINGS = st.builds(
    Thing,
    old=st.booleans() | st.just(True),
    live=st.booleans(),
    status=st.sampled_from(OVER) | st.sampled_from(STANDING),
    tied=st.frozensets(st.sampled_from(HARMLESS), max_size=3)
    | st.frozensets(st.sampled_from(HARMLESS + REFERRERS), max_size=4),
)


def facts_of(thing: Thing) -> Conversation:
    event = Event(source="github", kind="change.created", subject="acme/shop#1", title="x")
    return replace(opened_by(event), status=thing.status)


def put(tx: Connection, number: int, thing: Thing) -> None:
    """The rows of it; every one of them refers to the conversation of that number."""
    at = clock.now() - timedelta(days=400 if thing.old else 300)
    found = conversations.add(tx, f"key:{number}", "prs", facts_of(thing), at).id
    values = {"c": found, "n": number, "at": micros(at)}
    for tie in sorted(thing.tied):
        for statement in ROWS[tie].split(";"):
            tx.execute(statement, values)
    if not thing.live:
        conversations.retire(tx, found)


_OUTBOX = (
    "INSERT INTO outbox (id, key, ref, op, lane, channel, conversation_id, priority, payload_json, state,"
    " created_at) VALUES (1000 + :n, 'head:' || :n, 'x', 'post', 'post:prs', 'prs', :c, 0, '{}', '%s', :at)"
)
_GATHERING = (
    "INSERT INTO gatherings (id, scope, reason, name, channel, began_at, ended_at, shown_at, conversation_id)"
    " VALUES (%s + :n, 'x' || %s + :n, 'storm', 'x', 'prs', 0, %s, 0, %s)"
)
_TELLING = (
    "INSERT INTO tellings (event_id, gathering_id, conversation_id, channel, source, stirs, name, severity,"
    " severity_rank, title, count, at)"
    " VALUES ('t' || %s + :n, %s + :n, :c, 'prs', 'github', 1, 'x', 'info', 0, 'x', 1, 0)"
)
ROWS = {
    "incident": "INSERT INTO incidents (conversation_id, title, state, severity, opened_at)"
    " VALUES (:c, 'x', 'resolved', 'high', 0)",
    "alert": "INSERT INTO alerts (fingerprint, conversation_id, title, status, severity, severity_rank,"
    " started_at, seen_at, times_fired) VALUES ('f' || :n, :c, 'x', 'resolved', 'high', 3, 0, 0, 1)",
    "event": "INSERT INTO deliveries (id, endpoint, source, idempotency, verdict, headers_json, body,"
    " received_at) VALUES (:n, 'git', 'github', 'x' || :n, 'verified', '{}', X'00', :at);"
    "INSERT INTO events (id, delivery_id, conversation_id, source, kind, severity, title, route,"
    " occurred_at, event_json) VALUES (:n || '-0', :n, :c, 'github', 'x', 'info', 'x', 'x', 0, '{}')",
    "waiting": _OUTBOX.replace("1000 +", "5000 +").replace("'head:'", "'edit:'") % "waiting",
    "held": ";".join((_GATHERING % ("100", "100", "NULL", "NULL"), _TELLING % ("100", "100"))),
    "name": "INSERT INTO conversation_names (name, conversation_id) VALUES ('n' || :n, :c)",
    "said": ";".join(
        (
            _OUTBOX % "done",
            "INSERT INTO outbox_parts VALUES (1000 + :n, 0, 1, 7000 + :n)",
            "UPDATE conversations SET head_id = 1000 + :n WHERE id = :c",
        )
    ),
    "gathering": _GATHERING % ("300", "300", "1", ":c"),
}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(things=st.lists(THINGS, min_size=1, max_size=8))
def test_what_is_forgotten_is_never_referred_to_by_what_stays(file: Connection, things: list[Thing]) -> None:
    file.execute("BEGIN")
    try:
        for number, thing in enumerate(things):
            put(file, number, thing)
        assert references(file) == []
        before = clock.now() - timedelta(days=365)
        page = forgetting.conversations(file, before, 0, 100)
        done, gone = forgetting.forget(file, page.over, 10.0)
        left = {row["key"] for row in file.execute("SELECT key FROM conversations")}
        assert left == {f"key:{number}" for number, thing in enumerate(things) if not thing.goes}
        assert (done, gone) == (len(page.over), len(things) - len(left))
        assert references(file) == []
        orphans = "SELECT COUNT(*) FROM outbox WHERE conversation_id NOT IN (SELECT id FROM conversations)"
        assert file.execute(orphans).fetchone()[0] == 0
    finally:
        file.execute("ROLLBACK")


def test_another_table_that_refers_to_a_conversation_protects_it_unnamed(file: Connection) -> None:
    thing = Thing(old=True, live=True, status=Status.MERGED, tied=frozenset({"said", "name"}))
    file.execute("CREATE TABLE later (conversation_id INTEGER NOT NULL REFERENCES conversations (id))")
    put(file, 1, thing)
    put(file, 2, thing)
    file.execute("INSERT INTO later SELECT id FROM conversations WHERE key = 'key:1'")
    page = forgetting.conversations(file, clock.now() - timedelta(days=365), 0, 100)
    assert forgetting.forget(file, page.over, 10.0) == (2, 1)
    (left,) = file.execute("SELECT key, head_id FROM conversations").fetchall()
    assert (left["key"], left["head_id"]) == ("key:1", 1001)
    assert file.execute("SELECT COUNT(*) FROM outbox_parts").fetchone()[0] == 1


def test_messages_without_a_conversation_go_by_age_unless_their_event_stays(file: Connection) -> None:
    put(file, 1, Thing(old=False, live=True, status=Status.OPEN, tied=frozenset({"event"})))
    for number, (key, state, days) in enumerate(
        [("digest:1", "done", 400), ("digest:2", "done", 300), ("digest:3", "waiting", 400),
         ("notice:1-0", "done", 400), ("line:9-0", "done", 400)]
    ):  # fmt: skip
        file.execute(
            "INSERT INTO outbox (id, key, ref, op, lane, channel, priority, payload_json, state, created_at)"
            " VALUES (?, ?, 'x', 'post', 'post:x', 'x', 0, '{}', ?, ?)",
            (number, key, state, micros(clock.now() - timedelta(days=days))),
        )
    before = clock.now() - timedelta(days=365)
    going = forgetting.loose(file, before, -1, 100)
    assert forgetting.forget_messages(file, going) == 2
    left = [row["key"] for row in file.execute("SELECT key FROM outbox ORDER BY id")]
    assert left == ["digest:2", "digest:3", "notice:1-0"]


def test_nothing_is_looked_for_by_reading_a_whole_table(file: Connection) -> None:
    for table in ("outbox", "conversation_names", "events", "alerts", "incidents"):
        plan = file.execute(f"EXPLAIN QUERY PLAN SELECT 1 FROM {table} WHERE conversation_id = 1").fetchall()
        assert "SCAN" not in plan[0]["detail"], plan[0]["detail"]
