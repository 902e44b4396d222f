"""Routes of webhooks, of which an interaction's token is one for fifteen minutes."""

from __future__ import annotations

import secrets
from dataclasses import replace

from sovereign.sandbox import payloads
from sovereign.sandbox.actions import interactions, posting
from sovereign.sandbox.entities import Channel, ChannelKind, Message, MessageFlag, Webhook
from sovereign.sandbox.errors import Form, refusal, snowflake
from sovereign.sandbox.guild import BOT_ID
from sovereign.sandbox.limits.messages import check_message, need_something
from sovereign.sandbox.permissions import MANAGE_WEBHOOKS, in_guild
from sovereign.sandbox.rest.call import Call, Result, Route
from sovereign.sandbox.wire import Json, text

MOST = 15
"""Webhooks of one channel."""


def create(call: Call) -> Result:
    channel = call.channel()
    call.platform.need(BOT_ID, channel, MANAGE_WEBHOOKS)
    _check_name(call.body)
    if channel.kind != ChannelKind.TEXT:
        raise refusal(50024)
    if sum(one.channel_id == channel.id for one in call.state.tables.webhooks.values()) >= MOST:
        raise refusal(30007)
    made = Webhook(
        id=call.state.ids.next(),
        channel_id=channel.id,
        guild_id=call.state.guild.id,
        name=text(call.body.get("name")).strip(),
        token=secrets.token_urlsafe(51),
        creator_id=BOT_ID,
    )
    call.state.commit(put=[made])
    _tell(call, channel)
    return payloads.webhook(call.state, made, call.platform.url)


def in_one_channel(call: Call) -> Result:
    channel = call.channel()
    call.platform.need(BOT_ID, channel, MANAGE_WEBHOOKS)
    return _shown(call, [one for one in call.state.tables.webhooks.values() if one.channel_id == channel.id])


def in_whole_guild(call: Call) -> Result:
    call.guild()
    if not in_guild(call.state, BOT_ID) & MANAGE_WEBHOOKS:
        raise refusal(50013)
    return _shown(call, list(call.state.tables.webhooks.values()))


def read(call: Call) -> Result:
    return payloads.webhook(call.state, _webhook(call), call.platform.url)


def change(call: Call) -> Result:
    hook = _webhook(call)
    if "name" in call.body:
        _check_name(call.body)
    moved = snowflake(call.body.get("channel_id", hook.channel_id), "channel_id")
    changed = replace(
        hook, name=text(call.body.get("name"), hook.name), channel_id=call.platform.channel(moved).id
    )
    call.state.commit(put=[changed])
    _tell(call, call.platform.channel(changed.channel_id))
    return payloads.webhook(call.state, changed, call.platform.url)


def delete(call: Call) -> Result:
    hook = _webhook(call)
    call.state.commit(drop=[hook])
    _tell(call, call.platform.channel(hook.channel_id))
    return None


def execute(call: Call) -> Result:
    if call.id("webhook") == BOT_ID:
        one = interactions.answered(call.platform, call.path["token"])
        draft = check_message(call.body, new_files=len(call.uploads))
        return call.platform.shown(interactions.follow(call.platform, one, draft, call.uploads))
    hook = _webhook(call)
    draft = replace(check_message(call.body, new_files=len(call.uploads)), components=None)
    need_something(draft, len(call.uploads))
    message = posting.post(
        call.platform,
        posting.Posting(
            channel=_place(call, hook),
            author_id=hook.id,
            draft=draft,
            uploads=call.uploads,
            webhook_id=hook.id,
            webhook_name=text(call.body.get("username")) or hook.name,
            webhook_avatar=text(call.body.get("avatar_url")) or None,
        ),
    )
    return call.platform.shown(message) if call.flag("wait") else None


def read_message(call: Call) -> Result:
    return call.platform.shown(_message(call))


def edit_message(call: Call) -> Result:
    message = _message(call)
    v2 = bool(message.flags & MessageFlag.COMPONENTS_V2)
    draft = check_message(call.body, new_files=len(call.uploads), v2=v2)
    if call.id("webhook") == BOT_ID:
        one = interactions.answered(call.platform, call.path["token"])
        edited = interactions.change(call.platform, one, message, draft, call.uploads)
    else:
        edited = posting.edit(call.platform, message, draft, call.uploads)
    return call.platform.shown(edited)


def delete_message(call: Call) -> Result:
    message = _message(call)
    if call.id("webhook") == BOT_ID:
        one = interactions.answered(call.platform, call.path["token"])
        interactions.remove(call.platform, one, message)
    else:
        posting.delete(call.platform, [message])
    return None


def _message(call: Call) -> Message:
    which = call.path["message"]
    if call.id("webhook") == BOT_ID:
        one = interactions.answered(call.platform, call.path["token"])
        if which == "@original":
            return interactions.original(call.platform, one)
        return interactions.own(call.platform, one, call.id("message"))
    hook = _webhook(call)
    message = call.platform.message(_place(call, hook).id, call.id("message"))
    if message.webhook_id != hook.id:
        raise refusal(10008)
    return message


def _webhook(call: Call) -> Webhook:
    """Raises 10015, 50027 for a wrong token, 50013 without a token and the right to manage it."""
    hook = call.state.tables.webhooks.get(call.id("webhook"))
    if hook is None:
        raise refusal(10015)
    if "token" not in call.path:
        call.platform.need(BOT_ID, call.platform.channel(hook.channel_id), MANAGE_WEBHOOKS)
    elif not secrets.compare_digest(call.path["token"], hook.token):
        raise refusal(50027)
    return hook


def _place(call: Call, hook: Webhook) -> Channel:
    if "thread_id" not in call.query:
        return call.platform.channel(hook.channel_id)
    thread = call.platform.channel(snowflake(call.query["thread_id"], "thread_id"))
    if thread.parent_id != hook.channel_id:
        raise refusal(10003)
    return thread


def _check_name(body: Json) -> None:
    form = Form()
    form.length("name", text(body.get("name")).strip(), 80, 1)
    form.check()


def _shown(call: Call, hooks: list[Webhook]) -> list[Json]:
    return [payloads.webhook(call.state, one, call.platform.url) for one in hooks]


def _tell(call: Call, channel: Channel) -> None:
    body: Json = {"guild_id": str(channel.guild_id), "channel_id": str(channel.id)}
    call.platform.tell("WEBHOOKS_UPDATE", body, channel)


_ONE, _SECRET = "/webhooks/{webhook}", "/webhooks/{webhook}/{token}"
_MESSAGE = _SECRET + "/messages/{message}"
ROUTES = (
    Route(method="POST", path="/channels/{channel}/webhooks", act=create),
    Route(method="GET", path="/channels/{channel}/webhooks", act=in_one_channel),
    Route(method="GET", path="/guilds/{guild}/webhooks", act=in_whole_guild),
    Route(method="GET", path=_ONE, act=read),
    Route(method="PATCH", path=_ONE, act=change),
    Route(method="DELETE", path=_ONE, act=delete),
    Route(method="GET", path=_SECRET, act=read, public=True),
    Route(method="PATCH", path=_SECRET, act=change, public=True),
    Route(method="DELETE", path=_SECRET, act=delete, public=True),
    *(
        Route(
            method=method,
            path=path,
            act=act,
            public=True,
            window=lambda o: o.webhook_bucket,
        )
        for method, path, act in (
            ("POST", _SECRET, execute),
            ("GET", _MESSAGE, read_message),
            ("PATCH", _MESSAGE, edit_message),
            ("DELETE", _MESSAGE, delete_message),
        )
    ),
)
