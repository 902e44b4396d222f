"""When the controllers do what they do next: timers whose seconds are as short as somebody wants them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

LOOK = 0.05
"""Seconds between two looks whether it still is held: it may go on early."""
Action = Callable[[], None]


@dataclass(slots=True)
class Timetable:
    """At most one timer for each key. `speed` 10 makes ten seconds of the cluster's life last one.

    While it is held nothing is done; what would have been due is done when it goes on.
    """

    speed: float = 1.0
    _timers: dict[Hashable, asyncio.TimerHandle] = field(default_factory=dict)
    _held_until: float = 0.0
    _closed: bool = False

    def after(self, seconds: float, key: Hashable, action: Action) -> None:
        """Do it once so many of the cluster's seconds have passed, in place of what had this key."""
        self._at(seconds / self.speed, key, action)

    def once(self, seconds: float, key: Hashable, action: Action) -> None:
        """The same, unless something has this key already."""
        if key not in self._timers:
            self.after(seconds, key, action)

    def cancel(self, key: Hashable) -> None:
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()

    def has(self, key: Hashable) -> bool:
        return key in self._timers

    def hold(self, seconds: float) -> None:
        """Do nothing for so many real seconds."""
        self._held_until = asyncio.get_running_loop().time() + seconds

    def clear(self) -> None:
        for key in list(self._timers):
            self.cancel(key)

    def close(self) -> None:
        self._closed = True
        self.clear()

    def _at(self, seconds: float, key: Hashable, action: Action) -> None:
        self.cancel(key)
        if not self._closed:
            loop = asyncio.get_running_loop()
            self._timers[key] = loop.call_later(seconds, self._due, key, action)

    def _due(self, key: Hashable, action: Action) -> None:
        rest = self._held_until - asyncio.get_running_loop().time()
        self._timers.pop(key, None)
        if rest > 0:
            self._at(min(rest, LOOK), key, action)
        else:
            action()
