"""The one place that asks what time it is, so that a test can make a night pass."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.fromtimestamp(time.time(), UTC)


def monotonic() -> float:
    """Seconds that never go back, for durations and pauses."""
    return time.monotonic()


def micros(moment: datetime) -> int:
    """An aware datetime as whole microseconds since 1970 UTC, the form in which times are stored."""
    since = moment - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def from_micros(value: int) -> datetime:
    return EPOCH + timedelta(microseconds=value)
