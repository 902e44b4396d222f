"""Adds members to the guild, and gives and takes roles, as somebody with the right to would."""

from __future__ import annotations

import re
from dataclasses import replace

from sovereign.core import clock
from sovereign.sandbox import payloads
from sovereign.sandbox.actions.members import tell_member
from sovereign.sandbox.driver import find
from sovereign.sandbox.entities import Member, User
from sovereign.sandbox.platform import Platform
from sovereign.sandbox.wire import Json, items, text

_NAME = re.compile(r"[a-z0-9_.]{2,32}")


def add_member(platform: Platform, body: Json) -> Json:
    """`{"name": …, "role_names": [names]}`, or `roles` for short. Raises 400 or 404 in words."""
    name = text(body.get("name")).lower()
    if not _NAME.fullmatch(name):
        raise find.wrong("name is 2 to 32 of the letters a to z, digits, _ and .")
    if any(user.name.lower() == name for user in platform.state.tables.users.values()):
        raise find.wrong(f"There is a member {name!r} already.")
    roles = tuple(_roles(platform, body.get("role_names", body.get("roles"))))
    user_id = platform.state.ids.next()
    user = User(id=user_id, name=name, color=user_id >> 22 & 0xFFFFFF)
    member = Member(user_id=user_id, joined_at=clock.now(), roles=roles)
    platform.state.commit(put=[user, member])
    tell_member(platform, "GUILD_MEMBER_ADD", member)
    return payloads.member(platform.state, member)


def change_roles(platform: Platform, body: Json) -> Json:
    """`{"member": …, "give": role or roles, "take": role or roles}`; `role` alone is given.

    Raises 400 or 404 in words.
    """
    member = find.member(platform, body.get("member"))
    give, take = (_roles(platform, body.get(key)) for key in ("give", "take"))
    give += _roles(platform, body.get("role"))
    if not give and not take:
        raise find.wrong('Say which role to "give" or to "take".')
    kept = tuple(role for role in member.roles if role not in take)
    changed = replace(member, roles=kept + tuple(role for role in give if role not in kept))
    platform.state.commit(put=[changed])
    tell_member(platform, "GUILD_MEMBER_UPDATE", changed)
    return payloads.member(platform.state, changed)


def _roles(platform: Platform, asked: object) -> list[int]:
    listed = items(asked) if isinstance(asked, list) else [asked] if asked else []
    return [find.role(platform, one).id for one in listed]
