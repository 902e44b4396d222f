"""Routes of the guild: itself, its members and its roles."""

from __future__ import annotations

from sovereign.sandbox import payloads
from sovereign.sandbox.actions import members, roles
from sovereign.sandbox.actions.members import find_member, find_role
from sovereign.sandbox.errors import bad_form, snowflake
from sovereign.sandbox.guild import BOT_ID
from sovereign.sandbox.guild_payloads import guild
from sovereign.sandbox.permissions import KICK, top_position
from sovereign.sandbox.rest.call import Call, Result, Route
from sovereign.sandbox.wire import objs


def read(call: Call) -> Result:
    call.guild()
    counts = {"approximate_member_count": len(call.state.tables.members), "approximate_presence_count": 1}
    return guild(call.state) | (counts if call.flag("with_counts") else {})


def read_members(call: Call) -> Result:
    call.guild()
    after, limit = snowflake(call.query.get("after", "0"), "after"), call.limit(1, 1000)
    later = sorted(one for one in call.state.tables.members if one > after)[:limit]
    return [payloads.member(call.state, call.state.tables.members[one]) for one in later]


def search_members(call: Call) -> Result:
    call.guild()
    query, limit = call.query.get("query", "").lower(), call.limit(1, 1000)
    found = [
        one
        for one in call.state.tables.members.values()
        if (one.nick or call.state.tables.users[one.user_id].name).lower().startswith(query)
    ]
    return [payloads.member(call.state, one) for one in found[:limit]]


def read_member(call: Call) -> Result:
    call.guild()
    return payloads.member(call.state, find_member(call.platform, call.id("user")))


def change_member(call: Call) -> Result:
    call.guild()
    who = BOT_ID if call.path.get("user", "@me") == "@me" else call.id("user")
    member = find_member(call.platform, who)
    return payloads.member(call.state, members.change(call.platform, member, BOT_ID, call.body))


def kick(call: Call) -> Result:
    call.guild()
    member = find_member(call.platform, call.id("user"))
    bits = KICK if top_position(call.state, member.user_id) < top_position(call.state, BOT_ID) else -1
    members.need_in_guild(call.platform, BOT_ID, bits)
    call.state.commit(drop=[member])
    members.tell_member(call.platform, "GUILD_MEMBER_REMOVE", member)
    return None


def give_role(call: Call) -> Result:
    return _set_role(call, given=True)


def take_role(call: Call) -> Result:
    return _set_role(call, given=False)


def read_roles(call: Call) -> Result:
    call.guild()
    return [payloads.role(one) for one in call.state.tables.roles.values()]


def read_role(call: Call) -> Result:
    call.guild()
    return payloads.role(find_role(call.platform, call.id("role")))


def create_role(call: Call) -> Result:
    call.guild()
    return payloads.role(roles.create(call.platform, BOT_ID, call.body))


def change_role(call: Call) -> Result:
    call.guild()
    role = find_role(call.platform, call.id("role"))
    return payloads.role(roles.change(call.platform, role, BOT_ID, call.body))


def delete_role(call: Call) -> Result:
    call.guild()
    roles.delete(call.platform, find_role(call.platform, call.id("role")), BOT_ID)
    return None


def order_roles(call: Call) -> Result:
    call.guild()
    if not isinstance(call.content, list):
        raise bad_form("", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
    roles.order(call.platform, BOT_ID, objs(call.content))
    return read_roles(call)


def _set_role(call: Call, *, given: bool) -> Result:
    call.guild()
    member = find_member(call.platform, call.id("user"))
    role = find_role(call.platform, call.id("role"))
    members.set_role(call.platform, member, role, BOT_ID, given=given)
    return None


_GUILD = "/guilds/{guild}"
_MEMBER = _GUILD + "/members/{user}"
_ROLE = _GUILD + "/roles/{role}"
ROUTES = (
    Route(method="GET", path=_GUILD, act=read),
    Route(method="GET", path=_GUILD + "/members", act=read_members),
    Route(method="GET", path=_GUILD + "/members/search", act=search_members),
    Route(method="GET", path=_MEMBER, act=read_member),
    Route(method="PATCH", path=_MEMBER, act=change_member),
    Route(method="DELETE", path=_MEMBER, act=kick),
    Route(method="PUT", path=_MEMBER + "/roles/{role}", act=give_role, shares="member roles"),
    Route(method="DELETE", path=_MEMBER + "/roles/{role}", act=take_role, shares="member roles"),
    Route(method="GET", path=_GUILD + "/roles", act=read_roles),
    Route(method="POST", path=_GUILD + "/roles", act=create_role),
    Route(method="PATCH", path=_GUILD + "/roles", act=order_roles),
    Route(method="GET", path=_ROLE, act=read_role),
    Route(method="PATCH", path=_ROLE, act=change_role),
    Route(method="DELETE", path=_ROLE, act=delete_role),
)
