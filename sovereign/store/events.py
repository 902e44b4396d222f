"""Normalised events at rest."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sovereign.core import clock
from sovereign.core.clock import from_micros, micros
from sovereign.core.records import fields_of, quick
from sovereign.domain.cloudevent import Arrived
from sovereign.domain.events import Event
from sovereign.store.sqlite import Connection, Row

_ADD = (
    "INSERT INTO events (id, delivery_id, conversation_id, source, kind, severity, title, route, joined,"
    " occurred_at, event_json, sequence) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET"
    " conversation_id = excluded.conversation_id, source = excluded.source, kind = excluded.kind,"
    " severity = excluded.severity, title = excluded.title, route = excluded.route,"
    " joined = excluded.joined, occurred_at = excluded.occurred_at, event_json = excluded.event_json"
)


@quick
@dataclass(frozen=True, kw_only=True)
class NewEvent:
    """`route` says in words where it went and why, `joined` why it is in that conversation."""

    id: str
    delivery_id: int
    event: Event
    occurred_at: datetime
    route: str
    conversation_id: int | None = None
    joined: str | None = None


def add(tx: Connection, news: Sequence[NewEvent]) -> None:
    """Keep events, or what a replay made of them.

    Each that is new gets the next place in the order of arrival: the moment in microseconds, or the next
    number."""
    place = max(newest(tx) + 1, micros(clock.now()))
    tx.executemany(_ADD, [_values(new, place + number) for number, new in enumerate(news)])


def _values(new: NewEvent, place: int) -> tuple[object, ...]:
    event = new.event
    return (
        new.id,
        new.delivery_id,
        new.conversation_id,
        event.source,
        event.kind,
        event.severity,
        event.title,
        new.route,
        new.joined,
        micros(new.occurred_at),
        _as_json(event),
        place,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event that a delivery made, and where it went.

    rule        by which rule it went where it went, in words
    joined      why it is in its conversation, in words; None without one
    channel     name of the channel that it was meant for, None where nothing was to be posted
    state       of the row that carries it to Discord: waiting, done, digested, failed; None without one
    channel_id, message_id  of the message or line that it became
    head_id     message id of the conversation's head, where it belongs to one
    """

    id: str
    kind: str
    title: str
    severity: str
    rule: str
    joined: str | None
    channel: str | None
    state: str | None
    channel_id: int | None
    message_id: int | None
    head_channel_id: int | None
    head_id: int | None


def of_delivery(tx: Connection, delivery_id: int) -> Sequence[Told]:
    """What the delivery became, in its order."""
    rows = tx.execute(
        "SELECT e.id, e.kind, e.title, e.severity, e.route, e.joined,"
        " COALESCE(o.channel, c.channel, t.channel) AS channel,"
        " COALESCE(o.state, CASE WHEN t.gathering_id IS NOT NULL THEN 'digested' END) AS state,"
        " p.channel_id, p.message_id, c.channel_id AS head_channel_id, c.message_id AS head_id"
        " FROM events AS e"
        " LEFT JOIN conversations AS c ON c.id = e.conversation_id"
        " LEFT JOIN outbox AS o ON o.key IN ('line:' || e.id, 'notice:' || e.id)"
        " LEFT JOIN tellings AS t ON t.event_id = e.id"
        " LEFT JOIN outbox_parts AS p ON p.outbox_id = o.id AND p.part = 0"
        " WHERE e.delivery_id = ? ORDER BY LENGTH(e.id), e.id",
        (delivery_id,),
    )
    return [
        Told(
            id=row["id"],
            kind=row["kind"],
            title=row["title"],
            severity=row["severity"],
            rule=row["route"],
            joined=row["joined"],
            channel=row["channel"],
            state=row["state"],
            channel_id=row["channel_id"],
            message_id=row["message_id"],
            head_channel_id=row["head_channel_id"],
            head_id=row["head_id"],
        )
        for row in rows
    ]


def flow(tx: Connection, kind: str, since: datetime, limit: int) -> Sequence[Mapping[str, object]]:
    """The newest events of a kind by which delivery is told, oldest first; `at` in microseconds."""
    rows = tx.execute(
        "SELECT occurred_at, event_json FROM events WHERE kind = ? AND occurred_at >= ?"
        " AND kind IN ('change.merged', 'branch.updated', 'service.deployed', 'service.rolledback')"
        " ORDER BY occurred_at DESC LIMIT ?",
        (kind, micros(since), limit),
    ).fetchall()
    return [{**json.loads(row["event_json"]), "at": row["occurred_at"]} for row in reversed(rows)]


def lately(
    tx: Connection,
    kind: str,
    service: str | None,
    environment: str | None,
    since: datetime,
    until: datetime,
    limit: int,
    looked_at: int,
) -> Sequence[Mapping[str, object]]:
    """`at`, `title` and `url` of at most `limit` events of that kind, newest first: about that service where
    one is given, and in that environment or none. Only the `looked_at` newest are looked through."""
    rows = tx.execute(
        "SELECT occurred_at AS at, title, event_json ->> 'url' AS url FROM"
        " (SELECT occurred_at, title, event_json FROM events WHERE kind = ?1"
        " AND occurred_at BETWEEN ?2 AND ?3 ORDER BY occurred_at DESC LIMIT ?4)"
        " WHERE (?5 IS NULL OR event_json ->> 'service' = ?5)"
        " AND (?6 IS NULL OR COALESCE(event_json ->> 'environment', ?6) = ?6) LIMIT ?7",
        (kind, micros(since), micros(until), looked_at, service, environment, limit),
    )
    return [dict(row) for row in rows]


def newest(tx: Connection) -> int:
    """The place of the newest event in the order of arrival; 0 without any."""
    (sequence,) = tx.execute("SELECT COALESCE(MAX(sequence), 0) FROM events").fetchone()
    return int(sequence)


def after(tx: Connection, sequence: int, *, count: int, size: int) -> Iterator[Arrived]:
    """What arrived later, in order: at most `count` events, and no more once they are `size` characters."""
    rows = tx.execute(
        "SELECT sequence, occurred_at, event_json FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?",
        (sequence, count),
    )
    read = 0
    for row in rows:
        yield arrived(row)
        read += len(row["event_json"])
        if read >= size:
            return


def arrived(row: Row) -> Arrived:
    return Arrived(
        sequence=row["sequence"],
        occurred_at=from_micros(row["occurred_at"]),
        facts=json.loads(row["event_json"]),
    )


def _as_json(event: Event) -> str:
    facts = {name: value for name, value in fields_of(event).items() if value}
    if event.occurred_at:
        facts["occurred_at"] = event.occurred_at.isoformat()
    if event.began_at:
        facts["began_at"] = event.began_at.isoformat()
    if event.labels:
        facts["labels"] = dict(event.labels)
    return json.dumps(facts)
