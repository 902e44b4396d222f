"""What a person sees: the guild with its channels and people, and the messages of a channel."""

from __future__ import annotations

from sovereign.sandbox import payloads
from sovereign.sandbox.entities import Channel, Command, Message
from sovereign.sandbox.guild import BOT_ID
from sovereign.sandbox.permissions import HISTORY, VIEW, in_channel, in_guild
from sovereign.sandbox.platform import Platform
from sovereign.sandbox.wire import Json, obj, objs, text

MOST = 500
"""Messages in one answer."""


def guild_state(platform: Platform, viewer: int | None) -> Json:
    """Everything, or what one member sees of it."""
    state = platform.state
    seen = [one for one in state.tables.channels.values() if _sees(platform, viewer, one)]
    return {
        "guild": {
            "id": str(state.guild.id),
            "name": state.guild.name,
            "owner_id": str(state.guild.owner_id),
        },
        "bot": {
            **payloads.user_of(state, BOT_ID),
            "color": state.tables.users[BOT_ID].color,
            "online": platform.gateway.online,
        },
        "categories": [
            {"id": str(one.id), "name": one.name, "position": one.position}
            for one in _ordered(seen)
            if one.kind == 4
        ],
        "channels": [
            _channel(platform, one) for one in _ordered(seen) if one.kind not in (1, 4) and not one.is_thread
        ],
        "threads": [_thread(platform, one) for one in seen if one.is_thread],
        "roles": [
            payloads.role(one) for one in sorted(state.tables.roles.values(), key=lambda r: -r.position)
        ],
        "members": [_member(platform, user_id) for user_id in state.tables.members],
        "commands": [
            one for command in state.tables.commands.values() for one in _paths(platform, command, viewer)
        ],
        "traffic": platform.traffic.last,
    }


def messages(
    platform: Platform, where: Channel, viewer: int, limit: int, before: int | None, *, pinned: bool = False
) -> list[Json]:
    """Oldest first, the newest `limit` of them, with the ephemeral ones addressed to the viewer."""
    if not in_channel(platform.state, viewer, where) & HISTORY:
        return []
    seen = [
        one
        for one in platform.state.history(where.id).values()
        if one.ephemeral_to in (None, viewer)
        and (before is None or one.id < before)
        and (one.pinned_at is not None or not pinned)
    ]
    return [shown(platform, one, viewer) for one in seen[-limit:]]


def shown(platform: Platform, message: Message, viewer: int) -> Json:
    """A message object with `ephemeral`, and in `thread` the id of the one that hangs on it, or null."""
    body = platform.shown(message, viewer)
    if message.webhook_avatar is not None:
        body["author"] = {**obj(body["author"]), "avatar": message.webhook_avatar}
    thread = body.get("thread")
    hanging = thread["id"] if isinstance(thread, dict) else None
    return {**body, "thread": hanging, "ephemeral": message.ephemeral_to is not None}


def usable(platform: Platform, command: Command, viewer: int, where: Channel | None = None) -> bool:
    """Whether the member sees the command: its default permissions, as nobody set others by hand."""
    needed = command.default_member_permissions
    if needed is None:
        return True
    state = platform.state
    held = in_channel(state, viewer, where) if where else in_guild(state, viewer)
    return in_guild(state, viewer) & 8 == 8 or (needed != 0 and held & needed == needed)


def _sees(platform: Platform, viewer: int | None, channel: Channel) -> bool:
    if channel.guild_id is None:
        return False
    if channel.thread is not None and channel.parent_id not in platform.state.tables.channels:
        return False
    return viewer is None or bool(in_channel(platform.state, viewer, channel) & VIEW)


def _ordered(channels: list[Channel]) -> list[Channel]:
    return sorted(channels, key=lambda one: (one.position, one.id))


def _channel(platform: Platform, one: Channel) -> Json:
    body = platform.shown_channel(one)
    category = platform.state.tables.channels.get(one.parent_id or 0)
    return {
        **body,
        "topic": one.topic,
        "category": category.name if category else None,
        "overwrites": body["permission_overwrites"],
    }


def _thread(platform: Platform, one: Channel) -> Json:
    body = platform.shown_channel(one)
    facts = one.thread
    return {
        **body,
        "archived": facts is not None and facts.archived,
        "locked": facts is not None and facts.locked,
        "members": [str(inside.user_id) for inside in facts.members] if facts else [],
    }


def _member(platform: Platform, user_id: int) -> Json:
    state = platform.state
    member, user = state.tables.members[user_id], state.tables.users[user_id]
    held = [state.tables.roles[one] for one in member.roles if one in state.tables.roles]
    held.sort(key=lambda role: -role.position)
    return {
        "id": str(user_id),
        "name": user.name,
        "display_name": member.nick or payloads.user(user)["global_name"] or user.name,
        "bot": user.bot,
        "owner": user_id == state.guild.owner_id,
        "avatar_color": user.color,
        "color": next((role.color for role in held if role.color), 0),
        "roles": [str(role.id) for role in held],
        "role_names": [role.name for role in held],
    }


def _paths(platform: Platform, command: Command, viewer: int | None) -> list[Json]:
    """One entry for each thing that can be called: a command, or each of its sub-commands."""
    if viewer is not None and not usable(platform, command, viewer):
        return []
    common: Json = {
        "id": str(command.id),
        "type": command.kind,
        "default_member_permissions": command.default_member_permissions,
    }
    if command.kind != 1:
        return [{**common, "name": command.name, "description": "", "options": []}]
    return [
        {
            **common,
            "name": name,
            "description": text(leaf.get("description")),
            "options": objs(leaf.get("options")),
        }
        for name, leaf in leaves(command)
    ]


def leaves(command: Command) -> list[tuple[str, Json]]:
    """`deploy approve` and its definition, for every sub-command; the command itself when it has none."""
    top: Json = {"description": command.description, "options": list(command.options)}

    def below(name: str, part: Json) -> list[tuple[str, Json]]:
        nested = [one for one in objs(part.get("options")) if one.get("type") in (1, 2)]
        if not nested:
            return [(name, part)]
        return [leaf for one in nested for leaf in below(f"{name} {text(one.get('name'))}", one)]

    return below(command.name, top)


def names(platform: Platform) -> str:
    found = sorted(
        name for one in platform.state.tables.commands.values() for name, _ in leaves(one) if one.kind == 1
    )
    return ", ".join(f"/{name}" for name in found) or "none yet: has the bot registered its commands?"
