"""Makes, edits and deletes messages, whoever the author is: the bot, a person, a webhook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sovereign.core import clock
from sovereign.sandbox import payloads
from sovereign.sandbox.actions import files
from sovereign.sandbox.actions.membership import joined, woken
from sovereign.sandbox.actions.mentions import mentioned
from sovereign.sandbox.entities import (
    TEXTUAL,
    Channel,
    Message,
    MessageFlag,
    MessageKind,
    Origin,
)
from sovereign.sandbox.errors import bad_form, refusal
from sovereign.sandbox.limits.messages import Draft
from sovereign.sandbox.permissions import (
    ATTACH,
    EMBED,
    HISTORY,
    MANAGE_THREADS,
    SEND,
    SEND_IN_THREADS,
    in_channel,
)
from sovereign.sandbox.platform import Platform
from sovereign.sandbox.wire import Json, number, obj


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A message about to be made. `origin` and `ephemeral_to` are for answers to interactions."""

    channel: Channel
    author_id: int
    draft: Draft
    uploads: Sequence[files.Upload] = ()
    kind: int = MessageKind.DEFAULT
    flags: int = 0
    nonce: str | None = None
    replied_to: Message | None = None
    webhook_id: int | None = None
    webhook_name: str | None = None
    webhook_avatar: str | None = None
    origin: Origin | None = None
    ephemeral_to: int | None = None


def check_rights(platform: Platform, posting: Posting) -> None:
    """Raises 50008, 50001, 50013, 160005 or 160002 when the author may not post that there."""
    channel, draft = posting.channel, posting.draft
    if channel.kind not in TEXTUAL:
        raise refusal(50008)
    needed = SEND_IN_THREADS if channel.is_thread else SEND
    needed |= EMBED if draft.embeds else 0
    needed |= ATTACH if posting.uploads else 0
    platform.need(posting.author_id, channel, needed)
    held = in_channel(platform.state, posting.author_id, channel)
    if channel.thread and channel.thread.locked and not held & MANAGE_THREADS:
        raise refusal(160005)
    if posting.replied_to is not None and not held & HISTORY:
        raise refusal(160002)


def replied_to(platform: Platform, channel: Channel, body: Json) -> Message | None:
    """The message that a body replies to. Raises 50035 when it is not there and must be."""
    reference = obj(body.get("message_reference"))
    if not reference:
        return None
    found = platform.state.history(channel.id).get(number(reference.get("message_id")))
    if found is None and reference.get("fail_if_not_exists") is not False:
        raise bad_form("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
    return found


def post(platform: Platform, posting: Posting) -> Message:
    """Make the message, remember it, tell everybody. Rights and limits have been checked."""
    state, channel, draft = platform.state, posting.channel, posting.draft
    attachments = files.store(platform, posting.uploads, draft.attachments or ())
    allowed = draft.allowed_mentions
    mentions = mentioned(state, channel, posting.author_id, draft.content or "", allowed, posting.replied_to)
    message = Message(
        id=state.ids.next(),
        channel_id=channel.id,
        author_id=posting.author_id,
        at=clock.now(),
        content=draft.content or "",
        kind=MessageKind.REPLY if posting.replied_to else posting.kind,
        flags=posting.flags | (draft.flags or 0),
        embeds=draft.embeds or (),
        components=draft.components or (),
        attachments=attachments,
        mentions=mentions.users,
        mention_roles=mentions.roles,
        mention_everyone=mentions.everyone,
        tts=draft.tts,
        reference_id=posting.replied_to.id if posting.replied_to else None,
        reference_channel_id=channel.id if posting.replied_to else None,
        nonce=posting.nonce,
        webhook_id=posting.webhook_id,
        webhook_name=posting.webhook_name,
        webhook_avatar=posting.webhook_avatar,
        origin=posting.origin,
        ephemeral_to=posting.ephemeral_to,
    )
    add(platform, channel, message)
    return message


def add(platform: Platform, channel: Channel, message: Message) -> None:
    """Remember a finished message and tell of it; a thread wakes up and its author is in it from now on."""
    awake = channel if message.ephemeral_to else woken(channel)
    participants = () if message.webhook_name else (message.author_id, *message.mentions)
    now_in = awake if message.ephemeral_to else joined(platform.state, awake, participants)
    platform.state.commit(put=[message] if now_in is channel else [now_in, message])
    platform.nonces.remember(message)
    if awake is not channel:
        platform.tell("THREAD_UPDATE", payloads.channel(platform.state, awake), awake)
    announce_members(platform, channel, now_in)
    tell(platform, "MESSAGE_CREATE", message)


def edit(
    platform: Platform, message: Message, draft: Draft, uploads: Sequence[files.Upload] = (), *, wipe: int = 0
) -> Message:
    """Change what the draft speaks of; `wipe` are flags to take away. Raises 50006 when nothing is left."""
    channel = platform.channel(message.channel_id)
    content = message.content if draft.content is None else draft.content
    mentions = mentioned(platform.state, channel, message.author_id, content, draft.allowed_mentions)
    changed = draft.content is not None or draft.allowed_mentions is not None
    attachments = files.kept(message.attachments, draft.attachments)
    attachments += files.store(platform, uploads, draft.attachments or ())
    flags = message.flags & ~wipe
    if draft.flags is not None:
        kept = flags & ~MessageFlag.SUPPRESS_EMBEDS
        flags = kept | (draft.flags & (MessageFlag.SUPPRESS_EMBEDS | MessageFlag.COMPONENTS_V2))
    edited = replace(
        message,
        content=content,
        embeds=message.embeds if draft.embeds is None else draft.embeds,
        components=message.components if draft.components is None else draft.components,
        attachments=attachments,
        flags=flags,
        mentions=mentions.users if changed else message.mentions,
        mention_roles=mentions.roles if changed else message.mention_roles,
        mention_everyone=mentions.everyone if changed else message.mention_everyone,
        edited_at=None if message.flags & MessageFlag.LOADING else clock.now(),
    )
    if not (edited.content or edited.embeds or edited.components or edited.attachments):
        raise refusal(50006)
    platform.state.commit(put=[edited])
    tell(platform, "MESSAGE_UPDATE", edited)
    return edited


def delete(platform: Platform, messages: Sequence[Message]) -> None:
    """Forget messages of one channel. One is told of singly, more of them as a bulk."""
    platform.state.commit(drop=messages)
    first = messages[0]
    channel = platform.channel(first.channel_id)
    body: Json = {"channel_id": str(channel.id)}
    if channel.guild_id is not None:
        body["guild_id"] = str(channel.guild_id)
    if len(messages) == 1:
        body["id"] = str(first.id)
        platform.tell("MESSAGE_DELETE", body, channel, first.ephemeral_to)
    else:
        body["ids"] = [str(message.id) for message in messages]
        platform.tell("MESSAGE_DELETE_BULK", body, channel)


def tell(platform: Platform, name: str, message: Message) -> None:
    """MESSAGE_CREATE or MESSAGE_UPDATE, with the author's membership, and the nonce in the first alone."""
    channel = platform.channel(message.channel_id)
    body = platform.shown(message)
    if channel.guild_id is not None:
        body["guild_id"] = str(channel.guild_id)
        member = platform.state.tables.members.get(message.author_id)
        if member is not None:
            body["member"] = payloads.member(platform.state, member, with_user=False)
    if message.nonce is not None and name == "MESSAGE_CREATE":
        body["nonce"] = message.nonce
    platform.tell(name, body, channel, message.ephemeral_to)


def announce_members(platform: Platform, before: Channel, after: Channel) -> None:
    """THREAD_MEMBERS_UPDATE for those who came or went between two states of a thread."""
    if before.thread is None or after.thread is None or before.thread.members == after.thread.members:
        return
    known = {one.user_id for one in before.thread.members}
    present = {one.user_id for one in after.thread.members}
    body: Json = {
        "id": str(after.id),
        "guild_id": str(after.guild_id),
        "member_count": min(len(present), 50),
        "added_members": [
            {
                **payloads.thread_member(after.id, one),
                "member": payloads.member(platform.state, platform.state.tables.members[one.user_id]),
                "presence": None,
            }
            for one in after.thread.members
            if one.user_id not in known and one.user_id in platform.state.tables.members
        ],
        "removed_member_ids": [str(user_id) for user_id in known - present],
    }
    platform.tell("THREAD_MEMBERS_UPDATE", body, after)
