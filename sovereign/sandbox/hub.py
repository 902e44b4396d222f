"""Tells everybody who listens what has changed: the bot's gateway sessions and the page's streams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sovereign.sandbox.entities import Channel
from sovereign.sandbox.wire import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`channel` is where it happened, None for the guild at large; `only` is the one user who may know."""

    name: str
    body: Json
    channel: Channel | None = None
    only: int | None = None


class Listener(Protocol):
    def hear(self, event: Event) -> None:
        """Take note at once; never wait, never raise."""


class Hub:
    def __init__(self) -> None:
        self._listeners: set[Listener] = set()

    def join(self, listener: Listener) -> None:
        self._listeners.add(listener)

    def leave(self, listener: Listener) -> None:
        self._listeners.discard(listener)

    def publish(self, event: Event) -> None:
        for listener in list(self._listeners):
            listener.hear(event)
