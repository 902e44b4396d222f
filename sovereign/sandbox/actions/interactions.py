"""Interactions: opened when a person uses a command or a component, answered once, followed up for a while.

https://discord.com/developers/docs/interactions/receiving-and-responding
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sovereign.core import clock
from sovereign.sandbox import payloads
from sovereign.sandbox.actions import posting
from sovereign.sandbox.actions.files import Upload
from sovereign.sandbox.entities import (
    Channel,
    Interaction,
    InteractionKind,
    Message,
    MessageFlag,
    MessageKind,
    Origin,
)
from sovereign.sandbox.errors import refusal
from sovereign.sandbox.guild import BOT_ID
from sovereign.sandbox.limits.messages import Draft, need_something
from sovereign.sandbox.permissions import in_channel
from sovereign.sandbox.platform import Platform
from sovereign.sandbox.waiting import Answer
from sovereign.sandbox.wire import Json, number, objs, optional_number, text

MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
_NESTING = (1, 2)
"""Types of option that are a sub-command or a group of them."""


def start(
    platform: Platform,
    *,
    kind: InteractionKind,
    user_id: int,
    channel: Channel,
    content: Json,
    message: Message | None = None,
    trigger: Interaction | None = None,
) -> Interaction:
    """Remember a new interaction and send it to the bot; those long unanswerable are forgotten.

    `trigger` is the one whose modal is sent in.
    """
    now = clock.now()
    life = timedelta(seconds=platform.options.token_seconds)
    stale = [one for one in platform.state.tables.interactions.values() if now - one.at > 2 * life]
    made = Interaction(
        id=platform.state.ids.next(),
        token=secrets.token_urlsafe(48),
        kind=kind,
        user_id=user_id,
        channel_id=channel.id,
        at=now,
        content=content,
        message_id=message.id if message else None,
        trigger=None if trigger is None else origin(trigger),
    )
    platform.state.commit(put=[made], drop=stale)
    platform.tell("INTERACTION_CREATE", payload(platform, made, message), only=BOT_ID)
    return made


def payload(platform: Platform, one: Interaction, message: Message | None) -> Json:
    """What the bot gets."""
    state, channel = platform.state, platform.channel(one.channel_id)
    body: Json = {
        "id": str(one.id),
        "application_id": str(BOT_ID),
        "type": one.kind,
        "token": one.token,
        "version": 1,
        "data": one.content,
        "channel_id": str(channel.id),
        "channel": platform.shown_channel(channel),
        "app_permissions": str(_held(platform, BOT_ID, channel)),
        "locale": "en-US",
        "entitlements": [],
        "authorizing_integration_owners": {"0": str(channel.guild_id or 0)},
        "context": 0 if channel.guild_id else 1,
        "attachment_size_limit": platform.options.largest_file,
    }
    if message is not None:
        body["message"] = platform.shown(message)
    if channel.guild_id is None:
        return body | {"user": payloads.user_of(state, one.user_id)}
    member = payloads.member(state, state.tables.members[one.user_id])
    held = str(_held(platform, one.user_id, channel))
    return body | {
        "channel": {**platform.shown_channel(channel), "permissions": held},
        "guild_id": str(channel.guild_id),
        "guild": {"id": str(channel.guild_id), "locale": "en-US", "features": []},
        "guild_locale": "en-US",
        "member": {**member, "permissions": held},
    }


def answerable(platform: Platform, interaction_id: int, token: str) -> Interaction:
    """Raises 10062 for one unknown or too old, 40060 for one that was answered."""
    found = platform.state.interaction(token)
    if found is None or found.id != interaction_id:
        raise refusal(10062)
    if found.answer is not None:
        raise refusal(40060)
    if clock.now() - found.at > timedelta(seconds=platform.options.interaction_seconds):
        raise refusal(10062)
    return found


def answered(platform: Platform, token: str) -> Interaction:
    """Raises 10015 for an unknown token or one not answered yet, 50027 for one that has run out."""
    found = platform.state.interaction(token)
    if found is None or found.answer is None:
        raise refusal(10015)
    if clock.now() - found.at > timedelta(seconds=platform.options.token_seconds):
        raise refusal(50027)
    return found


def reply(platform: Platform, one: Interaction, draft: Draft, uploads: Sequence[Upload]) -> Message:
    """Answer with a message. Raises 50006."""
    need_something(draft, len(uploads))
    message = _posted(platform, one, draft, uploads)
    _close(platform, one, MESSAGE, reply_id=message.id)
    return message


def defer(platform: Platform, one: Interaction, flags: int) -> Message:
    """Answer with a message that says that the bot is thinking."""
    message = _posted(platform, one, Draft(flags=flags), (), MessageFlag.LOADING)
    _close(platform, one, DEFERRED, reply_id=message.id)
    return message


def defer_update(platform: Platform, one: Interaction) -> Message | None:
    _close(platform, one, DEFERRED_UPDATE, reply_id=one.message_id)
    return _source(platform, one)


def update(platform: Platform, one: Interaction, draft: Draft, uploads: Sequence[Upload]) -> Message:
    """Change the message whose component was used. Raises 10008 when it is gone."""
    message = _source(platform, one)
    if message is None:
        raise refusal(10008)
    edited = posting.edit(platform, message, draft, uploads)
    _close(platform, one, UPDATE, reply_id=message.id)
    return edited


def close_with(platform: Platform, one: Interaction, kind: int, body: Json) -> None:
    """Answer with choices or a modal."""
    modal = body if kind == MODAL else None
    platform.state.commit(put=[replace(one, answer=kind, modal=modal)])
    platform.waiting.tell(one.id, Answer(kind=kind, body=body))


def original(platform: Platform, one: Interaction) -> Message:
    """`@original`. Raises 10008."""
    if one.reply_id is None:
        raise refusal(10008)
    return platform.message(one.channel_id, one.reply_id)


def own(platform: Platform, one: Interaction, message_id: int) -> Message:
    """A message that answers or follows this interaction. Raises 10008 for any other."""
    message = platform.message(one.channel_id, message_id)
    if message.id != one.reply_id and (message.origin is None or message.origin.id != one.id):
        raise refusal(10008)
    return message


def follow(platform: Platform, one: Interaction, draft: Draft, uploads: Sequence[Upload]) -> Message:
    """A further message; the first one after a deferral fills in what the bot was thinking about."""
    need_something(draft, len(uploads))
    if one.answer == DEFERRED and one.reply_id is not None:
        thinking = platform.state.history(one.channel_id).get(one.reply_id)
        if thinking is not None and thinking.flags & MessageFlag.LOADING:
            return change(platform, one, thinking, draft, uploads)
    message = _posted(platform, one, draft, uploads)
    platform.waiting.tell(one.id, Answer(kind=0, message_id=message.id))
    return message


def change(
    platform: Platform, one: Interaction, message: Message, draft: Draft, uploads: Sequence[Upload]
) -> Message:
    edited = posting.edit(platform, message, draft, uploads, wipe=MessageFlag.LOADING)
    platform.waiting.tell(one.id, Answer(kind=0, message_id=edited.id))
    return edited


def remove(platform: Platform, one: Interaction, message: Message) -> None:
    posting.delete(platform, [message])
    platform.waiting.tell(one.id, Answer(kind=0))


def _held(platform: Platform, user_id: int, channel: Channel) -> int:
    return in_channel(platform.state, user_id, channel)


def _source(platform: Platform, one: Interaction) -> Message | None:
    return platform.state.history(one.channel_id).get(one.message_id or 0)


def _close(platform: Platform, one: Interaction, kind: int, *, reply_id: int | None) -> None:
    platform.state.commit(put=[replace(one, answer=kind, reply_id=reply_id)])
    platform.waiting.tell(one.id, Answer(kind=kind, message_id=reply_id))


def _posted(
    platform: Platform, one: Interaction, draft: Draft, uploads: Sequence[Upload], flags: int = 0
) -> Message:
    hidden = bool((draft.flags or 0) & MessageFlag.EPHEMERAL)
    return posting.post(
        platform,
        posting.Posting(
            channel=platform.channel(one.channel_id),
            author_id=BOT_ID,
            draft=draft,
            uploads=uploads,
            kind=_kind(one),
            flags=flags,
            webhook_id=BOT_ID,
            origin=origin(one),
            ephemeral_to=one.user_id if hidden else None,
        ),
    )


def origin(one: Interaction) -> Origin:
    """What a message that answers it tells of it."""
    named = one.kind == InteractionKind.COMMAND
    return Origin(
        id=one.id,
        kind=one.kind,
        user_id=one.user_id,
        name=_full_name(one.content) if named else None,
        command_kind=number(one.content.get("type"), 1),
        target_id=optional_number(one.content.get("target_id")),
        message_id=one.message_id,
        original_id=one.reply_id,
        trigger=one.trigger,
    )


def _full_name(content: Json) -> str:
    """`deploy approve`: the command with its group and sub-command."""
    name, inner = text(content.get("name")), objs(content.get("options"))
    while inner and number(inner[0].get("type")) in _NESTING:
        name, inner = f"{name} {text(inner[0].get('name'))}", objs(inner[0].get("options"))
    return name


def _kind(one: Interaction) -> int:
    if one.kind != InteractionKind.COMMAND or one.answer is not None:
        return MessageKind.DEFAULT
    slash = number(one.content.get("type"), 1) == 1
    return MessageKind.CHAT_COMMAND if slash else MessageKind.CONTEXT_COMMAND
