"""Starts threads, from a message or alone, changes them and lists them."""

from __future__ import annotations

from dataclasses import replace

from sovereign.core import clock
from sovereign.sandbox import payloads
from sovereign.sandbox.actions import posting
from sovereign.sandbox.entities import Channel, ChannelKind, Message, MessageKind, Thread, ThreadMember
from sovereign.sandbox.errors import Form, refusal
from sovereign.sandbox.guild import BOT_ID
from sovereign.sandbox.permissions import (
    MANAGE_THREADS,
    PRIVATE_THREADS,
    PUBLIC_THREADS,
    in_channel,
)
from sovereign.sandbox.platform import Platform
from sovereign.sandbox.wire import Json, number, text

ARCHIVE_AFTER = frozenset({60, 1440, 4320, 10080})
"""Minutes of silence after which a thread may be set to archive itself."""
PARENTS = (ChannelKind.TEXT, ChannelKind.ANNOUNCEMENT)
"""Kinds of channel in which threads start."""


def check_thread(body: Json, *, new: bool) -> None:
    """Raises 50035."""
    form = Form()
    if new or "name" in body:
        form.length("name", text(body.get("name")).strip(), 100, 1)
    if body.get("auto_archive_duration") is not None:
        form.one_of("auto_archive_duration", body["auto_archive_duration"], ARCHIVE_AFTER)
    if body.get("rate_limit_per_user") is not None:
        form.between("rate_limit_per_user", body["rate_limit_per_user"], 0, 21600)
    form.check()


def start_from(platform: Platform, message: Message, user_id: int, body: Json) -> Channel:
    """A thread with the message's id. Raises 160004 when there is one, 160006, 50024, 50001 or 50013."""
    parent = platform.channel(message.channel_id)
    check_thread(body, new=True)
    _check_parent(platform, parent, user_id, PUBLIC_THREADS)
    if message.id in platform.state.tables.channels:
        raise refusal(160004)
    if message.kind not in (MessageKind.DEFAULT, MessageKind.REPLY, MessageKind.CHAT_COMMAND):
        raise refusal(50021)
    thread = _made(parent, message.id, ChannelKind.PUBLIC_THREAD, user_id, body)
    starter = Message(
        id=platform.state.ids.next(),
        channel_id=thread.id,
        author_id=message.author_id,
        at=clock.now(),
        kind=MessageKind.THREAD_STARTER,
        reference_id=message.id,
        reference_channel_id=parent.id,
    )
    platform.state.commit(put=[thread, starter])
    _tell_created(platform, thread)
    posting.tell(platform, "MESSAGE_UPDATE", message)
    return thread


def start_alone(platform: Platform, parent: Channel, user_id: int, body: Json) -> Channel:
    """A thread without a message; a public one leaves a line in the channel. Raises as `start_from`."""
    check_thread(body, new=True)
    kind = number(body.get("type"), ChannelKind.PRIVATE_THREAD)
    form = Form()
    form.one_of("type", kind, frozenset({10, 11, 12}))
    form.check()
    private = kind == ChannelKind.PRIVATE_THREAD
    _check_parent(platform, parent, user_id, PRIVATE_THREADS if private else PUBLIC_THREADS)
    thread = _made(parent, platform.state.ids.next(), kind, user_id, body)
    platform.state.commit(put=[thread])
    _tell_created(platform, thread)
    if not private:
        note = Message(
            id=platform.state.ids.next(),
            channel_id=parent.id,
            author_id=user_id,
            at=clock.now(),
            content=thread.name,
            kind=MessageKind.THREAD_CREATED,
            reference_channel_id=thread.id,
        )
        posting.add(platform, parent, note)
    return thread


def change(platform: Platform, thread: Channel, user_id: int, body: Json) -> Channel:
    """Rename, archive, lock and so on. Raises 50035, 50083, 160006, 50001 or 50013."""
    facts = thread.thread
    if facts is None:
        raise refusal(50024)
    check_thread(body, new=False)
    _check_change(platform, thread, facts, user_id, body)
    archived = body.get("archived", facts.archived) is True
    if facts.archived and not archived:
        _need_room(platform)
    changed = replace(
        thread,
        name=text(body.get("name"), thread.name).strip(),
        slowmode=number(body.get("rate_limit_per_user"), thread.slowmode),
        thread=replace(
            facts,
            archived=archived,
            archived_at=facts.archived_at if archived == facts.archived else clock.now(),
            archive_after=number(body.get("auto_archive_duration"), facts.archive_after),
            locked=body.get("locked", facts.locked) is True,
            invitable=body.get("invitable", facts.invitable) is True,
        ),
    )
    platform.state.commit(put=[changed])
    platform.tell("THREAD_UPDATE", payloads.channel(platform.state, changed), changed)
    return changed


def _check_change(platform: Platform, thread: Channel, facts: Thread, user_id: int, body: Json) -> None:
    held = in_channel(platform.state, user_id, thread)
    platform.need(user_id, thread)
    manages = bool(held & MANAGE_THREADS)
    if not manages and (facts.owner_id != user_id or facts.locked or "locked" in body):
        raise refusal(50013)
    if facts.archived and body.get("archived") is not False:
        raise refusal(50083)


def _check_parent(platform: Platform, parent: Channel, user_id: int, bits: int) -> None:
    if parent.kind not in PARENTS:
        raise refusal(50024)
    platform.need(user_id, parent, bits)
    _need_room(platform)


def _need_room(platform: Platform) -> None:
    active = sum(1 for one in platform.state.threads() if one.thread and not one.thread.archived)
    if active >= platform.options.active_threads:
        raise refusal(160006)


def _made(parent: Channel, thread_id: int, kind: int, user_id: int, body: Json) -> Channel:
    now = clock.now()
    return Channel(
        id=thread_id,
        kind=kind,
        name=text(body.get("name")).strip(),
        guild_id=parent.guild_id,
        parent_id=parent.id,
        slowmode=number(body.get("rate_limit_per_user")),
        thread=Thread(
            owner_id=user_id,
            created_at=now,
            archived_at=now,
            archive_after=number(body.get("auto_archive_duration"), parent.archive_after),
            invitable=body.get("invitable") is not False,
            members=(ThreadMember(user_id=user_id, joined_at=now),),
        ),
    )


def _tell_created(platform: Platform, thread: Channel) -> None:
    body = payloads.thread_for(platform.state, thread, BOT_ID)
    platform.tell("THREAD_CREATE", {**body, "newly_created": True}, thread)
