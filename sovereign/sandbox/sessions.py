"""A bot's session: which events it gets by intent and permission, and what it gets again when it resumes."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Iterator

from sovereign.sandbox.entities import ChannelKind
from sovereign.sandbox.guild import BOT_ID
from sovereign.sandbox.hub import Event
from sovereign.sandbox.options import CONTENT_INTENT, MEMBERS_INTENT
from sovereign.sandbox.permissions import VIEW, in_channel
from sovereign.sandbox.state import State
from sovereign.sandbox.wire import Json, objs

KEPT = 5_000
"""Events that a session can have again; one that falls further behind must identify anew."""

FOR_PAGES = frozenset({"BOT", "CLOSING", "APPLICATION_COMMANDS_UPDATE"})
"""What the sandbox tells its own page; there are no such events in the gateway."""

_GUILDS, _WEBHOOKS = 1 << 0, 1 << 5
_BY_PLACE: dict[str, tuple[int, int]] = {  # intents in a guild and in direct messages
    "MESSAGE_CREATE": (1 << 9, 1 << 12),
    "MESSAGE_UPDATE": (1 << 9, 1 << 12),
    "MESSAGE_DELETE": (1 << 9, 1 << 12),
    "MESSAGE_DELETE_BULK": (1 << 9, 1 << 12),
    "MESSAGE_REACTION_ADD": (1 << 10, 1 << 13),
    "MESSAGE_REACTION_REMOVE": (1 << 10, 1 << 13),
    "MESSAGE_REACTION_REMOVE_ALL": (1 << 10, 1 << 13),
    "MESSAGE_REACTION_REMOVE_EMOJI": (1 << 10, 1 << 13),
    "TYPING_START": (1 << 11, 1 << 14),
    "CHANNEL_PINS_UPDATE": (_GUILDS, 1 << 12),
    "GUILD_MEMBER_ADD": (MEMBERS_INTENT, 0),
    "GUILD_MEMBER_REMOVE": (MEMBERS_INTENT, 0),
    "GUILD_MEMBER_UPDATE": (MEMBERS_INTENT, 0),
    "THREAD_MEMBERS_UPDATE": (MEMBERS_INTENT, 0),
    "WEBHOOKS_UPDATE": (_WEBHOOKS, 0),
}
_ALWAYS = frozenset({"INTERACTION_CREATE", "USER_UPDATE"})
_CONTENT = ("content", "embeds", "attachments", "components")


class Session:
    """Numbers the events of one login and keeps the newest.

    `wake` belongs to the connection that sends them and is set whenever there is one to send.
    """

    def __init__(self, session_id: str, intents: int, state: State) -> None:
        self.id, self.intents, self._state = session_id, intents, state
        self.wake = asyncio.Event()
        self.connected: object | None = None
        self._sequence = 0
        self._kept: deque[tuple[int, str]] = deque(maxlen=KEPT)

    def push(self, name: str, body: Json) -> None:
        self._sequence += 1
        packet = {"op": 0, "t": name, "s": self._sequence, "d": body}
        self._kept.append((self._sequence, json.dumps(packet, separators=(",", ":"))))
        self.wake.set()

    def hear(self, event: Event) -> None:
        if self._may_know(event):
            self.push(event.name, self._trimmed(event))

    def can_resume_after(self, sequence: int) -> bool:
        oldest = self._kept[0][0] if self._kept else self._sequence + 1
        return oldest - 1 <= sequence <= self._sequence

    def after(self, sequence: int) -> Iterator[tuple[int, str]]:
        return (kept for kept in list(self._kept) if kept[0] > sequence)

    def _may_know(self, event: Event) -> bool:
        if event.name in FOR_PAGES or event.only not in (None, BOT_ID):
            return False
        if event.channel and not in_channel(self._state, BOT_ID, event.channel) & VIEW:
            return event.name in ("CHANNEL_CREATE", "CHANNEL_UPDATE", "CHANNEL_DELETE")
        if event.name in _ALWAYS or _about_itself(event):
            return True
        direct = event.channel is not None and event.channel.kind == ChannelKind.DIRECT
        return bool(_BY_PLACE.get(event.name, (_GUILDS, _GUILDS))[direct] & self.intents)

    def _trimmed(self, event: Event) -> Json:
        """Without what people wrote, for a bot that has not the intent to read it."""
        body = event.body
        if event.name not in ("MESSAGE_CREATE", "MESSAGE_UPDATE") or self.intents & CONTENT_INTENT:
            return body
        own = _is_bot(body.get("author")) or any(_is_bot(user) for user in objs(body.get("mentions")))
        if own or (event.channel and event.channel.kind == ChannelKind.DIRECT):
            return body
        return body | {"content": "", **{name: [] for name in _CONTENT if name != "content"}}


def _is_bot(user: object) -> bool:
    return isinstance(user, dict) and user.get("id") == str(BOT_ID)


def _about_itself(event: Event) -> bool:
    if event.name == "GUILD_MEMBER_UPDATE":
        return _is_bot(event.body.get("user"))
    if event.name != "THREAD_MEMBERS_UPDATE":
        return False
    added = [one.get("user_id") for one in objs(event.body.get("added_members"))]
    removed = event.body.get("removed_member_ids")
    return str(BOT_ID) in added or (isinstance(removed, list) and str(BOT_ID) in removed)
