"""Makes, changes, orders and deletes the guild's roles."""

from __future__ import annotations

from dataclasses import replace

from sovereign.sandbox import payloads
from sovereign.sandbox.actions.members import find_role, need_in_guild
from sovereign.sandbox.entities import Role
from sovereign.sandbox.errors import Form, refusal, snowflake
from sovereign.sandbox.permissions import MANAGE_ROLES, in_guild, top_position
from sovereign.sandbox.platform import Platform
from sovereign.sandbox.wire import Json, number, obj, text

MOST = 250


def create(platform: Platform, actor_id: int, body: Json) -> Role:
    """Raises 50035, 50013 or 30005. A new role stands lowest."""
    need_in_guild(platform, actor_id, MANAGE_ROLES)
    _check(body)
    if len(platform.state.tables.roles) >= MOST:
        raise refusal(30005)
    everyone = platform.state.tables.roles[platform.state.guild.id]
    made = Role(
        id=platform.state.ids.next(),
        name=text(body.get("name")).strip() or "new role",
        permissions=number(body.get("permissions"), everyone.permissions),
        color=_color(body, 0),
        hoist=body.get("hoist") is True,
        mentionable=body.get("mentionable") is True,
        position=1,
    )
    _need_own(platform, actor_id, made.permissions & ~everyone.permissions)
    above = [
        replace(one, position=one.position + 1)
        for one in platform.state.tables.roles.values()
        if one.id != everyone.id
    ]
    platform.state.commit(put=[*above, made])
    _tell(platform, "GUILD_ROLE_CREATE", made)
    for role in above:
        _tell(platform, "GUILD_ROLE_UPDATE", role)
    return made


def change(platform: Platform, role: Role, actor_id: int, body: Json) -> Role:
    """Raises 50035 or 50013."""
    _need_above(platform, actor_id, role)
    _check(body)
    permissions = number(body.get("permissions"), role.permissions)
    _need_own(platform, actor_id, permissions ^ role.permissions)
    changed = replace(
        role,
        name=text(body.get("name")).strip() or role.name,
        permissions=permissions,
        color=_color(body, role.color),
        hoist=body.get("hoist", role.hoist) is True,
        mentionable=body.get("mentionable", role.mentionable) is True,
    )
    platform.state.commit(put=[changed])
    _tell(platform, "GUILD_ROLE_UPDATE", changed)
    return changed


def delete(platform: Platform, role: Role, actor_id: int) -> None:
    """Raises 50013, or 50028 for @everyone and for a bot's own role."""
    if role.id == platform.state.guild.id or role.managed_by is not None:
        raise refusal(50028)
    _need_above(platform, actor_id, role)
    tables = platform.state.tables
    holders = [
        replace(one, roles=tuple(held for held in one.roles if held != role.id))
        for one in tables.members.values()
        if role.id in one.roles
    ]
    rooms = [
        replace(one, overwrites=tuple(rule for rule in one.overwrites if rule.id != role.id))
        for one in tables.channels.values()
        if any(rule.id == role.id for rule in one.overwrites)
    ]
    platform.state.commit(put=[*holders, *rooms], drop=[role])
    body: Json = {"guild_id": str(platform.state.guild.id), "role_id": str(role.id)}
    platform.tell("GUILD_ROLE_DELETE", body)


def order(platform: Platform, actor_id: int, wanted: list[Json]) -> None:
    """Raises 10011, 50035 or 50013."""
    need_in_guild(platform, actor_id, MANAGE_ROLES)
    changed = []
    for one in wanted:
        role = find_role(platform, snowflake(one.get("id"), "id"))
        position = number(one.get("position"), role.position)
        _need_above(platform, actor_id, replace(role, position=max(role.position, position)))
        changed.append(replace(role, position=position))
    platform.state.commit(put=changed)
    for role in changed:
        _tell(platform, "GUILD_ROLE_UPDATE", role)


def _check(body: Json) -> None:
    form = Form()
    form.length("name", body.get("name"), 100)
    if body.get("color") is not None:
        form.between("color", body["color"], 0, 0xFFFFFF)
    form.check()


def _color(body: Json, default: int) -> int:
    colors = obj(body.get("colors"))
    return number(colors.get("primary_color"), number(body.get("color"), default))


def _need_own(platform: Platform, actor_id: int, bits: int) -> None:
    """Nobody gives or takes what they have not got."""
    if bits & ~in_guild(platform.state, actor_id):
        raise refusal(50013)


def _need_above(platform: Platform, actor_id: int, role: Role) -> None:
    need_in_guild(platform, actor_id, MANAGE_ROLES)
    if role.position >= top_position(platform.state, actor_id):
        raise refusal(50013)


def _tell(platform: Platform, name: str, role: Role) -> None:
    body: Json = {"guild_id": str(platform.state.guild.id), "role": payloads.role(role)}
    platform.tell(name, body)
