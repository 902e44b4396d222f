"""People, roles, channels, threads, commands and webhooks as the objects of Discord's API, field by field."""

from __future__ import annotations

from sovereign.sandbox.entities import (
    Channel,
    ChannelKind,
    Command,
    Member,
    Role,
    Thread,
    ThreadMember,
    User,
    Webhook,
)
from sovereign.sandbox.state import State
from sovereign.sandbox.wire import Json, iso, iso_or_none, obj


def user(one: User) -> Json:
    return {
        "id": str(one.id),
        "username": one.name,
        "discriminator": "0000" if one.bot else "0",
        "global_name": None if one.bot else one.name.capitalize(),
        "avatar": None,
        "bot": one.bot,
        "system": False,
        "public_flags": 0,
        "flags": 0,
        "banner": None,
        "accent_color": None,
        "avatar_decoration_data": None,
        "collectibles": None,
        "primary_guild": None,
        "clan": None,
    }


def user_of(state: State, user_id: int) -> Json:
    one = state.tables.users.get(user_id)
    return user(one or User(id=user_id, name="deleted-user"))


def member(state: State, one: Member, *, with_user: bool = True) -> Json:
    shown: Json = {
        "avatar": None,
        "banner": None,
        "communication_disabled_until": iso_or_none(one.timed_out_until),
        "flags": 0,
        "joined_at": iso(one.joined_at),
        "nick": one.nick,
        "pending": False,
        "premium_since": None,
        "roles": [str(role) for role in one.roles],
        "mute": False,
        "deaf": False,
    }
    return {**shown, "user": user_of(state, one.user_id)} if with_user else shown


def role(one: Role) -> Json:
    return {
        "id": str(one.id),
        "name": one.name,
        "description": None,
        "permissions": str(one.permissions),
        "position": one.position,
        "color": one.color,
        "colors": {"primary_color": one.color, "secondary_color": None, "tertiary_color": None},
        "hoist": one.hoist,
        "managed": one.managed_by is not None,
        "mentionable": one.mentionable,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
        **({"tags": {"bot_id": str(one.managed_by)}} if one.managed_by else {}),
    }


def channel(state: State, one: Channel) -> Json:
    """A channel of a guild, a thread or a direct-message channel."""
    if one.kind == ChannelKind.DIRECT:
        return {
            "id": str(one.id),
            "type": one.kind,
            "last_message_id": _last(state, one),
            "flags": 0,
            "recipients": [user_of(state, one.recipient_id or 0)],
        }
    if one.thread is not None:
        return thread(state, one, one.thread)
    shown: Json = {
        "id": str(one.id),
        "type": one.kind,
        "guild_id": str(one.guild_id),
        "name": one.name,
        "position": one.position,
        "parent_id": None if one.parent_id is None else str(one.parent_id),
        "flags": 0,
        "permission_overwrites": [
            {"id": str(o.id), "type": o.kind, "allow": str(o.allow), "deny": str(o.deny)}
            for o in one.overwrites
        ],
    }
    if one.kind == ChannelKind.CATEGORY:
        return shown
    shown |= {
        "topic": one.topic,
        "nsfw": one.nsfw,
        "rate_limit_per_user": one.slowmode,
        "last_message_id": _last(state, one),
    }
    if one.kind in (ChannelKind.VOICE, ChannelKind.STAGE):
        return shown | {"bitrate": 64000, "user_limit": 0, "rtc_region": None}
    return shown | {
        "default_auto_archive_duration": one.archive_after,
        "last_pin_timestamp": iso_or_none(one.last_pin_at),
    }


def thread(state: State, one: Channel, facts: Thread) -> Json:
    count = state.message_count(one.id)
    return {
        "id": str(one.id),
        "type": one.kind,
        "guild_id": str(one.guild_id),
        "parent_id": str(one.parent_id),
        "owner_id": str(facts.owner_id),
        "name": one.name,
        "last_message_id": _last(state, one),
        "last_pin_timestamp": iso_or_none(one.last_pin_at),
        "rate_limit_per_user": one.slowmode,
        "message_count": count,
        "total_message_sent": count,
        "member_count": min(len(facts.members), 50),
        "flags": 0,
        "thread_metadata": {
            "archived": facts.archived,
            "archive_timestamp": iso(facts.archived_at),
            "auto_archive_duration": facts.archive_after,
            "create_timestamp": iso(facts.created_at),
            "locked": facts.locked,
            **({"invitable": facts.invitable} if one.kind == ChannelKind.PRIVATE_THREAD else {}),
        },
    }


def thread_for(state: State, one: Channel, user_id: int) -> Json:
    """A thread with the viewer's own membership, if they are in it."""
    shown = channel(state, one)
    mine = [] if one.thread is None else [m for m in one.thread.members if m.user_id == user_id]
    return {**shown, "member": thread_member(one.id, mine[0])} if mine else shown


def thread_member(thread_id: int, one: ThreadMember) -> Json:
    return {
        "id": str(thread_id),
        "user_id": str(one.user_id),
        "join_timestamp": iso(one.joined_at),
        "flags": 0,
    }


def command(one: Command, application_id: int) -> Json:
    shown: Json = {
        "id": str(one.id),
        "application_id": str(application_id),
        "version": str(one.version),
        "type": one.kind,
        "name": one.name,
        "name_localizations": obj(one.body.get("name_localizations")) or None,
        "description": one.description,
        "description_localizations": obj(one.body.get("description_localizations")) or None,
        "default_member_permissions": None
        if one.default_member_permissions is None
        else str(one.default_member_permissions),
        "dm_permission": one.body.get("dm_permission", True) is not False,
        "contexts": one.body.get("contexts"),
        "integration_types": one.body.get("integration_types") or [0],
        "nsfw": one.body.get("nsfw") is True,
    }
    if one.guild_id is not None:
        shown["guild_id"] = str(one.guild_id)
    return shown | ({"options": list(one.options)} if one.options else {})


def webhook(state: State, one: Webhook, base: str) -> Json:
    return {
        "id": str(one.id),
        "type": 1,
        "guild_id": str(one.guild_id),
        "channel_id": str(one.channel_id),
        "application_id": None,
        "name": one.name,
        "avatar": None,
        "token": one.token,
        "url": f"{base}/api/webhooks/{one.id}/{one.token}",
        "user": user_of(state, one.creator_id),
    }


def _last(state: State, one: Channel) -> str | None:
    last = state.last_message_id(one.id)
    return None if last is None else str(last)
