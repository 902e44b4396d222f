"""What a member may do in a channel, computed from roles and overwrites as Discord does.

https://discord.com/developers/docs/topics/permissions#permission-overwrites
"""

from __future__ import annotations

from sovereign.core import clock
from sovereign.sandbox.entities import Channel, ChannelKind, Member, Overwrite
from sovereign.sandbox.state import State

KICK = 1 << 1
ADMINISTRATOR = 1 << 3
MANAGE_CHANNELS = 1 << 4
MANAGE_GUILD = 1 << 5
ADD_REACTIONS = 1 << 6
VIEW = 1 << 10
SEND = 1 << 11
SEND_TTS = 1 << 12
MANAGE_MESSAGES = 1 << 13
EMBED = 1 << 14
ATTACH = 1 << 15
HISTORY = 1 << 16
MENTION_EVERYONE = 1 << 17
EXTERNAL_EMOJIS = 1 << 18
CONNECT = 1 << 20
SPEAK = 1 << 21
CHANGE_NICK = 1 << 26
MANAGE_NICKS = 1 << 27
MANAGE_ROLES = 1 << 28
MANAGE_WEBHOOKS = 1 << 29
USE_COMMANDS = 1 << 31
MANAGE_THREADS = 1 << 34
PUBLIC_THREADS = 1 << 35
PRIVATE_THREADS = 1 << 36
SEND_IN_THREADS = 1 << 38
MODERATE = 1 << 40
PIN = 1 << 51
EVERYTHING = (1 << 53) - 1

_NAMES = {
    KICK: "Kick Members",
    ADMINISTRATOR: "Administrator",
    MANAGE_CHANNELS: "Manage Channels",
    MANAGE_GUILD: "Manage Server",
    ADD_REACTIONS: "Add Reactions",
    VIEW: "View Channel",
    SEND: "Send Messages",
    MANAGE_MESSAGES: "Manage Messages",
    EMBED: "Embed Links",
    ATTACH: "Attach Files",
    HISTORY: "Read Message History",
    MENTION_EVERYONE: "Mention Everyone",
    MANAGE_ROLES: "Manage Roles",
    MANAGE_WEBHOOKS: "Manage Webhooks",
    USE_COMMANDS: "Use Application Commands",
    MANAGE_THREADS: "Manage Threads",
    PUBLIC_THREADS: "Create Public Threads",
    PRIVATE_THREADS: "Create Private Threads",
    SEND_IN_THREADS: "Send Messages in Threads",
    MODERATE: "Moderate Members",
    PIN: "Pin Messages",
}
_SENDING = MENTION_EVERYONE | SEND_TTS | ATTACH | EMBED
"""Of no use to somebody who may not send."""
_IN_DIRECT = VIEW | SEND | EMBED | ATTACH | HISTORY | ADD_REACTIONS | EXTERNAL_EMOJIS | USE_COMMANDS | PIN


def names(bits: int) -> str:
    """What the bits are called in Discord's own settings."""
    return ", ".join(name for bit, name in _NAMES.items() if bits & bit) or f"permission {bits:#x}"


def in_guild(state: State, user_id: int) -> int:
    """The member's permissions before any channel changes them; none for somebody who is not a member."""
    member = state.tables.members.get(user_id)
    if member is None:
        return 0
    if user_id == state.guild.owner_id:
        return EVERYTHING
    bits = state.tables.roles[state.guild.id].permissions
    for role_id in member.roles:
        if role := state.tables.roles.get(role_id):
            bits |= role.permissions
    return EVERYTHING if bits & ADMINISTRATOR else bits


def in_channel(state: State, user_id: int, channel: Channel) -> int:
    """The member's permissions there. A thread has its parent's; a private one is only for those in it."""
    if channel.kind == ChannelKind.DIRECT:
        return _IN_DIRECT if channel.recipient_id == user_id or _is_bot(state, user_id) else 0
    member = state.tables.members.get(user_id)
    bits = in_guild(state, user_id)
    if member is None or bits == EVERYTHING:
        return bits
    holder = state.tables.channels.get(channel.parent_id or 0) if channel.is_thread else channel
    bits = _overwritten(state, member, bits, holder.overwrites if holder else ())
    if not bits & VIEW or not _let_in(channel, user_id, bits):
        return 0
    if not bits & SEND and not channel.is_thread:
        bits &= ~_SENDING
    if member.timed_out_until and member.timed_out_until > clock.now():
        bits &= VIEW | HISTORY
    return bits


def may(state: State, user_id: int, channel: Channel, bits: int) -> bool:
    return in_channel(state, user_id, channel) & bits == bits


def top_position(state: State, user_id: int) -> int:
    """How high the member's highest role stands; the owner is above all."""
    if user_id == state.guild.owner_id:
        return 1 << 20
    member = state.tables.members.get(user_id)
    roles = (state.tables.roles.get(role_id) for role_id in (member.roles if member else ()))
    return max((role.position for role in roles if role), default=0)


def _is_bot(state: State, user_id: int) -> bool:
    user = state.tables.users.get(user_id)
    return user is not None and user.bot


def _overwritten(state: State, member: Member, bits: int, overwrites: tuple[Overwrite, ...]) -> int:
    everyone = state.guild.id
    roles = [one for one in overwrites if one.kind == 0 and one.id in member.roles and one.id != everyone]
    mine = [one for one in overwrites if one.kind == 1 and one.id == member.user_id]
    for layer in ([one for one in overwrites if one.id == everyone], roles, mine):
        deny = allow = 0
        for one in layer:
            deny |= one.deny
            allow |= one.allow
        bits = bits & ~deny | allow
    return bits


def _let_in(channel: Channel, user_id: int, bits: int) -> bool:
    if channel.kind != ChannelKind.PRIVATE_THREAD or bits & MANAGE_THREADS:
        return True
    return channel.thread is not None and any(one.user_id == user_id for one in channel.thread.members)
