"""Conversations at rest: their facts, the names they go by, and where in Discord they are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar, cast

from sovereign.core.clock import micros
from sovereign.core.records import fields_of, quick
from sovereign.domain.checks import Check
from sovereign.domain.conversations import Conversation, Topic
from sovereign.domain.events import Severity, Status
from sovereign.store.sqlite import Connection, Row, last_id

Word = TypeVar("Word", bound=StrEnum)

_FIELDS = frozenset(field.name for field in fields(Conversation))
_LISTS = ("old_commits", "labels", "sources", "joined_by")


@quick
@dataclass(frozen=True, kw_only=True)
class Stored:
    """`head_id` is the outbox row that is, or will be, the head message; None while there is to be none.

    `message_id` and `thread_id` are Discord's, once it has them; `channel_id` is where the message stands.
    """

    id: int
    key: str
    channel: str
    facts: Conversation
    head_id: int | None
    channel_id: int | None
    message_id: int | None
    thread_id: int | None


def find(tx: Connection, name: str) -> Stored | None:
    """The live conversation of that name: an alias of another one goes before a key of its own."""
    row = tx.execute(
        "SELECT * FROM conversations WHERE id = COALESCE("
        "(SELECT c.id FROM conversation_names AS n JOIN conversations AS c ON c.id = n.conversation_id"
        " WHERE n.name = ? AND c.live = 1), (SELECT id FROM conversations WHERE key = ? AND live = 1))",
        (name, name),
    ).fetchone()
    return _stored(row) if row else None


def by_key(tx: Connection, key: str) -> Stored | None:
    row = tx.execute("SELECT * FROM conversations WHERE key = ? AND live = 1", (key,)).fetchone()
    return _stored(row) if row else None


def by_id(tx: Connection, conversation_id: int) -> Stored:
    return _stored(tx.execute("SELECT * FROM conversations WHERE id = ?", (conversation_id,)).fetchone())


def channel(tx: Connection, conversation_id: int) -> str:
    """Where its head message is, or will be."""
    row = tx.execute("SELECT channel FROM conversations WHERE id = ?", (conversation_id,)).fetchone()
    return str(row["channel"])


def add(tx: Connection, key: str, channel: str, facts: Conversation, at: datetime) -> Stored:
    """A new live conversation; the one that had the key before must be retired."""
    added = tx.execute(
        "INSERT INTO conversations (key, topic, channel, state_json, opened_at, updated_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (key, facts.topic, channel, to_json(facts), micros(at), micros(at)),
    )
    return by_id(tx, last_id(added))


def save(tx: Connection, conversation_id: int, facts: Conversation, at: datetime) -> None:
    tx.execute(
        "UPDATE conversations SET state_json = ?, updated_at = ? WHERE id = ?",
        (to_json(facts), micros(at), conversation_id),
    )


def retire(tx: Connection, conversation_id: int) -> None:
    """The key is free for a new conversation; this one stays as it is."""
    tx.execute("UPDATE conversations SET live = 0 WHERE id = ?", (conversation_id,))


def name(tx: Connection, conversation_id: int, names: Iterable[str], why: str | None = None) -> None:
    """From now on these names lead to this conversation; `why` says by which rule, if not by themselves."""
    tx.executemany(
        "INSERT INTO conversation_names (name, conversation_id, why) VALUES (?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET conversation_id = excluded.conversation_id, why = excluded.why",
        [(each, conversation_id, why) for each in names],
    )


def reason(tx: Connection, name: str) -> str | None:
    """By which rule the name leads where it does; None where it does so by itself."""
    row = tx.execute("SELECT why FROM conversation_names WHERE name = ?", (name,)).fetchone()
    return row["why"] if row else None


def merge(tx: Connection, conversation_id: int, into: int) -> None:
    """It is taken in by another one, and its key is free."""
    tx.execute("UPDATE conversations SET live = 0, merged_into = ? WHERE id = ?", (into, conversation_id))


def set_head(tx: Connection, conversation_id: int, outbox_id: int | None) -> None:
    tx.execute("UPDATE conversations SET head_id = ? WHERE id = ?", (outbox_id, conversation_id))


def has_head(tx: Connection, conversation_id: int) -> bool:
    """Whether it has a head message, or one on its way."""
    found = tx.execute(
        "SELECT 1 FROM conversations WHERE id = ? AND head_id IS NOT NULL", (conversation_id,)
    ).fetchone()
    return found is not None


def set_message(tx: Connection, conversation_id: int, channel_id: int, message_id: int) -> None:
    """The head message stands in Discord; a thread under an earlier head message stays with that."""
    tx.execute(
        "UPDATE conversations SET channel_id = ?, message_id = ?, thread_id = NULL WHERE id = ?",
        (channel_id, message_id, conversation_id),
    )


def set_thread(tx: Connection, conversation_id: int, thread_id: int | None) -> None:
    tx.execute("UPDATE conversations SET thread_id = ? WHERE id = ?", (thread_id, conversation_id))


def to_json(facts: Conversation) -> str:
    return json.dumps(to_mapping(facts))


def to_mapping(facts: Conversation) -> dict[str, object]:
    """What JSON can carry, as `from_mapping` reads it."""
    return fields_of(facts) | {"checks": {name: asdict(check) for name, check in facts.checks.items()}}


@lru_cache(maxsize=256)
def from_json(text: str) -> Conversation:
    """What `to_json` wrote. The events of one thing come together, and each asks for the same facts."""
    return from_mapping(json.loads(text))


def from_mapping(raw: Mapping[str, object]) -> Conversation:
    """What `to_mapping` made, of this build or an older one: what it lacks has its default, what is
    no longer a field is left out, and words that are no longer known read as unknown."""
    known = {name: value for name, value in raw.items() if name in _FIELDS}
    checks = cast(Mapping[str, Mapping[str, object]], raw.get("checks") or {})
    reviews = cast(Mapping[str, str], raw.get("reviews") or {})
    read: dict[str, object] = {
        **known,
        "topic": _word(Topic, raw.get("topic"), Topic.OTHER),
        "status": _word(Status, raw.get("status"), Status.UNKNOWN),
        "severity": _word(Severity, raw.get("severity"), Severity.UNKNOWN),
        **{name: tuple(cast(list[str], raw.get(name) or ())) for name in _LISTS},
        "goes_on": _pair(raw.get("goes_on")),
        "fields": tuple((pair[0], pair[1]) for pair in cast(list[list[str]], raw.get("fields") or ())),
        "checks": {
            check: Check(
                status=_word(Status, one["status"], Status.UNKNOWN),
                title=cast(str, one.get("title") or ""),
                url=cast(str | None, one.get("url")),
                at=cast(float | None, one.get("at")),
                runs=tuple(cast(list[str], one.get("runs") or ())),
                whole=bool(one.get("whole")),
            )
            for check, one in checks.items()
        },
        "reviews": {who: _word(Status, verdict, Status.UNKNOWN) for who, verdict in reviews.items()},
    }
    return Conversation(**read)  # type: ignore[arg-type]  # every field was written by asdict


def _pair(given: object) -> tuple[str, str] | None:
    return (str(given[0]), str(given[1])) if isinstance(given, list | tuple) and len(given) == 2 else None


def _word(words: type[Word], given: object, otherwise: Word) -> Word:
    try:
        return words(str(given))
    except ValueError:
        return otherwise


def _stored(row: Row) -> Stored:
    return Stored(
        id=row["id"],
        key=row["key"],
        channel=row["channel"],
        facts=from_json(row["state_json"]),
        head_id=row["head_id"],
        channel_id=row["channel_id"],
        message_id=row["message_id"],
        thread_id=row["thread_id"],
    )
