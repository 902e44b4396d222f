"""Routes of threads: start, list, join, leave. They are changed and deleted as channels are."""

from __future__ import annotations

from http import HTTPStatus

from sovereign.core import clock
from sovereign.sandbox import payloads
from sovereign.sandbox.actions import membership, posting, threads
from sovereign.sandbox.entities import Channel, ChannelKind, ThreadMember
from sovereign.sandbox.errors import refusal
from sovereign.sandbox.guild import BOT_ID
from sovereign.sandbox.guild_payloads import active_threads
from sovereign.sandbox.permissions import MANAGE_THREADS, VIEW, in_channel
from sovereign.sandbox.rest.call import Call, Reply, Result, Route
from sovereign.sandbox.wire import Json


def start_from(call: Call) -> Result:
    thread = threads.start_from(call.platform, call.message(), BOT_ID, call.body)
    return Reply(status=HTTPStatus.CREATED, body=payloads.thread_for(call.state, thread, BOT_ID))


def start_alone(call: Call) -> Result:
    thread = threads.start_alone(call.platform, call.channel(), BOT_ID, call.body)
    return Reply(status=HTTPStatus.CREATED, body=payloads.thread_for(call.state, thread, BOT_ID))


def active(call: Call) -> Result:
    call.guild()
    return _listed(call, active_threads(call.state, BOT_ID)) | {"has_more": False}


def archived(call: Call, kind: int) -> Result:
    parent = call.channel()
    call.platform.need(BOT_ID, parent, MANAGE_THREADS if kind == ChannelKind.PRIVATE_THREAD else 0)
    found = [
        one
        for one in call.state.threads()
        if one.parent_id == parent.id and one.kind == kind and one.thread and one.thread.archived
    ]
    found.sort(key=lambda one: (one.thread.archived_at if one.thread else clock.now(), one.id), reverse=True)
    limit = call.limit(50, 100)
    return _listed(call, found[:limit]) | {"has_more": len(found) > limit}


def archived_public(call: Call) -> Result:
    return archived(call, ChannelKind.PUBLIC_THREAD)


def archived_private(call: Call) -> Result:
    return archived(call, ChannelKind.PRIVATE_THREAD)


def members(call: Call) -> Result:
    return [_member(call, thread, one) for thread, one in _present(call)]


def member(call: Call) -> Result:
    user_id = _who(call)
    for thread, one in _present(call):
        if one.user_id == user_id:
            return _member(call, thread, one)
    raise refusal(10007)


def join(call: Call) -> Result:
    thread = _thread(call)
    after = membership.joined(call.state, thread, [_who(call)])
    call.state.commit(put=[after])
    posting.announce_members(call.platform, thread, after)
    return None


def leave(call: Call) -> Result:
    thread, user_id = _thread(call), _who(call)
    call.platform.need(BOT_ID, thread, 0 if user_id == BOT_ID else MANAGE_THREADS)
    after = membership.left(thread, user_id)
    call.state.commit(put=[after])
    posting.announce_members(call.platform, thread, after)
    return None


def _who(call: Call) -> int:
    return BOT_ID if call.path.get("user", "@me") == "@me" else call.id("user")


def _thread(call: Call) -> Channel:
    thread = call.channel()
    call.platform.need(BOT_ID, thread)
    if thread.thread is None:
        raise refusal(50024)
    if thread.thread.archived:
        raise refusal(50083)
    return thread


def _present(call: Call) -> list[tuple[Channel, ThreadMember]]:
    thread = call.channel()
    call.platform.need(BOT_ID, thread)
    if thread.thread is None:
        raise refusal(50024)
    return [(thread, one) for one in thread.thread.members]


def _member(call: Call, thread: Channel, one: ThreadMember) -> Json:
    shown = payloads.thread_member(thread.id, one)
    member = call.state.tables.members.get(one.user_id)
    if member is not None and call.flag("with_member"):
        shown["member"] = payloads.member(call.state, member)
    return shown


def _listed(call: Call, found: list[Channel]) -> Json:
    seen = [one for one in found if in_channel(call.state, BOT_ID, one) & VIEW]
    mine = [
        payloads.thread_member(one.id, participant)
        for one in seen
        for participant in (one.thread.members if one.thread else ())
        if participant.user_id == BOT_ID
    ]
    return {"threads": [payloads.channel(call.state, one) for one in seen], "members": mine}


_MEMBERS = "/channels/{channel}/thread-members"
ROUTES = (
    Route(
        method="POST",
        path="/channels/{channel}/messages/{message}/threads",
        act=start_from,
        window=lambda o: o.thread_bucket,
        shares="threads",
    ),
    Route(
        method="POST",
        path="/channels/{channel}/threads",
        act=start_alone,
        window=lambda o: o.thread_bucket,
        shares="threads",
    ),
    Route(method="GET", path="/guilds/{guild}/threads/active", act=active),
    Route(method="GET", path="/channels/{channel}/threads/archived/public", act=archived_public),
    Route(method="GET", path="/channels/{channel}/threads/archived/private", act=archived_private),
    Route(method="GET", path="/channels/{channel}/users/@me/threads/archived/private", act=archived_private),
    Route(method="GET", path=_MEMBERS, act=members),
    Route(method="GET", path=_MEMBERS + "/{user}", act=member),
    Route(method="PUT", path=_MEMBERS + "/{user}", act=join),
    Route(method="DELETE", path=_MEMBERS + "/{user}", act=leave),
)
