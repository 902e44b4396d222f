"""What people do with threads: start one on a message or in a channel, come and go, rename or archive it."""

from __future__ import annotations

from sovereign.sandbox import payloads
from sovereign.sandbox.actions import membership, posting, threads
from sovereign.sandbox.driver import find
from sovereign.sandbox.driver.deed import Deed, Do, done
from sovereign.sandbox.entities import Channel, ChannelKind, Thread
from sovereign.sandbox.permissions import MANAGE_THREADS, PRIVATE_THREADS, PUBLIC_THREADS, VIEW, in_channel
from sovereign.sandbox.wire import Json

_STARTED = ("name", "auto_archive_duration", "rate_limit_per_user", "invitable")


async def start(deed: Deed) -> Json:
    """On the `message` if one is named, else in the channel; `private` shows it to those in it alone."""
    body: Json = {key: deed.body[key] for key in _STARTED if key in deed.body}
    private = deed.body.get("private") is True
    deed.need(PRIVATE_THREADS if private else PUBLIC_THREADS)
    if deed.where.kind not in threads.PARENTS:
        raise find.wrong("Threads start in channels of the guild alone.")
    if "message" not in deed.body:
        kind = ChannelKind.PRIVATE_THREAD if private else ChannelKind.PUBLIC_THREAD
        made = threads.start_alone(deed.platform, deed.where, deed.actor_id, {**body, "type": int(kind)})
        return _shown(deed, made)
    message = deed.message()
    if message.ephemeral_to is not None:
        raise find.wrong("No thread can hang on a message that only one person sees.")
    if private:
        raise find.wrong("A thread on a message is a public one.")
    return _shown(deed, threads.start_from(deed.platform, message, deed.actor_id, body))


async def rename(deed: Deed) -> Json:
    return _changed(deed, {"name": deed.body.get("name")})


async def archive(deed: Deed) -> Json:
    return _changed(deed, {"archived": True})


async def reopen(deed: Deed) -> Json:
    return _changed(deed, {"archived": False})


async def join(deed: Deed) -> Json:
    _facts(deed)
    return _moved(deed, membership.joined(deed.platform.state, deed.where, [deed.actor_id]))


async def leave(deed: Deed) -> Json:
    _facts(deed)
    return _moved(deed, membership.left(deed.where, deed.actor_id))


def _changed(deed: Deed, body: Json) -> Json:
    facts = _facts(deed)
    if facts.owner_id != deed.actor_id or facts.locked:
        deed.need(MANAGE_THREADS)
    return _shown(deed, threads.change(deed.platform, deed.where, deed.actor_id, body))


def _moved(deed: Deed, after: Channel) -> Json:
    if after is not deed.where:
        deed.platform.state.commit(put=[after])
        posting.announce_members(deed.platform, deed.where, after)
    return _shown(deed, after)


def _facts(deed: Deed) -> Thread:
    if deed.where.thread is None:
        raise find.wrong(f"#{deed.where.name or find.DIRECT} is not a thread.")
    return deed.where.thread


def _shown(deed: Deed, thread: Channel) -> Json:
    """Somebody who left a private thread does not see it any more."""
    seen = in_channel(deed.platform.state, deed.actor_id, thread) & VIEW
    return {**done(deed), "thread": payloads.channel(deed.platform.state, thread) if seen else None}


DEEDS: dict[str, Do] = {
    "thread": start,
    "rename": rename,
    "archive": archive,
    "reopen": reopen,
    "join": join,
    "leave": leave,
}
