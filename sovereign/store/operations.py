"""What was scaled, restarted and rolled back, at rest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sovereign.core.clock import from_micros, micros
from sovereign.domain.estate import Place
from sovereign.domain.operation import Kind, Operation, State, Wanted
from sovereign.domain.permission import Actor
from sovereign.store.boards import actor_from, actor_json
from sovereign.store.sqlite import Connection, Row


def add(
    tx: Connection,
    wanted: Wanted,
    actor: Actor,
    conversation_id: int,
    at: datetime,
    *,
    restarted_at: str = "",
) -> Operation:
    words = {
        "value": wanted.value, "uid": wanted.uid, "before": wanted.before, "after": wanted.after,
        "images": dict(wanted.images), "restarted_at": restarted_at, "warning": wanted.warning,
    }  # fmt: skip
    row = tx.execute(
        "INSERT INTO operations (kind, place_json, actor_json, words_json, generation, conversation_id,"
        " started_at) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING *",
        (
            wanted.kind,
            json.dumps(asdict(wanted.place)),
            actor_json(actor),
            json.dumps(words),
            wanted.generation,
            conversation_id,
            micros(at),
        ),
    ).fetchone()
    return _one(row)


def running(tx: Connection) -> Sequence[Operation]:
    """The oldest first."""
    return [_one(row) for row in tx.execute("SELECT * FROM operations WHERE state = 'running' ORDER BY id")]


def troubled(tx: Connection, operation: Operation, why: str) -> None:
    """What keeps it from ending by itself; empty where nothing does, or no longer."""
    tx.execute("UPDATE operations SET why = ? WHERE id = ? AND state = 'running'", (why, operation.id))


def end(tx: Connection, operation: Operation, state: State, why: str, at: datetime) -> Operation:
    tx.execute(
        "UPDATE operations SET state = ?, why = ?, ended_at = ? WHERE id = ?",
        (state, why, micros(at), operation.id),
    )
    return replace(operation, state=state, why=why, ended_at=at)


def _one(row: Row) -> Operation:
    words: dict[str, Any] = json.loads(row["words_json"])
    wanted = Wanted(
        kind=Kind(row["kind"]),
        place=Place(**json.loads(row["place_json"])),
        generation=row["generation"],
        uid=words["uid"],
        value=words["value"],
        before=words["before"],
        after=words["after"],
        images=words["images"],
        warning=words.get("warning", ""),
    )
    return Operation(
        id=row["id"],
        wanted=wanted,
        actor=actor_from(row["actor_json"]),
        conversation_id=row["conversation_id"],
        started_at=from_micros(row["started_at"]),
        state=State(row["state"]),
        why=row["why"],
        ended_at=from_micros(row["ended_at"]) if row["ended_at"] is not None else None,
        restarted_at=words["restarted_at"],
    )
