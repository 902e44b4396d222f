"""Who is in a thread, and how a thread wakes up when somebody writes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sovereign.core import clock
from sovereign.sandbox.entities import Channel, ThreadMember
from sovereign.sandbox.permissions import VIEW, in_channel
from sovereign.sandbox.state import State

MOST = 1000
"""Members of a thread."""


def woken(channel: Channel) -> Channel:
    """The thread, no longer archived; the same object when it was not or is no thread."""
    if channel.thread is None or not channel.thread.archived:
        return channel
    return replace(channel, thread=replace(channel.thread, archived=False, archived_at=clock.now()))


def joined(state: State, channel: Channel, users: Iterable[int]) -> Channel:
    """The thread with those users in it who can see it; the same object when nothing changes."""
    if channel.thread is None:
        return channel
    present = {one.user_id for one in channel.thread.members}
    fresh = [
        user for user in dict.fromkeys(users) if user not in present and _sees_parent(state, user, channel)
    ][: MOST - len(present)]
    if not fresh:
        return channel
    added = tuple(ThreadMember(user_id=user, joined_at=clock.now()) for user in fresh)
    return replace(channel, thread=replace(channel.thread, members=channel.thread.members + added))


def left(channel: Channel, user_id: int) -> Channel:
    if channel.thread is None:
        return channel
    rest = tuple(one for one in channel.thread.members if one.user_id != user_id)
    return replace(channel, thread=replace(channel.thread, members=rest))


def _sees_parent(state: State, user_id: int, channel: Channel) -> bool:
    parent = state.tables.channels.get(channel.parent_id or 0)
    return parent is not None and bool(in_channel(state, user_id, parent) & VIEW)
