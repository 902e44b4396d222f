"""The direct-message channel between the bot and a person, made when first needed."""

from __future__ import annotations

from sovereign.sandbox.entities import Channel, ChannelKind
from sovereign.sandbox.platform import Platform


def direct_channel(platform: Platform, user_id: int) -> Channel:
    for channel in platform.state.tables.channels.values():
        if channel.kind == ChannelKind.DIRECT and channel.recipient_id == user_id:
            return channel
    made = Channel(
        id=platform.state.ids.next(),
        kind=ChannelKind.DIRECT,
        name="",
        guild_id=None,
        recipient_id=user_id,
    )
    platform.state.commit(put=[made])
    return made
