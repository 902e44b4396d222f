"""What Discord tells of the application and its guild, in plain values that the checks judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sovereign.core.errors import Unavailable
from sovereign.domain.permission import Role


class Unanswered(Unavailable):
    """What was tried and what came back, and what to do about it; neither holds a secret."""

    def __init__(self, problem: str, todo: str) -> None:
        super().__init__(problem)
        self.todo = todo


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """
    intents       the privileged ones that are switched on, by their names in the developer portal
    interactions  the address that gets the commands and presses instead of the bot, if one is set
    ahead         how far our clock is ahead of Discord's; None where it did not tell the time
    """

    id: int
    name: str
    api: str
    intents: tuple[str, ...]
    interactions: str | None
    ahead: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Starts:
    """How often the bot may still log in before `again`."""

    left: int
    total: int
    again: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """`kind` is Discord's word; `lacks` names what the bot must be allowed there and is not."""

    id: int
    name: str
    kind: str
    lacks: tuple[str, ...]
    mentions: bool
    """Whether the bot may mention roles there that are not mentionable."""

    @property
    def holds_messages(self) -> bool:
        return self.kind in ("text", "news")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guild:
    """`roles` go from the highest to the lowest, without @everyone; `own_role` is that of the bot."""

    id: int
    name: str
    channels: tuple[Channel, ...]
    roles: tuple[Role, ...]
    mentionable: frozenset[int]
    own_role: str
    top_role: Role | None
    administrator: bool
    mentions: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Guilds:
    """Names by id of the guilds that the bot is in, and the address that invites it into one."""

    names: Mapping[int, str]
    invitation: str


Visibility = Mapping[str, Sequence[int] | None]
"""Registered commands, each with the ids of the roles that it is shown to; None: to everybody."""
