"""The audit: appended in the transaction of the effect, chained, and never changed by SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from sovereign.core import clock
from sovereign.domain import audit as rules
from sovereign.domain.audit import GENESIS, Entry, Result
from sovereign.domain.permission import Actor, Role
from sovereign.store import audit, database
from sovereign.store.audit import Sought
from sovereign.store.database import migrate
from sovereign.store.sqlite import Connection, DatabaseError, driver
from tests.store.prepared import in_memory

ADA = Actor(id=2**60, name="ada", roles=(Role(id=5, name="DevOps"),))


def entry(subject: str = "incident 1", **more: object) -> Entry:
    given = {"at": clock.now(), "actor": ADA, "action": "alerts.acknowledge", "subject": subject}
    return Entry(**{**given, **more})  # type: ignore[arg-type]


@pytest.fixture
def tx() -> Iterator[Connection]:
    connection = in_memory()
    connection.row_factory = driver.Row
    yield connection
    connection.close()


def test_each_record_holds_on_to_the_one_before_it(tx: Connection) -> None:
    for number in range(3):
        assert audit.append(tx, entry(f"incident {number}")) == number + 1
    newest, middle, oldest = audit.search(tx, Sought(), 10)
    assert oldest.text.count(GENESIS) == 1
    assert f'"prev":"{oldest.hash}"' in middle.text
    assert f'"prev":"{middle.hash}"' in newest.text
    assert audit.head(tx).hash == newest.hash
    assert newest.entry.actor == ADA


@pytest.mark.parametrize(
    "attempt",
    [
        "UPDATE audit SET result = 'done' WHERE seq = 1",
        "DELETE FROM audit WHERE seq = 2",
        "DELETE FROM audit",
        "REPLACE INTO audit SELECT * FROM audit WHERE seq = 1",
        "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE seq = 2",
        "INSERT INTO audit SELECT 9, at, 0, NULL, action, subject, result, trace, 1, record, hash FROM audit",
    ],
)
def test_sql_can_neither_change_nor_take_away_nor_skip(tx: Connection, attempt: str) -> None:
    audit.append_all(tx, [entry("incident 1", result=Result.REFUSED), entry("incident 2")])
    with pytest.raises(DatabaseError, match="append-only"):
        tx.execute(attempt)
    assert [one.entry.subject for one in audit.search(tx, Sought(), 9)] == ["incident 2", "incident 1"]


def test_what_looks_like_a_secret_is_masked_before_it_is_hashed(tx: Connection) -> None:
    token = "ghp_" + "a" * 36
    deed = entry(
        parameters={"text": f"use {token}", "password": "hunter2", "deep": {"api_key": "x", "n": 3}},
        details=f"token={token}",
    )
    audit.append(tx, deed)
    (found,) = audit.search(tx, Sought(), 1)
    assert token not in found.text
    assert "hunter2" not in found.text
    assert found.entry.parameters["deep"] == {"api_key": "[redacted]", "n": 3}


def test_any_text_and_number_can_be_written_down(tx: Connection) -> None:
    odd = {
        "big": 2**70,
        "half": 0.5,
        "lone \ud800": "\ud800\x00",
        "list": [*range(40)],
        "none": None,
        "long": "x" * 9999,
    }
    audit.append(tx, entry("\x00\U0001f600", parameters=odd))
    (found,) = audit.search(tx, Sought(), 1)
    assert rules.digest(found.text).hex() == found.hash
    assert found.entry.parameters["big"] == str(2**70)


@pytest.mark.parametrize(
    ("sought", "expected"),
    [
        (Sought(actor_id=ADA.id), [2, 1]),
        (Sought(actor_name="BELA"), [3]),
        (Sought(action="deploy."), [3]),
        (Sought(subject="incident 1"), [1]),
        (Sought(result=Result.REFUSED), [2]),
        (Sought(before=3, action="alerts"), [2, 1]),
        (Sought(actor_id=7, action="alerts"), []),
    ],
)
def test_records_are_found_by_who_what_and_which(tx: Connection, sought: Sought, expected: list[int]) -> None:
    bela = Actor(id=7, name="Bela", roles=())
    audit.append(tx, entry("incident 1"))
    audit.append(tx, entry("incident 2", result=Result.REFUSED))
    audit.append(tx, entry("shop", actor=bela, action="deploy.vote"))
    assert [one.seq for one in audit.search(tx, sought, 10)] == expected


def test_an_intent_is_pending_until_its_outcome_is_written(tx: Connection) -> None:
    first = audit.append(tx, entry(result=Result.INTENT))
    second = audit.append(tx, entry(result=Result.INTENT))
    audit.append(tx, entry(result=Result.FAILED, intent=first))
    assert [one.seq for one in audit.pending(tx, 10)] == [second]


def test_rows_from_before_there_was_a_chain_are_chained_by_the_migration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = database._scripts()
    place = next(place for place, script in enumerate(scripts) if script.name == "0007_audit.sql")
    connection: Connection = driver.connect(str(tmp_path / "old.db"), isolation_level=None)
    connection.row_factory = driver.Row
    with monkeypatch.context() as patched:
        patched.setattr(database, "_scripts", lambda: scripts[:place])
        migrate(connection)
    for number, result in ((1, "done"), (2, "refused")):
        connection.execute(
            "INSERT INTO audit (at, actor_id, actor_name, action, subject, result, details)"
            " VALUES (?, 9, 'ada', 'alerts.acknowledge', ?, ?, 'why')",
            (number, f"incident {number}", result),
        )
    migrate(connection)
    found = audit.search(connection, Sought(), 10)
    assert [(one.seq, one.entry.subject, one.entry.result) for one in found] == [
        (2, "incident 2", "refused"),
        (1, "incident 1", "done"),
    ]
    assert found[1].entry.actor == Actor(id=9, name="ada", roles=())
    assert f'"prev":"{found[1].hash}"' in found[0].text
    with pytest.raises((DatabaseError, sqlite3.DatabaseError), match="no such table"):
        connection.execute("SELECT * FROM audit_before")
    connection.close()
