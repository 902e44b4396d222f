"""Routes of channels: read, change, delete, order, overwrites."""

from __future__ import annotations

from http import HTTPStatus

from sovereign.sandbox.actions import channels, threads
from sovereign.sandbox.entities import Channel, ChannelKind
from sovereign.sandbox.errors import Refused, bad_form, refusal
from sovereign.sandbox.guild import BOT_ID
from sovereign.sandbox.permissions import MANAGE_CHANNELS, MANAGE_THREADS
from sovereign.sandbox.rest.call import Call, Reply, Result, Route
from sovereign.sandbox.wire import Json, objs


def read(call: Call) -> Result:
    channel = call.channel()
    call.platform.need(BOT_ID, channel)
    return call.platform.shown_channel(channel)


def read_all(call: Call) -> Result:
    call.guild()
    return [call.platform.shown_channel(one) for one in channels.in_order(call.platform)]


def create(call: Call) -> Result:
    call.guild()
    made = channels.create(call.platform, BOT_ID, call.body)
    return Reply(status=HTTPStatus.CREATED, body=call.platform.shown_channel(made))


def change(call: Call) -> Result:
    channel = call.channel()
    if channel.kind == ChannelKind.DIRECT:
        raise refusal(50024)
    _limit_renames(call, channel)
    act = threads.change if channel.is_thread else channels.change
    return call.platform.shown_channel(act(call.platform, channel, BOT_ID, call.body))


def delete(call: Call) -> Result:
    channel = call.channel()
    if channel.kind == ChannelKind.DIRECT:
        return call.platform.shown_channel(channel)
    call.platform.need(BOT_ID, channel, MANAGE_THREADS if channel.is_thread else MANAGE_CHANNELS)
    shown = call.platform.shown_channel(channel)
    channels.delete(call.platform, channel)
    return shown


def move(call: Call) -> Result:
    call.guild()
    if not isinstance(call.content, list):
        raise bad_form("", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
    channels.move(call.platform, BOT_ID, objs(call.content))
    return None


def set_overwrite(call: Call) -> Result:
    channels.set_overwrite(call.platform, call.channel(), BOT_ID, call.id("target"), call.body)
    return None


def drop_overwrite(call: Call) -> Result:
    channels.drop_overwrite(call.platform, call.channel(), BOT_ID, call.id("target"))
    return None


def _limit_renames(call: Call, channel: Channel) -> None:
    """A channel's name and topic change seldom: a limit that no header announces. Raises 429."""
    body = call.body
    renamed = "name" in body and body["name"] != channel.name
    if not renamed and ("topic" not in body or (body["topic"] or None) == channel.topic):
        return
    verdict = call.platform.buckets.take("rename", str(channel.id), call.platform.options.rename_bucket)
    if verdict.wait:
        answer: Json = {
            "message": "You are being rate limited.",
            "code": 0,
            "retry_after": verdict.wait,
            "global": False,
        }
        headers = {"Retry-After": str(round(verdict.wait + 0.499)), "X-RateLimit-Scope": "user"}
        raise Refused(HTTPStatus.TOO_MANY_REQUESTS, answer, headers)


_ONE, _ALL = "/channels/{channel}", "/guilds/{guild}/channels"
ROUTES = (
    Route(method="GET", path=_ONE, act=read),
    Route(method="PATCH", path=_ONE, act=change),
    Route(method="DELETE", path=_ONE, act=delete),
    Route(method="PUT", path=_ONE + "/permissions/{target}", act=set_overwrite),
    Route(method="DELETE", path=_ONE + "/permissions/{target}", act=drop_overwrite),
    Route(method="GET", path=_ALL, act=read_all),
    Route(method="POST", path=_ALL, act=create),
    Route(method="PATCH", path=_ALL, act=move),
)
