"""Limits on posting: how much may go out before it is gathered into one message, and when that ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

WINDOW = timedelta(minutes=1)
"""What is counted: the events of the last minute, at every moment anew."""
MOST_HELD = 10_000
"""Events in one gathering; with more it ends, so that its file stays small, and another begins."""


class Reason(StrEnum):
    """Why events are gathered and not told one by one."""

    STORM = "storm"
    LIMIT = "limit"
    QUIET = "quiet"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Events told in a minute: of one source, and in one channel. 0 is no limit."""

    source: int = 100
    channel: int = 30


USUAL = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """An event that is not to be told now, by whose rule."""

    reason: Reason
    name: str


def bites(limit: int, told: int) -> bool:
    """Whether so many events in a minute leave no room for another."""
    return limit > 0 and told >= limit


def is_calm(limit: int, held: int) -> bool:
    """Whether a storm is over: less than half of the limit came in the last minute, so that it does not end
    and begin again while the rate goes up and down around the limit. Without a limit nothing is a storm."""
    return limit == 0 or 2 * held < limit
