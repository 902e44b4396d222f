"""One deed of a person, and what answers it."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from sovereign.core import clock
from sovereign.sandbox.actions import interactions
from sovereign.sandbox.actions.files import Upload
from sovereign.sandbox.actions.interactions import CHOICES, DEFERRED, DEFERRED_UPDATE, MODAL
from sovereign.sandbox.driver import find, view
from sovereign.sandbox.entities import Channel, Interaction, InteractionKind, Member, Message
from sovereign.sandbox.platform import Platform
from sovereign.sandbox.waiting import Answer
from sovereign.sandbox.wire import Json, objs, text

SILENT = "The application did not respond."
THINKING = 60.0
"""Seconds that a deferred answer is waited for, unless the deed says otherwise."""
SETTLING = 3.0
"""The same for a deferred change of a message, which may well never come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Who does it, where, and what was sent."""

    platform: Platform
    actor: Member
    where: Channel
    body: Json

    @property
    def actor_id(self) -> int:
        return self.actor.user_id

    def message(self) -> Message:
        """The message that the deed is about. Raises 404."""
        return find.message(self.platform, self.where, self.body.get("message"), self.actor_id)

    def need(self, bits: int) -> None:
        find.need(self.platform, self.actor_id, self.where, bits)

    def uploads(self) -> tuple[Upload, ...]:
        """The `files` of the deed. Raises 400 for what is not base64."""
        return tuple(_upload(slot, one) for slot, one in enumerate(objs(self.body.get("files"))))


Do: TypeAlias = Callable[[Deed], Awaitable[Json]]


def done(deed: Deed, *messages: Message) -> Json:
    """The answer to a deed that needs no bot."""
    shown = [view.shown(deed.platform, one, deed.actor_id) for one in messages]
    return {"ack_ms": 0.0, "result": "message", "messages": shown}


async def ask(
    deed: Deed,
    kind: InteractionKind,
    content: Json,
    message: Message | None = None,
    trigger: Interaction | None = None,
) -> Json:
    """Send the bot an interaction and wait for its answer; a deferred one is waited for to its end."""
    platform = deed.platform
    if not platform.gateway.online:
        return _failed(0.0, f"{SILENT} The bot is not connected.")
    began = clock.monotonic()
    one = interactions.start(
        platform,
        kind=kind,
        user_id=deed.actor_id,
        channel=deed.where,
        content=content,
        message=message,
        trigger=trigger,
    )
    with platform.waiting.on(one.id) as answers:
        try:
            first = await asyncio.wait_for(answers.get(), platform.options.interaction_seconds)
        except TimeoutError:
            return _failed(_since(began), SILENT)
        took = _since(began)
        if first.kind in (DEFERRED, DEFERRED_UPDATE):
            return {"ack_ms": took, **await _followed(deed, first, answers)}
    if first.kind == CHOICES:
        listed = objs(first.body.get("choices")) if first.body else []
        return {"ack_ms": took, "result": "autocomplete", "messages": [], "choices": listed}
    if first.kind == MODAL:
        return {"ack_ms": took, "result": "modal", "messages": [], "modal": first.body}
    return {"ack_ms": took, "result": "message", "messages": _messages(deed, first.message_id)}


async def _followed(deed: Deed, first: Answer, answers: asyncio.Queue[Answer]) -> Json:
    patience = SETTLING if first.kind == DEFERRED_UPDATE else THINKING
    asked = deed.body.get("wait")
    if isinstance(asked, int | float) and not isinstance(asked, bool):
        patience = float(asked)
    try:
        last = await asyncio.wait_for(answers.get(), patience)
    except TimeoutError:
        shown = _messages(deed, first.message_id)
        late = {"error": f"The bot is still thinking after {patience:g} s."} if first.kind == DEFERRED else {}
        return {"result": "deferred", "messages": shown, **late}
    return {"result": "deferred", "messages": _messages(deed, last.message_id)}


def _messages(deed: Deed, message_id: int | None) -> list[Json]:
    found = deed.platform.state.history(deed.where.id).get(message_id or 0)
    return [] if found is None else [view.shown(deed.platform, found, deed.actor_id)]


def _failed(took: float, problem: str) -> Json:
    return {"ack_ms": took, "result": "failed", "messages": [], "error": problem}


def _since(began: float) -> float:
    return round((clock.monotonic() - began) * 1000, 2)


def _upload(slot: int, file: Json) -> Upload:
    try:
        content = base64.b64decode(text(file.get("base64")), validate=True)
    except binascii.Error:
        raise find.wrong(f"The file {file.get('name')!r} is not base64.") from None
    return Upload(slot=slot, filename=text(file.get("name")) or "unknown", content=content)
