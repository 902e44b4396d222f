"""Which described objects each event of the gateway carries, once what only the gateway adds is off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

Found: TypeAlias = Iterator[tuple[str, Any]]
"""Names of component schemas, and the values that should be such."""

_GUILD_ONLY = (
    "joined_at",
    "large",
    "unavailable",
    "member_count",
    "voice_states",
    "presences",
    "stage_instances",
    "guild_scheduled_events",
    "soundboard_sounds",
)


def objects(name: str, body: dict[str, Any]) -> Found:
    """Raises KeyError for an event that Discord does not send."""
    yield from _EVENTS[name](body)


def _without(body: dict[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key not in names}


def _ready(body: dict[str, Any]) -> Found:
    yield "UserResponse", _without(body["user"], "verified", "mfa_enabled", "email")


def _guild(body: dict[str, Any]) -> Found:
    yield "GuildResponse", _without(body, *_GUILD_ONLY, "members", "channels", "threads")
    for part, schema in (("members", "GuildMemberResponse"), ("threads", "ThreadResponse")):
        yield from ((schema, one) for one in body[part])
    yield from (("GuildChannelResponse", one) for one in body["channels"])


def _message(body: dict[str, Any]) -> Found:
    yield "MessageResponse", _without(body, "guild_id", "member")
    if "member" in body:
        yield "GuildMemberResponse", {**body["member"], "user": body["author"]}


def _channel(body: dict[str, Any]) -> Found:
    schema = {1: "PrivateChannelResponse", 10: "ThreadResponse", 11: "ThreadResponse", 12: "ThreadResponse"}
    yield schema.get(body["type"], "GuildChannelResponse"), _without(body, "newly_created")


def _member(body: dict[str, Any]) -> Found:
    yield "GuildMemberResponse", _without(body, "guild_id", "permissions")


def _gone(body: dict[str, Any]) -> Found:
    yield "UserResponse", body["user"]


def _members(body: dict[str, Any]) -> Found:
    yield from (("GuildMemberResponse", one) for one in body["members"])


def _in_thread(body: dict[str, Any]) -> Found:
    yield from (("ThreadMemberResponse", _without(one, "presence")) for one in body["added_members"])


def _role(body: dict[str, Any]) -> Found:
    yield "GuildRoleResponse", body["role"]


def _reaction(body: dict[str, Any]) -> Found:
    yield "MessageReactionEmojiResponse", body["emoji"]
    if "member" in body:
        yield "GuildMemberResponse", body["member"]


def _interaction(body: dict[str, Any]) -> Found:
    yield from _channel(body["channel"])
    if "member" in body:
        yield from _member(body["member"])
    else:
        yield from _gone(body)
    if "message" in body:
        yield from _message(body["message"])
    resolved = body["data"].get("resolved", {})
    parts = _without(resolved, "messages", "attachments")
    if "members" in parts:
        parts["members"] = {key: _without(one, "permissions") for key, one in parts["members"].items()}
    yield "ResolvedObjectsResponse", parts
    for one in resolved.get("messages", {}).values():
        yield from _message(one)
    yield from (("MessageAttachmentResponse", one) for one in resolved.get("attachments", {}).values())


def _nothing(body: dict[str, Any]) -> Found:
    yield from ()


_EVENTS: dict[str, Callable[[dict[str, Any]], Found]] = {
    "READY": _ready,
    "GUILD_CREATE": _guild,
    "GUILD_MEMBERS_CHUNK": _members,
    "GUILD_MEMBER_ADD": _member,
    "GUILD_MEMBER_UPDATE": _member,
    "GUILD_MEMBER_REMOVE": _gone,
    "GUILD_ROLE_CREATE": _role,
    "GUILD_ROLE_UPDATE": _role,
    "INTERACTION_CREATE": _interaction,
    "MESSAGE_REACTION_ADD": _reaction,
    "MESSAGE_REACTION_REMOVE": _reaction,
    "MESSAGE_REACTION_REMOVE_EMOJI": _reaction,
    "THREAD_MEMBERS_UPDATE": _in_thread,
    **dict.fromkeys(("MESSAGE_CREATE", "MESSAGE_UPDATE"), _message),
    **dict.fromkeys(("CHANNEL_CREATE", "CHANNEL_UPDATE", "CHANNEL_DELETE"), _channel),
    **dict.fromkeys(("THREAD_CREATE", "THREAD_UPDATE"), _channel),
    **dict.fromkeys(
        (
            "CHANNEL_PINS_UPDATE",
            "GUILD_ROLE_DELETE",
            "MESSAGE_DELETE",
            "MESSAGE_DELETE_BULK",
            "MESSAGE_REACTION_REMOVE_ALL",
            "THREAD_DELETE",
            "TYPING_START",
            "WEBHOOKS_UPDATE",
        ),
        _nothing,
    ),
}
