"""Rate limits: windows that open with the first call and fill up, and the headers that tell of them."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

from sovereign.core import clock
from sovereign.sandbox.options import Window

_PRUNE_ABOVE = 4096


@dataclass(slots=True)
class _Open:
    ends: float
    used: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of one call against its bucket. Seconds; `wait` is above zero when the call is refused."""

    bucket: str
    limit: int
    remaining: int
    reset_after: float
    wait: float = 0.0

    def headers(self) -> dict[str, str]:
        reset = clock.now().timestamp() + self.reset_after
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": f"{reset:.3f}",
            "X-RateLimit-Reset-After": f"{self.reset_after:.3f}",
            "X-RateLimit-Bucket": self.bucket,
        }


class Buckets:
    """Counts calls by route and by what the route is about."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], _Open] = {}

    def take(self, route: str, about: str, window: Window) -> Verdict:
        """Count a call of `route` about `about` (a channel, a webhook); one that is refused costs nothing."""
        limit, seconds = window
        now = clock.monotonic()
        current = self._open.get((route, about))
        if current is None or current.ends <= now:
            self._prune(now)
            current = self._open[route, about] = _Open(now + seconds, 0)
        left = math.ceil((current.ends - now) * 1000) / 1000
        refused = current.used >= limit
        current.used += not refused
        return Verdict(
            bucket=name_of(route),
            limit=limit,
            remaining=limit - current.used,
            reset_after=left,
            wait=left if refused else 0.0,
        )

    def _prune(self, now: float) -> None:
        if len(self._open) > _PRUNE_ABOVE:
            self._open = {key: one for key, one in self._open.items() if one.ends > now}


def name_of(route: str) -> str:
    """The same route always has the same bucket name, here as there."""
    return hashlib.blake2b(route.encode(), digest_size=16).hexdigest()
