"""Whom a message pings: what its text mentions, as far as `allowed_mentions` and permissions let it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sovereign.sandbox.entities import Channel, Message
from sovereign.sandbox.permissions import MENTION_EVERYONE, VIEW, in_channel
from sovereign.sandbox.state import State
from sovereign.sandbox.wire import Json, items, number

_USER = re.compile(r"<@!?(\d{1,20})>")
_ROLE = re.compile(r"<@&(\d{1,20})>")
_EVERYONE = re.compile(r"@(?:everyone|here)\b")
_ALL: Json = {"parse": ["users", "roles", "everyone"], "replied_user": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions:
    users: tuple[int, ...] = ()
    roles: tuple[int, ...] = ()
    everyone: bool = False


def mentioned(
    state: State,
    channel: Channel,
    author_id: int,
    content: str,
    allowed: Json | None,
    replied_to: Message | None = None,
) -> Mentions:
    """Without `allowed` everything is; a role if it is mentionable or the author may mention everyone."""
    rules = _ALL if allowed is None else allowed
    parse = items(rules.get("parse"))
    mighty = bool(in_channel(state, author_id, channel) & MENTION_EVERYONE)
    users = _named(_USER, content, "users" in parse, rules.get("users"))
    if replied_to is not None and rules.get("replied_user") is True:
        users.append(replied_to.author_id)
    roles = _named(_ROLE, content, "roles" in parse, rules.get("roles"))
    return Mentions(
        users=tuple(dict.fromkeys(user for user in users if user in state.tables.users)),
        roles=tuple(
            dict.fromkeys(
                one for one in roles if (role := state.tables.roles.get(one)) and (role.mentionable or mighty)
            )
        ),
        everyone=mighty and "everyone" in parse and bool(_EVERYONE.search(content)),
    )


def pinged(state: State, message: Message, channel: Channel) -> set[int]:
    """The members who get a ping of it and can see it, roles and everyone resolved."""
    found = set(message.mentions)
    for member in state.tables.members.values():
        if message.mention_everyone or set(member.roles) & set(message.mention_roles):
            found.add(member.user_id)
    return {user for user in found if in_channel(state, user, channel) & VIEW}


def _named(pattern: re.Pattern[str], content: str, every: bool, listed: object) -> list[int]:
    found = [int(one) for one in pattern.findall(content)]
    if every:
        return found
    allowed = {number(one) for one in items(listed)}
    return [one for one in found if one in allowed]
