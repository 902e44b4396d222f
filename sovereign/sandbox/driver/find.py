"""Finds what a person speaks of by name or id, and says in words when it is not there for them."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from sovereign.sandbox.actions.direct import direct_channel
from sovereign.sandbox.entities import TEXTUAL, Channel, Member, Message, Role
from sovereign.sandbox.permissions import VIEW, in_channel, names
from sovereign.sandbox.platform import Platform
from sovereign.sandbox.wire import text

DIRECT = "@bot"


class Wrong(Exception):
    """What was asked for cannot be done; `args[0]` is a sentence that says why."""

    def __init__(self, status: HTTPStatus, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


def missing(sentence: str) -> Wrong:
    return Wrong(HTTPStatus.NOT_FOUND, sentence)


def wrong(sentence: str) -> Wrong:
    return Wrong(HTTPStatus.BAD_REQUEST, sentence)


def forbidden(sentence: str) -> Wrong:
    return Wrong(HTTPStatus.FORBIDDEN, sentence)


def name_of(platform: Platform, user_id: int) -> str:
    user = platform.state.tables.users.get(user_id)
    return user.name if user else str(user_id)


def member(platform: Platform, asked: object) -> Member:
    """By name (case does not matter, an @ may stand before it) or id. Raises 404 with the names there are."""
    wanted = _written(asked).removeprefix("@").lower()
    members = platform.state.tables.members
    if wanted.isdecimal() and int(wanted) in members:
        return members[int(wanted)]
    for one in members.values():
        if wanted and name_of(platform, one.user_id).lower() == wanted:
            return one
    people = _listed(name_of(platform, one) for one in members)
    raise missing(f"There is no member {asked!r}. There are: {people}.")


def person(platform: Platform, asked: object) -> Member:
    """A member whom somebody can play: not the bot."""
    found = member(platform, asked)
    if platform.state.tables.users[found.user_id].bot:
        raise wrong("The bot plays itself; play one of the people.")
    return found


def role(platform: Platform, asked: object) -> Role:
    wanted = _written(asked).removeprefix("@").lower()
    roles = platform.state.tables.roles
    if wanted.isdecimal() and int(wanted) in roles:
        return roles[int(wanted)]
    for one in roles.values():
        if one.name.lower().removeprefix("@") == wanted:
            return one
    raise missing(f"There is no role {asked!r}. There are: {_listed(one.name for one in roles.values())}.")


def channel(platform: Platform, asked: object, viewer: int) -> Channel:
    """A channel with messages, a thread, or `@bot`; 403 when the viewer cannot see it.

    Of several things of one name the channel comes first, then the newest thread.
    """
    wanted = _written(asked).removeprefix("#")
    if wanted == DIRECT:
        return direct_channel(platform, viewer)
    found = _named(platform, wanted)
    if found is None:
        seen = (one.name for one in visible(platform, viewer) if not one.is_thread)
        raise missing(f"There is no channel {asked!r}. There are: {_listed(seen)}.")
    if not in_channel(platform.state, viewer, found) & VIEW:
        raise forbidden(f"{name_of(platform, viewer)} cannot see #{found.name or DIRECT}.")
    return found


def visible(platform: Platform, viewer: int) -> list[Channel]:
    return [
        one
        for one in platform.state.tables.channels.values()
        if one.kind in TEXTUAL and in_channel(platform.state, viewer, one) & VIEW
    ]


def message(platform: Platform, where: Channel, asked: object, viewer: int) -> Message:
    """A message there that the viewer can see."""
    wanted = _written(asked)
    found = platform.state.history(where.id).get(int(wanted)) if wanted.isdecimal() else None
    if found is None or found.ephemeral_to not in (None, viewer):
        raise missing(f"There is no message {asked!r} in #{where.name or DIRECT}.")
    return found


def need(platform: Platform, viewer: int, where: Channel, bits: int) -> None:
    """Raises 403 that names the permission."""
    lacking = bits & ~in_channel(platform.state, viewer, where)
    if lacking:
        place = where.name or DIRECT
        raise forbidden(f"{name_of(platform, viewer)} lacks {names(lacking)} in #{place}.")


def _written(asked: object) -> str:
    """A name or an id, which may come as a number."""
    return str(asked) if isinstance(asked, int) else text(asked)


def _named(platform: Platform, wanted: str) -> Channel | None:
    channels = platform.state.tables.channels
    if wanted.isdecimal() and int(wanted) in channels:
        return channels[int(wanted)]
    found = [one for one in channels.values() if one.kind in TEXTUAL and wanted and one.name == wanted]
    return max(found, key=lambda one: (not one.is_thread, one.id), default=None)


def _listed(names_there: Iterable[str]) -> str:
    return ", ".join(sorted(names_there)) or "none"
