"""Keeps below Discord's limits before Discord has to say so: the global, the buckets', and the ban."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from sovereign.core import clock
from sovereign.services.announce import ALERT, FIRST, NORMAL, PAGE

GLOBAL_PER_SECOND = 40
"""Discord allows 50 requests a second for each bot; discord.py does not count them."""
BUCKET = (5, 5.0)
"""Messages in how many seconds: what Discord allows in one channel."""
THREADS = (49, 300.0)
"""Threads in how many seconds: one less than Discord has been seen to allow in a channel (it publishes no
figure), for discord.py holds whoever takes the last place."""
SHUT = 30.0
"""Seconds in which no thread is started in a channel where Discord has let one wait."""
_SPARED = {NORMAL: 1, ALERT: 3, PAGE: 0, FIRST: 0}
"""Of a bucket's places, those that a message of that priority leaves to more urgent ones. discord.py holds
whoever takes the last place until the window is over; what names all that burns had better not be it, for it
is edited next."""
_SPARED_BESIDE = {NORMAL: 3, ALERT: 3, PAGE: 2, FIRST: 0}
"""The same while an urgent message is in the window: more will come."""
_SPARED_OF_EDITS = {NORMAL: 4, ALERT: 4, PAGE: 4, FIRST: 0}
"""And beside the edits of such a message."""
BAN_WINDOW = 600.0
"""Seconds in which 10,000 answers of 401, 403 or 429 get an address banned."""
INVALID = frozenset({401, 403, 429})
_SLOWER = ((5000, 10.0), (1000, 1.0), (200, 0.2))
"""From how many invalid answers in the window on, how many seconds between requests."""


class Pacer:
    """Sliding windows in memory: after a restart they start empty, and Discord's own headers do the rest."""

    def __init__(self, now: Callable[[], float] = clock.monotonic) -> None:
        self._now = now
        self._sent: deque[float] = deque()
        self._buckets: dict[str, deque[float]] = {}
        self._urgent: dict[str, float] = {}
        self._threads: dict[int, deque[float]] = {}
        self._shut: dict[int, float] = {}
        self._invalid: deque[float] = deque()

    async def turn(self, bucket: str | None, priority: int = NORMAL) -> None:
        """Return when a request may be made; it counts from then on, without a bucket globally alone."""
        while True:
            pause = self._pause(bucket, priority)
            if pause <= 0:
                break
            await asyncio.sleep(pause)
        self._sent.append(self._now())
        if bucket is not None:
            self._buckets.setdefault(bucket, deque()).append(self._now())
            if priority >= PAGE:
                self._urgent[bucket] = self._now()

    def until_thread(self, channel_id: int) -> float:
        """Seconds until a thread may be started in that channel; where it may be at once, it counts."""
        now = self._now()
        places, seconds = THREADS
        started = _within(self._threads.setdefault(channel_id, deque()), now - seconds)
        wait = max(_until_room(started, places, seconds, now), self._shut.get(channel_id, 0.0) - now)
        if wait <= 0:
            started.append(now)
        return wait

    def no_threads(self, channel_id: int) -> None:
        """Discord lets one wait there."""
        self._shut[channel_id] = self._now() + SHUT

    def answered(self, status: int) -> None:
        """Every answer of Discord is told here."""
        if status in INVALID:
            self._invalid.append(self._now())

    @property
    def invalid(self) -> int:
        """Invalid answers in the last ten minutes."""
        return len(_within(self._invalid, self._now() - BAN_WINDOW))

    def _pause(self, bucket: str | None, priority: int) -> float:
        now = self._now()
        pauses = [
            _until_room(_within(self._sent, now - 1.0), GLOBAL_PER_SECOND, 1.0, now),
            self._brake(now, priority >= PAGE),
        ]
        if bucket is not None:
            places, seconds = BUCKET
            recent = _within(self._buckets.setdefault(bucket, deque()), now - seconds)
            pauses.append(_until_room(recent, places - self._spared(bucket, priority), seconds, now))
            self._forget(now)
        return max(pauses)

    def _spared(self, bucket: str, priority: int) -> int:
        if self._urgent.get(bucket, -BUCKET[1]) <= self._now() - BUCKET[1]:
            return _SPARED[priority]
        return (_SPARED_OF_EDITS if bucket.startswith("edit:") else _SPARED_BESIDE)[priority]

    def _brake(self, now: float, urgent: bool) -> float:
        """Urgent messages are held up by the last step alone: a ban would silence them altogether."""
        invalid = self.invalid
        if urgent and invalid < _SLOWER[0][0]:
            return 0.0
        gap = next((seconds for count, seconds in _SLOWER if invalid >= count), 0.0)
        return max(0.0, self._sent[-1] + gap - now) if self._sent else 0.0

    def _forget(self, now: float) -> None:
        """Buckets of threads that nobody writes in any more are not kept."""
        if len(self._buckets) > 1000:
            seconds = BUCKET[1]
            self._buckets = {
                name: sent for name, sent in self._buckets.items() if _within(sent, now - seconds)
            }
            self._urgent = {name: at for name, at in self._urgent.items() if name in self._buckets}


def _within(times: deque[float], since: float) -> deque[float]:
    while times and times[0] <= since:
        times.popleft()
    return times


def _until_room(recent: deque[float], places: int, seconds: float, now: float) -> float:
    """Seconds until one more fits: the window slides, and the oldest that counts leaves it first."""
    if len(recent) < places:
        return 0.0
    return max(0.001, recent[len(recent) - places] + seconds - now)
