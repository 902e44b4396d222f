"""Hours of the week, by the clock on somebody's wall: `mon-fri 22:00-06:00 Europe/Berlin`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY = frozenset(range(7))
FORM = "hours such as 22:00-06:00, with days and a time zone: mon-fri 22:00-06:00 Europe/Berlin"
_SPAN = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])-([01]?[0-9]|2[0-3]):([0-5][0-9])")
_DAY = "|".join(DAYS)
_DAYS = re.compile(rf"(?:{_DAY})(?:-(?:{_DAY}))?(?:,(?:{_DAY})(?:-(?:{_DAY}))?)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """From `start` until before `end`; where `end` is not later, it is on the next day, and the hours after
    midnight belong to the day on which they began. `days` count from Monday, 0."""

    start: time
    end: time
    zone: str = "UTC"
    days: frozenset[int] = EVERY_DAY

    def cover(self, moment: datetime) -> bool:
        """Whether an aware moment lies within, as the wall clock of the zone shows it."""
        there = moment.astimezone(ZoneInfo(self.zone))
        now, today = there.time(), there.weekday()
        if self.start < self.end:
            return today in self.days and self.start <= now < self.end
        yesterday = (today - 1) % 7
        return (today in self.days and now >= self.start) or (yesterday in self.days and now < self.end)

    def __str__(self) -> str:
        days = "" if self.days == EVERY_DAY else f"{','.join(DAYS[day] for day in sorted(self.days))} "
        return f"{days}{self.start:%H:%M}-{self.end:%H:%M} {self.zone}"


def read(text: str) -> Hours:
    """Hours as people write them: days and zone may be left out. Raises ValueError with what was expected."""
    words = text.split()
    days = _days(words.pop(0).lower()) if words and _DAYS.fullmatch(words[0].lower()) else EVERY_DAY
    span = _SPAN.fullmatch(words[0]) if words else None
    if span is None or len(words) > 2:
        raise ValueError(FORM)
    start = time(int(span[1]), int(span[2]))
    end = time(int(span[3]), int(span[4]))
    return Hours(start=start, end=end, zone=_zone(words[1] if len(words) > 1 else "UTC"), days=days)


def _days(text: str) -> frozenset[int]:
    """`mon-wed,fri`; a range may go over the end of the week."""
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        begin, end = DAYS.index(first), DAYS.index(last or first)
        found.update((begin + step) % 7 for step in range((end - begin) % 7 + 1))
    return frozenset(found)


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        raise ValueError("a time zone of the IANA list, such as Europe/Berlin") from None
