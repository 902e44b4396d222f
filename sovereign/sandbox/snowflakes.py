"""Discord's ids: 42 bits of milliseconds since 2015, then bits that keep two in one millisecond apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sovereign.core import clock

EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def first_of(moment: datetime) -> int:
    """The smallest id that an object made at `moment` can have."""
    return max(0, (moment - EPOCH) // _MILLISECOND) << 22


def time_of(snowflake: int) -> datetime:
    return EPOCH + (snowflake >> 22) * _MILLISECOND


class Snowflakes:
    """Gives out ids that only ever grow, even when the clock is set back."""

    def __init__(self) -> None:
        self._last = 0

    def seen(self, snowflake: int) -> None:
        """Never give out this id, nor one below it."""
        self._last = max(self._last, snowflake)

    @property
    def last(self) -> int:
        return self._last

    def next(self) -> int:
        self._last = max(self._last + 1, first_of(clock.now()))
        return self._last
