"""Routes of messages: create, edit, delete, read, react and pin."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from urllib.parse import unquote

from sovereign.core import clock
from sovereign.sandbox import payloads
from sovereign.sandbox.actions import pins, posting, reactions
from sovereign.sandbox.entities import Channel, Message, MessageFlag, MessageKind
from sovereign.sandbox.errors import Refused, refusal, snowflake
from sovereign.sandbox.guild import BOT_ID
from sovereign.sandbox.limits.messages import check_message, check_nonce, need_something
from sovereign.sandbox.permissions import HISTORY, MANAGE_MESSAGES
from sovereign.sandbox.rest.call import Call, Result, Route
from sovereign.sandbox.wire import Json, iso_or_none, items, moment

_PARTS = frozenset({"content", "embeds", "embed", "components", "attachments"})
"""What of a message only its author may change."""
_OLD = timedelta(hours=1)
_BULK_AGE = timedelta(days=14)


def create(call: Call) -> Result:
    channel, body = call.channel(), call.body
    nonce = check_nonce(body)
    if nonce is not None and body.get("enforce_nonce") is True:
        known = call.platform.nonces.find(BOT_ID, channel.id, nonce)
        if known is not None:
            return call.platform.shown(known) | {"nonce": body["nonce"]}
    draft = check_message(body, new_files=len(call.uploads))
    post = posting.Posting(
        channel=channel,
        author_id=BOT_ID,
        draft=draft,
        uploads=call.uploads,
        nonce=nonce,
        replied_to=posting.replied_to(call.platform, channel, body),
    )
    posting.check_rights(call.platform, post)
    need_something(draft, len(call.uploads))
    message = posting.post(call.platform, post)
    return call.platform.shown(message) | ({"nonce": body["nonce"]} if nonce is not None else {})


def edit(call: Call) -> Result:
    channel, message = call.channel(), call.message()
    call.platform.need(BOT_ID, channel)
    if message.author_id != BOT_ID or message.ephemeral_to is not None:
        if not _PARTS & set(call.body):
            call.platform.need(BOT_ID, channel, MANAGE_MESSAGES)
        else:
            raise refusal(50005)
    if channel.thread is not None and channel.thread.archived:
        raise refusal(50083)
    draft = check_message(call.body, new_files=len(call.uploads), v2=_is_v2(message))
    _limit_old(call, channel, message)
    return call.platform.shown(posting.edit(call.platform, message, draft, call.uploads))


def delete(call: Call) -> Result:
    channel, message = call.channel(), call.message()
    call.platform.need(BOT_ID, channel, 0 if message.author_id == BOT_ID else MANAGE_MESSAGES)
    if message.kind == MessageKind.THREAD_STARTER:
        raise refusal(50021)
    posting.delete(call.platform, [message])
    return None


def delete_many(call: Call) -> Result:
    channel = call.channel()
    call.platform.need(BOT_ID, channel, MANAGE_MESSAGES)
    wanted = [snowflake(one, "messages") for one in items(call.body.get("messages"))]
    if not 2 <= len(wanted) <= 100:
        raise refusal(50016)
    history = call.state.history(channel.id)
    found = [history[one] for one in dict.fromkeys(wanted) if one in history]
    if any(clock.now() - message.at > _BULK_AGE for message in found):
        raise refusal(50034)
    if found:
        posting.delete(call.platform, found)
    return None


def read(call: Call) -> Result:
    """Newest first. Nothing, rather than a refusal, without Read Message History."""
    channel = call.channel()
    call.platform.need(BOT_ID, channel)
    limit = call.limit(50, 100)
    visible = [one for one in call.state.history(channel.id).values() if one.ephemeral_to is None]
    if not _may_read(call, channel):
        return []
    return [call.platform.shown(one) for one in _window(call, visible, limit)]


def read_one(call: Call) -> Result:
    channel = call.channel()
    call.platform.need(BOT_ID, channel, HISTORY)
    message = call.message()
    if message.ephemeral_to is not None:
        raise refusal(10008)
    return call.platform.shown(message)


def react(call: Call) -> Result:
    reactions.react(call.platform, call.message(), BOT_ID, unquote(call.path["emoji"]))
    return None


def unreact(call: Call) -> Result:
    who = call.path.get("user", "@me")
    user_id = BOT_ID if who == "@me" else call.id("user")
    call.platform.need(BOT_ID, call.channel(), 0 if user_id == BOT_ID else MANAGE_MESSAGES)
    reactions.unreact(call.platform, call.message(), user_id, unquote(call.path["emoji"]))
    return None


def clear_reactions(call: Call) -> Result:
    call.platform.need(BOT_ID, call.channel(), MANAGE_MESSAGES)
    emoji = call.path.get("emoji")
    reactions.clear(call.platform, call.message(), None if emoji is None else unquote(emoji))
    return None


def reacted(call: Call) -> Result:
    call.platform.need(BOT_ID, call.channel(), HISTORY)
    emoji, after = unquote(call.path["emoji"]), call.query.get("after", "0")
    users = next((one.users for one in call.message().reactions if one.emoji == emoji), ())
    later = sorted(user for user in users if user > snowflake(after, "after"))
    return [payloads.user_of(call.state, user) for user in later[: call.limit(25, 100)]]


def pin(call: Call) -> Result:
    pins.pin(call.platform, call.message(), BOT_ID)
    return None


def unpin(call: Call) -> Result:
    pins.unpin(call.platform, call.message(), BOT_ID)
    return None


def pinned(call: Call) -> Result:
    channel = call.channel()
    call.platform.need(BOT_ID, channel, HISTORY)
    before = moment(call.query.get("before"))
    found = [
        one
        for one in pins.pinned(call.platform, channel.id)
        if before is None or (one.pinned_at is not None and one.pinned_at < before)
    ]
    limit = call.limit(50, 50)
    shown: list[Json] = [
        {"pinned_at": iso_or_none(one.pinned_at), "message": call.platform.shown(one)}
        for one in found[:limit]
    ]
    return {"items": shown, "has_more": len(found) > limit}


def pinned_plainly(call: Call) -> Result:
    channel = call.channel()
    call.platform.need(BOT_ID, channel, HISTORY)
    return [call.platform.shown(one) for one in pins.pinned(call.platform, channel.id)]


def typing(call: Call) -> Result:
    channel = call.channel()
    call.platform.need(BOT_ID, channel)
    body: Json = {
        "channel_id": str(channel.id),
        "user_id": str(BOT_ID),
        "timestamp": int(clock.now().timestamp()),
    }
    if channel.guild_id is not None:
        body["guild_id"] = str(channel.guild_id)
    call.platform.tell("TYPING_START", body, channel)
    return None


def _is_v2(message: Message) -> bool:
    return bool(message.flags & MessageFlag.COMPONENTS_V2)


def _may_read(call: Call, channel: Channel) -> bool:
    try:
        call.platform.need(BOT_ID, channel, HISTORY)
    except Refused:
        return False
    return True


def _window(call: Call, visible: list[Message], limit: int) -> list[Message]:
    ids = {
        name: snowflake(call.query[name], name)
        for name in ("before", "after", "around")
        if name in call.query
    }
    if "around" in ids:
        older = [one for one in visible if one.id < ids["around"]][-(limit // 2) :]
        rest = [one for one in visible if one.id >= ids["around"]][: limit - len(older)]
        return [*older, *rest][::-1]
    if "before" in ids:
        visible = [one for one in visible if one.id < ids["before"]]
    if "after" in ids:
        return list(islice((one for one in visible if one.id > ids["after"]), limit))[::-1]
    return visible[-limit:][::-1]


def _limit_old(call: Call, channel: Channel, message: Message) -> None:
    """Raises 30046. Discord answers it as a 429 that names no bucket."""
    if clock.now() - message.at < _OLD:
        return
    verdict = call.platform.buckets.take("old edits", str(channel.id), call.platform.options.old_edits)
    if verdict.wait:
        refused = refusal(30046)
        refused.body |= {"retry_after": verdict.wait, "global": False}
        refused.headers["Retry-After"] = str(max(1, round(verdict.wait + 0.499)))
        raise refused


_MESSAGES = "/channels/{channel}/messages"
_REACTIONS = _MESSAGES + "/{message}/reactions"

ROUTES = (
    Route(method="GET", path=_MESSAGES, act=read),
    Route(method="POST", path=_MESSAGES, act=create, window=lambda o: o.message_bucket),
    Route(method="POST", path=_MESSAGES + "/bulk-delete", act=delete_many),
    Route(method="GET", path=_MESSAGES + "/pins", act=pinned),
    Route(method="PUT", path=_MESSAGES + "/pins/{message}", act=pin),
    Route(method="DELETE", path=_MESSAGES + "/pins/{message}", act=unpin),
    Route(method="GET", path="/channels/{channel}/pins", act=pinned_plainly),
    Route(method="PUT", path="/channels/{channel}/pins/{message}", act=pin),
    Route(method="DELETE", path="/channels/{channel}/pins/{message}", act=unpin),
    Route(method="GET", path=_MESSAGES + "/{message}", act=read_one),
    Route(method="PATCH", path=_MESSAGES + "/{message}", act=edit, window=lambda o: o.edit_bucket),
    Route(method="DELETE", path=_MESSAGES + "/{message}", act=delete, window=lambda o: o.delete_bucket),
    *(
        Route(
            method=method,
            path=_REACTIONS + path,
            act=act,
            window=lambda o: o.reaction_bucket,
            shares="reactions",
        )
        for method, path, act in (
            ("PUT", "/{emoji}/@me", react),
            ("DELETE", "/{emoji}/@me", unreact),
            ("DELETE", "/{emoji}/{user}", unreact),
            ("DELETE", "/{emoji}", clear_reactions),
            ("DELETE", "", clear_reactions),
        )
    ),
    Route(method="GET", path=_REACTIONS + "/{emoji}", act=reacted),
    Route(method="POST", path="/channels/{channel}/typing", act=typing),
)
