"""What the platform remembers: users, guild, roles, channels, threads, members, messages, commands and so on.

Ids are integers in here and strings on the wire. Everything is frozen: a change is a new value in the place
of the old one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, IntFlag
from typing import TypeAlias

from sovereign.sandbox.wire import Json


class ChannelKind(IntEnum):
    TEXT = 0
    DIRECT = 1
    VOICE = 2
    CATEGORY = 4
    ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    STAGE = 13
    FORUM = 15


TEXTUAL = frozenset({0, 1, 2, 5, 10, 11, 12, 13})
"""Kinds of channel that hold messages."""
THREADS = frozenset({10, 11, 12})


class MessageKind(IntEnum):
    DEFAULT = 0
    PINNED = 6
    THREAD_CREATED = 18
    REPLY = 19
    CHAT_COMMAND = 20
    THREAD_STARTER = 21
    CONTEXT_COMMAND = 23


class MessageFlag(IntFlag):
    SUPPRESS_EMBEDS = 1 << 2
    HAS_THREAD = 1 << 5
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    COMPONENTS_V2 = 1 << 15


class InteractionKind(IntEnum):
    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    id: int
    name: str
    bot: bool = False
    color: int = 0x7A7F87
    """Of the avatar that the page draws, 0xRRGGBB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guild:
    id: int
    name: str
    owner_id: int
    description: str | None = None
    system_channel_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    id: int
    name: str
    permissions: int = 0
    position: int = 0
    color: int = 0
    hoist: bool = False
    mentionable: bool = False
    managed_by: int | None = None
    """The bot whose own role this is; such a role can be neither given nor deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overwrite:
    id: int
    kind: int
    """0 for a role, 1 for a member."""
    allow: int = 0
    deny: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadMember:
    user_id: int
    joined_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """What a channel has when it is a thread. `archive_after` is in minutes."""

    owner_id: int
    created_at: datetime
    archived_at: datetime
    """When the archived state last changed, either way."""
    archive_after: int = 1440
    archived: bool = False
    locked: bool = False
    invitable: bool = True
    members: tuple[ThreadMember, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    id: int
    kind: int
    name: str
    guild_id: int | None
    parent_id: int | None = None
    position: int = 0
    topic: str | None = None
    nsfw: bool = False
    slowmode: int = 0
    overwrites: tuple[Overwrite, ...] = ()
    archive_after: int = 1440
    last_pin_at: datetime | None = None
    recipient_id: int | None = None
    """The person at the other end of a direct-message channel."""
    thread: Thread | None = None

    @property
    def is_thread(self) -> bool:
        return self.kind in THREADS


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    user_id: int
    joined_at: datetime
    roles: tuple[int, ...] = ()
    nick: str | None = None
    timed_out_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """The bytes lie beside the journal, under the id."""

    id: int
    filename: str
    size: int
    content_type: str | None = None
    description: str | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    emoji: str
    """A Unicode emoji, or `name:id` for one of the guild's own."""
    users: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The interaction that a message answers."""

    id: int
    kind: int
    user_id: int
    name: str | None = None
    """Of the command, in full: `deploy approve`."""
    command_kind: int = 1
    target_id: int | None = None
    """The user or message that a menu command was used on."""
    message_id: int | None = None
    """The message whose component was used."""
    original_id: int | None = None
    """The first answer, on those that follow it."""
    trigger: Origin | None = None
    """What brought up the modal that was sent in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    id: int
    channel_id: int
    author_id: int
    """A user's id, or the webhook's when `webhook_name` is set."""
    at: datetime
    content: str = ""
    kind: int = 0
    flags: int = 0
    edited_at: datetime | None = None
    embeds: tuple[Json, ...] = ()
    components: tuple[Json, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    mentions: tuple[int, ...] = ()
    mention_roles: tuple[int, ...] = ()
    mention_everyone: bool = False
    tts: bool = False
    reactions: tuple[Reaction, ...] = ()
    pinned_at: datetime | None = None
    reference_id: int | None = None
    reference_channel_id: int | None = None
    nonce: str | None = None
    webhook_id: int | None = None
    webhook_name: str | None = None
    webhook_avatar: str | None = None
    origin: Origin | None = None
    ephemeral_to: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """An application command; `body` is what was registered, as it was."""

    id: int
    version: int
    name: str
    kind: int = 1
    guild_id: int | None = None
    description: str = ""
    options: tuple[Json, ...] = ()
    default_member_permissions: int | None = None
    body: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    id: int
    channel_id: int
    guild_id: int
    name: str
    token: str
    creator_id: int
    avatar: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """`answer` is the type of the callback that acknowledged it, or None while nobody has."""

    id: int
    token: str
    kind: int
    user_id: int
    channel_id: int
    at: datetime
    content: Json
    """The `data` of the interaction as the bot gets it."""
    message_id: int | None = None
    """The message whose component was used."""
    answer: int | None = None
    reply_id: int | None = None
    """The message that answers it: `@original`."""
    modal: Json | None = None
    trigger: Origin | None = None
    """What brought up the modal that was sent in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A number to remember by name, such as the last id given out."""

    name: str
    value: int


Entity: TypeAlias = User | Guild | Role | Channel | Member | Message | Command | Webhook | Interaction | Mark
