"""Everything that the platform remembers, in memory, each change written to the journal before it is made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import cast

from sovereign.core import clock
from sovereign.sandbox.codec import decode, encode
from sovereign.sandbox.entities import (
    Channel,
    Command,
    Entity,
    Guild,
    Interaction,
    Mark,
    Member,
    Message,
    MessageKind,
    Role,
    User,
    Webhook,
)
from sovereign.sandbox.journal import Journal
from sovereign.sandbox.snowflakes import Snowflakes
from sovereign.sandbox.wire import Json, number, text

LAST_ID = "last_id"
TOKEN_LIFE = timedelta(minutes=15)
"""How long an interaction can be answered; after that it is of no use to anybody."""
SLACK = 5_000
"""How far the journal may exceed four changes for each living thing before a start writes it afresh."""


@dataclass(slots=True, kw_only=True)
class Tables:
    """Living entities by id; messages by channel and id, oldest first."""

    users: dict[int, User] = field(default_factory=dict)
    guilds: dict[int, Guild] = field(default_factory=dict)
    roles: dict[int, Role] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    messages: dict[int, dict[int, Message]] = field(default_factory=dict)
    commands: dict[int, Command] = field(default_factory=dict)
    webhooks: dict[int, Webhook] = field(default_factory=dict)
    interactions: dict[int, Interaction] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)
    """Interaction ids by token."""
    marks: dict[str, Mark] = field(default_factory=dict)


class State:
    """`commit` is the only way to change anything; what it takes happens whole or not at all."""

    def __init__(self, path: Path) -> None:
        self.ids = Snowflakes()
        self.tables = Tables()
        self._journal = Journal(path)
        written = 0
        for changes in self._journal.replay():
            for change in changes:
                written += 1
                self._apply(change)
        self.ids.seen(self.tables.marks[LAST_ID].value if LAST_ID in self.tables.marks else 0)
        living = list(self._living())
        if written > 4 * len(living) + SLACK:
            self._compact(living)

    def commit(self, put: Iterable[Entity] = (), drop: Iterable[Entity] = ()) -> None:
        """Remember what is put, forget what is dropped (a channel with its messages).

        Raises OSError, and changes nothing, when the disk is full.
        """
        kept, gone = list(put), list(drop)
        changes = [encode(entity) for entity in kept]
        changes += [{"kind": type(entity).__name__, "drop": list(_key(entity))} for entity in gone]
        self._journal.append(changes)
        for entity in kept:
            self._put(entity)
        for entity in gone:
            self._drop(type(entity).__name__, _key(entity))

    def close(self) -> None:
        self._journal.close()

    @property
    def guild(self) -> Guild:
        return next(iter(self.tables.guilds.values()))

    def history(self, channel_id: int) -> dict[int, Message]:
        return self.tables.messages.get(channel_id, {})

    def last_message_id(self, channel_id: int) -> int | None:
        """The newest that everybody can see: an ephemeral answer is no news for the channel."""
        newest = reversed(self.history(channel_id).items())
        return next((number for number, message in newest if message.ephemeral_to is None), None)

    def message_count(self, channel_id: int) -> int:
        """Messages in a thread; the one it hangs on does not count."""
        return sum(
            message.kind != MessageKind.THREAD_STARTER for message in self.history(channel_id).values()
        )

    def threads(self) -> Iterator[Channel]:
        return (channel for channel in self.tables.channels.values() if channel.is_thread)

    def interaction(self, token: str) -> Interaction | None:
        return self.tables.interactions.get(self.tables.tokens.get(token, 0))

    def _apply(self, change: Json) -> None:
        kind = text(change["kind"])
        if "put" in change:
            self._put(decode(kind, cast(Json, change["put"])))
        else:
            self._drop(
                kind, tuple(number(part, -1) or text(part) for part in cast(list[object], change["drop"]))
            )

    def _put(self, entity: Entity) -> None:
        tables = self.tables
        match entity:
            case Message():
                tables.messages.setdefault(entity.channel_id, {})[entity.id] = entity
            case Member():
                tables.members[entity.user_id] = entity
            case Mark():
                tables.marks[entity.name] = entity
            case _:
                self._table(type(entity).__name__)[entity.id] = entity
        if isinstance(entity, Interaction):
            tables.tokens[entity.token] = entity.id
        if not isinstance(entity, Member | Mark):
            self.ids.seen(entity.id)

    def _drop(self, kind: str, key: tuple[int | str, ...]) -> None:
        last = cast(int, key[-1])
        if kind == "Message":
            self.tables.messages.get(cast(int, key[0]), {}).pop(last, None)
            return
        gone = self._table(kind).pop(last, None)
        if isinstance(gone, Channel):
            self.tables.messages.pop(gone.id, None)
        if isinstance(gone, Interaction):
            self.tables.tokens.pop(gone.token, None)

    def _table(self, kind: str) -> dict[int, Entity]:
        return cast(dict[int, Entity], getattr(self.tables, kind.lower() + "s"))

    def _living(self) -> Iterator[Entity]:
        tables = self.tables
        flat: tuple[dict[int, Entity], ...] = tuple(
            self._table(kind) for kind in ("User", "Guild", "Role", "Channel", "Member", "Command", "Webhook")
        )
        for table in flat:
            yield from table.values()
        now = clock.now()
        yield from (one for one in tables.interactions.values() if now - one.at < TOKEN_LIFE)
        for history in tables.messages.values():
            yield from history.values()

    def _compact(self, living: list[Entity]) -> None:
        mark = Mark(name=LAST_ID, value=self.ids.last)
        self._journal.rewrite([encode(entity)] for entity in [*living, mark])


def _key(entity: Entity) -> tuple[int | str, ...]:
    match entity:
        case Message():
            return (entity.channel_id, entity.id)
        case Member():
            return (entity.user_id,)
        case Mark():
            return (entity.name,)
        case _:
            return (entity.id,)
