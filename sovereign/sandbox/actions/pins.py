"""Pins messages and unpins them; a pin leaves a line in the channel."""

from __future__ import annotations

from dataclasses import replace

from sovereign.core import clock
from sovereign.sandbox.actions import posting
from sovereign.sandbox.entities import Channel, Message, MessageKind
from sovereign.sandbox.errors import refusal
from sovereign.sandbox.permissions import PIN
from sovereign.sandbox.platform import Platform
from sovereign.sandbox.wire import iso_or_none

MOST = 250
"""Pinned messages of one channel."""


def pinned(platform: Platform, channel_id: int) -> list[Message]:
    """Newest pin first."""
    found = [one for one in platform.state.history(channel_id).values() if one.pinned_at]
    return sorted(found, key=lambda one: (one.pinned_at, one.id), reverse=True)


def pin(platform: Platform, message: Message, user_id: int) -> Message:
    """Raises 50001, 50013 or 30003."""
    channel = platform.channel(message.channel_id)
    platform.need(user_id, channel, PIN)
    if message.pinned_at is not None:
        return message
    if len(pinned(platform, channel.id)) >= MOST:
        raise refusal(30003)
    now = clock.now()
    changed = replace(message, pinned_at=now)
    fresh = replace(channel, last_pin_at=now)
    platform.state.commit(put=[changed, fresh])
    _tell(platform, fresh, changed)
    note = Message(
        id=platform.state.ids.next(),
        channel_id=channel.id,
        author_id=user_id,
        at=now,
        kind=MessageKind.PINNED,
        reference_id=message.id,
        reference_channel_id=channel.id,
    )
    posting.add(platform, fresh, note)
    return changed


def unpin(platform: Platform, message: Message, user_id: int) -> None:
    """Raises 50001 or 50013."""
    channel = platform.channel(message.channel_id)
    platform.need(user_id, channel, PIN)
    if message.pinned_at is not None:
        changed = replace(message, pinned_at=None)
        platform.state.commit(put=[changed])
        _tell(platform, channel, changed)


def _tell(platform: Platform, channel: Channel, message: Message) -> None:
    body: dict[str, object] = {
        "channel_id": str(channel.id),
        "last_pin_timestamp": iso_or_none(channel.last_pin_at),
    }
    if channel.guild_id is not None:
        body["guild_id"] = str(channel.guild_id)
    platform.tell("CHANNEL_PINS_UPDATE", body, channel)
    posting.tell(platform, "MESSAGE_UPDATE", message)
