"""Every event that was to be told in Discord: at once, in a gathering, or apart from it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sovereign.core.clock import micros
from sovereign.core.records import quick
from sovereign.domain.events import Severity
from sovereign.domain.limits import WINDOW
from sovereign.store.sqlite import Connection

_OF_SOURCE = (
    "SELECT COUNT(*) FROM (SELECT 1 FROM tellings WHERE source = ? AND gathering_id IS NULL"
    " AND at > ? AND at <= ? LIMIT ?) AS few"
)
_IN_CHANNEL = (
    "SELECT COUNT(*) FROM (SELECT 1 FROM tellings WHERE channel = ? AND again = 0 AND stirs = 1"
    " AND gathering_id IS NULL AND at > ? AND at <= ? LIMIT ?) AS few"
)


@quick
@dataclass(frozen=True, kw_only=True)
class Telling:
    """An event that is to be told. `name` is that of its problem or thing, `count` how many alerts it speaks
    for; what `stirs` is new in its channel, or news of an alert; `mention` is whom it calls."""

    event_id: str
    conversation_id: int | None
    channel: str
    source: str
    stirs: bool
    name: str
    severity: Severity
    title: str
    url: str | None
    at: datetime
    count: int = 1
    mention: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """Whom an event of that name was to call; `conversation_id` is None for one that belongs to none."""

    conversation_id: int | None
    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The events of one name in a gathering."""

    name: str
    count: int
    critical: bool
    apart: bool


def fate(tx: Connection, event_id: str) -> bool | None:
    """Whether the event was told at once; None for one that was not to be told so far."""
    row = tx.execute("SELECT gathering_id FROM tellings WHERE event_id = ?", (event_id,)).fetchone()
    return row["gathering_id"] is None if row else None


def told(tx: Connection, telling: Telling, limit: int, *, in_channel: bool) -> int:
    """How many events of its source were told in the minute before it, or how many things stirred its
    channel, each counted once: up to `limit`."""
    (count,) = tx.execute(
        _IN_CHANNEL if in_channel else _OF_SOURCE,
        (
            telling.channel if in_channel else telling.source,
            micros(telling.at - WINDOW),
            micros(telling.at),
            limit,
        ),
    ).fetchone()
    return int(count)


def add(tx: Connection, telling: Telling, gathering_id: int | None, *, apart: bool) -> None:
    tx.execute(
        "INSERT INTO tellings (event_id, gathering_id, apart, conversation_id, channel, source, stirs, name,"
        " severity, severity_rank, title, url, count, at, mention_json, again)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            telling.event_id,
            gathering_id,
            int(apart),
            telling.conversation_id,
            telling.channel,
            telling.source,
            int(telling.stirs),
            telling.name,
            telling.severity,
            telling.severity.rank,
            telling.title,
            telling.url,
            telling.count,
            micros(telling.at),
            json.dumps(telling.mention) if telling.mention else "[]",
            int(_is_again(tx, telling)),
        ),
    )


def _is_again(tx: Connection, telling: Telling) -> bool:
    """Whether its conversation has stirred its channel within the minute before."""
    if telling.conversation_id is None or not telling.stirs:
        return False
    found = tx.execute(
        "SELECT 1 FROM tellings WHERE conversation_id = ? AND at > ? AND stirs = 1 AND again = 0 LIMIT 1",
        (telling.conversation_id, micros(telling.at - WINDOW)),
    ).fetchone()
    return found is not None


def draw_in(tx: Connection, gathering_id: int, channel: str, since: datetime) -> None:
    """What was told in the channel since then is part of the storm that it became, apart where it is
    critical or calls somebody."""
    tx.execute(
        "UPDATE tellings SET gathering_id = ?,"
        " apart = CASE WHEN severity = 'critical' OR mention_json <> '[]' THEN 1 ELSE 0 END"
        " WHERE channel = ? AND again IN (0, 1) AND stirs = 1 AND gathering_id IS NULL AND at > ?",
        (gathering_id, channel, micros(since)),
    )


def is_apart(tx: Connection, gathering_id: int, telling: Telling) -> bool:
    """Whether one of that name was told apart from the gathering: as bad, and to all whom it calls."""
    rows = tx.execute(
        "SELECT mention_json FROM tellings WHERE gathering_id = ? AND name = ? AND apart = 1"
        " AND severity_rank >= ?",
        (gathering_id, telling.name, telling.severity.rank),
    )
    return any(set(telling.mention) <= set(json.loads(row["mention_json"])) for row in rows)


def apart(tx: Connection, gathering_id: int, since: datetime) -> int:
    """How many that are not critical were told apart since then."""
    (count,) = tx.execute(
        "SELECT COUNT(*) FROM tellings WHERE gathering_id = ? AND apart = 1 AND severity <> 'critical'"
        " AND at > ?",
        (gathering_id, micros(since)),
    ).fetchone()
    return int(count)


def owed(tx: Connection, gathering_id: int) -> Sequence[Owed]:
    """Whom it kept from being called, where nothing as bad of the same name has called them: worst first."""
    query = (
        "SELECT conversation_id, name, severity_rank, mention_json FROM tellings"
        " WHERE gathering_id = ? AND apart = ? AND mention_json <> '[]'"
        " GROUP BY conversation_id, name, severity_rank, mention_json ORDER BY severity_rank DESC, name"
    )
    called: dict[str, list[tuple[int, set[str]]]] = {}
    for row in tx.execute(query, (gathering_id, 1)):
        called.setdefault(row["name"], []).append(
            (row["severity_rank"], set(json.loads(row["mention_json"])))
        )
    found = []
    for row in tx.execute(query, (gathering_id, 0)):
        rank, roles = row["severity_rank"], json.loads(row["mention_json"])
        if not any(bad >= rank and set(roles) <= told for bad, told in called.get(row["name"], ())):
            found.append(Owed(conversation_id=row["conversation_id"], name=row["name"], roles=tuple(roles)))
    return found


def held(tx: Connection, gathering_id: int, since: datetime | None = None) -> int:
    """How many events it has gathered, or since then."""
    (count,) = tx.execute(
        "SELECT COUNT(*) FROM tellings WHERE gathering_id = ? AND at > ?",
        (gathering_id, micros(since) if since else -1),
    ).fetchone()
    return int(count)


def stirring(tx: Connection, gathering_id: int, since: datetime) -> int:
    """Of how many things it has gathered events since then, each counted once a minute."""
    (count,) = tx.execute(
        "SELECT COUNT(*) FROM tellings WHERE gathering_id = ? AND at > ? AND again = 0",
        (gathering_id, micros(since)),
    ).fetchone()
    return int(count)


def shares(tx: Connection, gathering_id: int) -> Sequence[Share]:
    """The worst first, then the most frequent."""
    rows = tx.execute(
        "SELECT name, SUM(count) AS count, MAX(severity_rank) AS rank, MAX(apart) AS apart"
        " FROM tellings WHERE gathering_id = ? GROUP BY name ORDER BY rank DESC, count DESC, name",
        (gathering_id,),
    )
    return [
        Share(
            name=row["name"],
            count=row["count"],
            critical=row["rank"] == Severity.CRITICAL.rank,
            apart=bool(row["apart"]),
        )
        for row in rows
    ]


def items(tx: Connection, gathering_id: int, limit: int) -> list[dict[str, object]]:
    """Its events in their order, as a digest shows them."""
    rows = tx.execute(
        "SELECT title, url, at FROM tellings WHERE gathering_id = ?"
        " ORDER BY at, LENGTH(event_id), event_id LIMIT ?",
        (gathering_id, limit),
    )
    return [{"title": row["title"], "url": row["url"], "at": row["at"]} for row in rows]


def headless(tx: Connection, gathering_id: int) -> Sequence[int]:
    """Conversations that it kept from having a message, and that have none yet: the worst first."""
    rows = tx.execute(
        "SELECT c.id, MAX(t.severity_rank) AS rank FROM tellings AS t"
        " JOIN conversations AS c ON c.id = t.conversation_id"
        " WHERE t.gathering_id = ? AND c.live = 1 AND c.head_id IS NULL"
        " GROUP BY c.id ORDER BY rank DESC, c.id",
        (gathering_id,),
    )
    return [row["id"] for row in rows]


def any_before(tx: Connection, before: datetime) -> bool:
    """Whether there is something to forget."""
    found = tx.execute(
        "SELECT 1 FROM tellings WHERE gathering_id IS NULL AND at < ? LIMIT 1", (micros(before),)
    ).fetchone()
    return found is not None


def forget(tx: Connection, before: datetime, limit: int) -> int:
    """Drop what was told at once before then: it counts for no limit any more. How many went."""
    gone = tx.execute(
        "DELETE FROM tellings WHERE event_id IN"
        " (SELECT event_id FROM tellings WHERE gathering_id IS NULL AND at < ? LIMIT ?)",
        (micros(before), limit),
    )
    return gone.rowcount
