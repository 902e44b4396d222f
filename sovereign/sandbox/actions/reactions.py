"""Puts reactions on messages and takes them off."""

from __future__ import annotations

from dataclasses import replace

from sovereign.sandbox import message_payloads, payloads
from sovereign.sandbox.entities import Channel, Message, Reaction
from sovereign.sandbox.errors import refusal
from sovereign.sandbox.permissions import ADD_REACTIONS, HISTORY
from sovereign.sandbox.platform import Platform
from sovereign.sandbox.wire import Json

MOST = 20
"""Different emoji on one message."""


def react(platform: Platform, message: Message, user_id: int, emoji: str) -> Message:
    """Raises 10014 for what is no emoji, 30010, 50083 in an archived thread, 50001 or 50013."""
    channel = platform.channel(message.channel_id)
    _check_emoji(emoji)
    there = next((one for one in message.reactions if one.emoji == emoji), None)
    platform.need(user_id, channel, HISTORY if there else HISTORY | ADD_REACTIONS)
    _need_awake(channel)
    if there is None and len(message.reactions) >= MOST:
        raise refusal(30010)
    if there is not None and user_id in there.users:
        return message
    if there is None:
        reactions = (*message.reactions, Reaction(emoji=emoji, users=(user_id,)))
    else:
        more = replace(there, users=(*there.users, user_id))
        reactions = tuple(more if one is there else one for one in message.reactions)
    changed = replace(message, reactions=reactions)
    platform.state.commit(put=[changed])
    body = _event(channel, message, emoji) | {"user_id": str(user_id), "type": 0}
    body["message_author_id"] = str(message.author_id)
    if member := platform.state.tables.members.get(user_id):
        body["member"] = payloads.member(platform.state, member)
    platform.tell("MESSAGE_REACTION_ADD", body, channel, message.ephemeral_to)
    return changed


def unreact(platform: Platform, message: Message, user_id: int, emoji: str) -> Message:
    """Take one user's reaction off; nothing happens when it is not there. Raises 50083."""
    channel = platform.channel(message.channel_id)
    _need_awake(channel)
    changed = replace(message, reactions=_without(message, emoji, user_id))
    if changed.reactions == message.reactions:
        return message
    platform.state.commit(put=[changed])
    body = _event(channel, message, emoji) | {"user_id": str(user_id), "type": 0}
    platform.tell("MESSAGE_REACTION_REMOVE", body, channel, message.ephemeral_to)
    return changed


def clear(platform: Platform, message: Message, emoji: str | None = None) -> None:
    """Take off every reaction, or every one with that emoji."""
    channel = platform.channel(message.channel_id)
    rest = () if emoji is None else tuple(one for one in message.reactions if one.emoji != emoji)
    platform.state.commit(put=[replace(message, reactions=rest)])
    if emoji is None:
        body = {key: value for key, value in _event(channel, message, "").items() if key != "emoji"}
        platform.tell("MESSAGE_REACTION_REMOVE_ALL", body, channel)
    else:
        platform.tell("MESSAGE_REACTION_REMOVE_EMOJI", _event(channel, message, emoji), channel)


def _without(message: Message, emoji: str, user_id: int) -> tuple[Reaction, ...]:
    rest = (
        replace(one, users=tuple(user for user in one.users if user != user_id))
        if one.emoji == emoji
        else one
        for one in message.reactions
    )
    return tuple(one for one in rest if one.users)


def _check_emoji(emoji: str) -> None:
    """Unicode emoji only: the sample guild has none of its own."""
    if not emoji or len(emoji) > 32 or (emoji.isascii() and emoji[0] not in "0123456789#*©®"):
        raise refusal(10014)


def _need_awake(channel: Channel) -> None:
    if channel.thread is not None and channel.thread.archived:
        raise refusal(50083)


def _event(channel: Channel, message: Message, emoji: str) -> Json:
    body: Json = {
        "channel_id": str(channel.id),
        "message_id": str(message.id),
        "emoji": message_payloads.emoji(emoji),
        "burst": False,
    }
    return body if channel.guild_id is None else body | {"guild_id": str(channel.guild_id)}
