"""Changes members: their roles, nickname and time-outs; tells who came, changed or went."""

from __future__ import annotations

from dataclasses import replace

from sovereign.sandbox import payloads
from sovereign.sandbox.entities import Member, Role
from sovereign.sandbox.errors import Form, refusal, snowflake
from sovereign.sandbox.permissions import (
    CHANGE_NICK,
    MANAGE_NICKS,
    MANAGE_ROLES,
    MODERATE,
    in_guild,
    top_position,
)
from sovereign.sandbox.platform import Platform
from sovereign.sandbox.wire import Json, items, moment, text


def find_member(platform: Platform, user_id: int) -> Member:
    """Raises 10007, or 10013 when there is no such user at all."""
    found = platform.state.tables.members.get(user_id)
    if found is None:
        raise refusal(10007 if user_id in platform.state.tables.users else 10013)
    return found


def find_role(platform: Platform, role_id: int) -> Role:
    """Raises 10011."""
    found = platform.state.tables.roles.get(role_id)
    if found is None:
        raise refusal(10011)
    return found


def need_in_guild(platform: Platform, actor_id: int, bits: int) -> None:
    """Raises 50013."""
    if in_guild(platform.state, actor_id) & bits != bits:
        raise refusal(50013)


def set_role(platform: Platform, member: Member, role: Role, actor_id: int, *, given: bool) -> Member:
    """Raises 50013 without Manage Roles or for a role that stands too high, 50028 for one not to be given."""
    need_in_guild(platform, actor_id, MANAGE_ROLES)
    if role.id == platform.state.guild.id or role.managed_by is not None:
        raise refusal(50028)
    if role.position >= top_position(platform.state, actor_id):
        raise refusal(50013)
    rest = tuple(one for one in member.roles if one != role.id)
    changed = replace(member, roles=(*rest, role.id) if given else rest)
    if set(changed.roles) != set(member.roles):
        platform.state.commit(put=[changed])
        tell_member(platform, "GUILD_MEMBER_UPDATE", changed)
    return changed


def change(platform: Platform, member: Member, actor_id: int, body: Json) -> Member:
    """Nickname, roles, time-out. Raises 50035, 50013 or 50028."""
    form = Form()
    form.length("nick", body.get("nick"), 32)
    form.check()
    if "roles" in body:
        _set_roles(platform, member, actor_id, body)
        member = find_member(platform, member.user_id)
    changed = member
    if "nick" in body:
        own = member.user_id == actor_id
        need_in_guild(platform, actor_id, CHANGE_NICK if own else MANAGE_NICKS)
        changed = replace(changed, nick=text(body["nick"]) or None)
    if "communication_disabled_until" in body:
        need_in_guild(platform, actor_id, MODERATE)
        changed = replace(changed, timed_out_until=moment(body["communication_disabled_until"]))
    if changed != member:
        platform.state.commit(put=[changed])
        tell_member(platform, "GUILD_MEMBER_UPDATE", changed)
    return changed


def tell_member(platform: Platform, name: str, member: Member) -> None:
    guild_id = str(platform.state.guild.id)
    if name == "GUILD_MEMBER_REMOVE":
        body: Json = {"guild_id": guild_id, "user": payloads.user_of(platform.state, member.user_id)}
    else:
        body = {**payloads.member(platform.state, member), "guild_id": guild_id}
    platform.tell(name, body)


def _set_roles(platform: Platform, member: Member, actor_id: int, body: Json) -> None:
    wanted = [snowflake(one, "roles") for one in items(body.get("roles"))]
    for role_id in (*wanted, *member.roles):
        if (role_id in wanted) != (role_id in member.roles):
            current = find_member(platform, member.user_id)
            set_role(platform, current, find_role(platform, role_id), actor_id, given=role_id in wanted)
