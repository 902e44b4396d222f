"""Messages that are kept up to date for a while, at rest."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sovereign.core.clock import from_micros, micros
from sovereign.domain.permission import Actor, Role
from sovereign.store.sqlite import Connection, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class LivingBoard:
    """Without a service it is the board of all. It is made in the name of `actor`."""

    id: int
    conversation_id: int
    service: str | None
    environment: str | None
    actor: Actor
    until: datetime


def add(
    tx: Connection,
    conversation_id: int,
    service: str | None,
    environment: str | None,
    actor: Actor,
    until: datetime,
) -> LivingBoard:
    row = tx.execute(
        "INSERT INTO boards (conversation_id, service, environment, actor_json, until)"
        " VALUES (?, ?, ?, ?, ?) RETURNING *",
        (conversation_id, service, environment, actor_json(actor), micros(until)),
    ).fetchone()
    return _one(row)


def living(tx: Connection) -> Sequence[LivingBoard]:
    """All that are not over yet, or whose end has still to be told."""
    return [_one(row) for row in tx.execute("SELECT * FROM boards ORDER BY id")]


def remove(tx: Connection, board_id: int) -> None:
    tx.execute("DELETE FROM boards WHERE id = ?", (board_id,))


def actor_json(actor: Actor) -> str:
    return json.dumps(asdict(actor))


def actor_from(text: str) -> Actor:
    """What `actor_json` wrote."""
    given: Mapping[str, Any] = json.loads(text)
    roles = tuple(Role(id=one["id"], name=one["name"]) for one in given["roles"])
    return Actor(id=given["id"], name=given["name"], roles=roles)


def _one(row: Row) -> LivingBoard:
    return LivingBoard(
        id=row["id"],
        conversation_id=row["conversation_id"],
        service=row["service"],
        environment=row["environment"],
        actor=actor_from(row["actor_json"]),
        until=from_micros(row["until"]),
    )
