"""Turns what people name (users, roles, channels, files) into ids, and gathers the objects that go along."""

from __future__ import annotations

from sovereign.sandbox import message_payloads, payloads
from sovereign.sandbox.driver import find
from sovereign.sandbox.driver.find import Wrong
from sovereign.sandbox.entities import Attachment, Message
from sovereign.sandbox.permissions import in_channel, in_guild
from sovereign.sandbox.platform import Platform
from sovereign.sandbox.wire import Json

_VOICE = ("mute", "deaf")
"""What members lack where an interaction names them."""


class Resolved:
    """The `resolved` part of an interaction, filled as names are looked up."""

    def __init__(self, platform: Platform, viewer: int) -> None:
        self._platform, self._viewer = platform, viewer
        self._parts: dict[str, Json] = {}

    def body(self) -> Json:
        return {"resolved": dict(self._parts)} if self._parts else {}

    def user(self, asked: object) -> str:
        member = find.member(self._platform, asked)
        state, key = self._platform.state, str(member.user_id)
        held = str(in_guild(state, member.user_id))
        self._part("users")[key] = payloads.user_of(state, member.user_id)
        shown = payloads.member(state, member, with_user=False) | {"permissions": held}
        self._part("members")[key] = {name: part for name, part in shown.items() if name not in _VOICE}
        return key

    def role(self, asked: object) -> str:
        role = find.role(self._platform, asked)
        self._part("roles")[str(role.id)] = payloads.role(role)
        return str(role.id)

    def mentionable(self, asked: object) -> str:
        try:
            return self.user(asked)
        except Wrong:
            return self.role(asked)

    def channel(self, asked: object, kinds: tuple[int, ...] = ()) -> str:
        found = find.channel(self._platform, asked, self._viewer)
        if kinds and found.kind not in kinds:
            raise find.wrong(f"#{found.name} is not of a kind that can be chosen here.")
        held = str(in_channel(self._platform.state, self._viewer, found))
        self._part("channels")[str(found.id)] = {**self._platform.shown_channel(found), "permissions": held}
        return str(found.id)

    def message(self, message: Message) -> str:
        self._part("messages")[str(message.id)] = self._platform.shown(message)
        return str(message.id)

    def file(self, one: Attachment, channel_id: int) -> str:
        shown = message_payloads.attachment(one, channel_id, self._platform.url)
        self._part("attachments")[str(one.id)] = shown | {"ephemeral": True}
        return str(one.id)

    def _part(self, name: str) -> Json:
        return self._parts.setdefault(name, {})
