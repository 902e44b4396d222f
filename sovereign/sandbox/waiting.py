"""Lets somebody who used a command or a button wait for what the bot answers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sovereign.sandbox.wire import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`kind` is the callback's type, or 0 for a message that came or changed after it."""

    kind: int
    message_id: int | None = None
    body: Json | None = None


class Waiting:
    """Answers by interaction id, for as long as somebody waits for them."""

    def __init__(self) -> None:
        self._queues: dict[int, asyncio.Queue[Answer]] = {}

    @contextmanager
    def on(self, interaction_id: int) -> Iterator[asyncio.Queue[Answer]]:
        queue: asyncio.Queue[Answer] = asyncio.Queue()
        self._queues[interaction_id] = queue
        try:
            yield queue
        finally:
            del self._queues[interaction_id]

    def tell(self, interaction_id: int, answer: Answer) -> None:
        if queue := self._queues.get(interaction_id):
            queue.put_nowait(answer)
