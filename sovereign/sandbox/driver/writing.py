"""What people do without the bot: write, edit, delete, react, pin."""

from __future__ import annotations

from sovereign.sandbox.actions import pins, posting, reactions
from sovereign.sandbox.driver import find
from sovereign.sandbox.driver.deed import Deed, Do, done
from sovereign.sandbox.limits.messages import check_message, need_something
from sovereign.sandbox.permissions import (
    ADD_REACTIONS,
    ATTACH,
    HISTORY,
    MANAGE_MESSAGES,
    PIN,
    SEND,
    SEND_IN_THREADS,
)
from sovereign.sandbox.wire import Json, text


async def say(deed: Deed) -> Json:
    uploads = deed.uploads()
    deed.need((SEND_IN_THREADS if deed.where.is_thread else SEND) | (ATTACH if uploads else 0))
    body: Json = {"content": deed.body.get("content", "")}
    if deed.body.get("reply_to"):
        body["message_reference"] = {"message_id": str(deed.body["reply_to"])}
    draft = check_message(body, new_files=len(uploads))
    need_something(draft, len(uploads))
    post = posting.Posting(
        channel=deed.where,
        author_id=deed.actor_id,
        draft=draft,
        uploads=uploads,
        replied_to=posting.replied_to(deed.platform, deed.where, body),
    )
    posting.check_rights(deed.platform, post)
    return done(deed, posting.post(deed.platform, post))


async def edit(deed: Deed) -> Json:
    message = deed.message()
    if message.author_id != deed.actor_id:
        raise find.forbidden("Only its author can edit a message.")
    draft = check_message({"content": deed.body.get("content", "")}, new_files=0)
    return done(deed, posting.edit(deed.platform, message, draft))


async def delete(deed: Deed) -> Json:
    message = deed.message()
    if message.author_id != deed.actor_id and message.ephemeral_to != deed.actor_id:
        deed.need(MANAGE_MESSAGES)
    posting.delete(deed.platform, [message])
    return done(deed)


async def react(deed: Deed) -> Json:
    deed.need(HISTORY)
    message, emoji = deed.message(), _emoji(deed)
    if all(one.emoji != emoji for one in message.reactions):
        deed.need(ADD_REACTIONS)
    return done(deed, reactions.react(deed.platform, message, deed.actor_id, emoji))


async def unreact(deed: Deed) -> Json:
    return done(deed, reactions.unreact(deed.platform, deed.message(), deed.actor_id, _emoji(deed)))


async def pin(deed: Deed) -> Json:
    deed.need(PIN)
    return done(deed, pins.pin(deed.platform, deed.message(), deed.actor_id))


async def unpin(deed: Deed) -> Json:
    deed.need(PIN)
    pins.unpin(deed.platform, deed.message(), deed.actor_id)
    return done(deed, deed.message())


def _emoji(deed: Deed) -> str:
    emoji = text(deed.body.get("emoji"))
    if not emoji:
        raise find.wrong('Say which "emoji".')
    return emoji


DEEDS: dict[str, Do] = {
    "say": say,
    "react": react,
    "unreact": unreact,
    "pin": pin,
    "unpin": unpin,
    "edit": edit,
    "delete": delete,
}
