"""Remembers for a while which message was made with which nonce, so that asking twice makes one message."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta

from sovereign.core import clock
from sovereign.sandbox.entities import Message
from sovereign.sandbox.state import State

_Key = tuple[int, int, str]
"""Author, channel and nonce."""


class Nonces:
    """Oldest first. Built again from the messages after a restart, since Discord would not forget either."""

    def __init__(self, state: State, seconds: float) -> None:
        self._state, self._life = state, timedelta(seconds=seconds)
        self._known: OrderedDict[_Key, tuple[int, datetime]] = OrderedDict()
        fresh = [
            message
            for history in state.tables.messages.values()
            for message in history.values()
            if message.nonce is not None and clock.now() - message.at < self._life
        ]
        for message in sorted(fresh, key=lambda one: one.id):
            self.remember(message)

    def remember(self, message: Message) -> None:
        if message.nonce is not None:
            key = (message.author_id, message.channel_id, message.nonce)
            self._known[key] = (message.id, message.at)

    def find(self, author_id: int, channel_id: int, nonce: str) -> Message | None:
        """The message made with that nonce, if it is remembered and still exists."""
        self._expire()
        found = self._known.get((author_id, channel_id, nonce))
        return None if found is None else self._state.history(channel_id).get(found[0])

    def forget_all(self) -> None:
        self._known.clear()

    def _expire(self) -> None:
        limit = clock.now() - self._life
        while self._known:
            key, (_, made) = next(iter(self._known.items()))
            if made > limit:
                return
            del self._known[key]
