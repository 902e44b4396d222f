"""Bad weather on purpose: errors, refusals, slowness and outages, each for so many calls or so long."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sovereign.core import clock
from sovereign.sandbox.wire import Json, text

REST, RATE_LIMIT, LATENCY, DOWN = "rest", "rate_limit", "latency", "down"
FIELDS: dict[str, tuple[str, ...]] = {
    REST: ("match", "times", "status", "after", "cut"),
    RATE_LIMIT: ("match", "times", "retry_after", "global"),
    LATENCY: ("match", "times", "seconds"),
}
"""What each kind of fault can be told."""
FOR_EVER = 1_000_000_000


class BadFault(Exception):
    """What was asked for makes no sense; the text says why."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """`times` counts down. `after`: the call is carried out first, and the caller never learns of it."""

    kind: str
    match: re.Pattern[str]
    times: int
    status: int = 500
    after: bool = False
    cut: bool = False
    seconds: float = 0.0
    retry_after: float = 1.0
    everywhere: bool = False

    def shown(self) -> Json:
        common: Json = {"kind": self.kind, "match": self.match.pattern, "times": self.times}
        if self.kind == LATENCY:
            return common | {"seconds": self.seconds}
        if self.kind == RATE_LIMIT:
            return common | {"retry_after": self.retry_after, "global": self.everywhere}
        return common | {"status": self.status, "after": self.after, "cut": self.cut}


class Faults:
    def __init__(self) -> None:
        self._active: list[Fault] = []
        self._down_until = 0.0

    def add(self, asked: Json) -> None:
        """Raises BadFault for a bad pattern, or for what is no number, no truth or out of range."""
        kind = text(asked.get("kind"))
        try:
            match = re.compile(str(asked.get("match", ".*")))
        except re.error as error:
            raise BadFault(f"match is not a regular expression: {error}") from None
        self._active.append(
            Fault(
                kind=kind,
                match=match,
                times=_whole(asked, "times", FOR_EVER if kind == LATENCY else 1, 1, FOR_EVER),
                status=_whole(asked, "status", 500, 100, 599),
                after=_truth(asked, "after"),
                cut=_truth(asked, "cut"),
                seconds=_seconds(asked.get("seconds"), 0.0),
                retry_after=_seconds(asked.get("retry_after"), 1.0),
                everywhere=_truth(asked, "global"),
            )
        )

    def go_down(self, seconds: object) -> None:
        self._down_until = clock.monotonic() + _seconds(seconds, 5.0)

    @property
    def down(self) -> bool:
        return clock.monotonic() < self._down_until

    def clear(self) -> None:
        self._active.clear()
        self._down_until = 0.0

    def take(self, kind: str, call: str) -> Fault | None:
        """The first fault of that kind for `METHOD /path`, used up by one."""
        for fault in self._active:
            if fault.kind == kind and fault.match.search(call):
                fault.times -= 1
                if fault.times <= 0:
                    self._active.remove(fault)
                return fault
        return None

    def shown(self) -> Json:
        left = max(0.0, self._down_until - clock.monotonic())
        return {"active": [fault.shown() for fault in self._active], "down_for": round(left, 3)}


def _whole(asked: Json, name: str, default: int, least: int, most: int) -> int:
    value = asked.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BadFault(f"{name} is a whole number from {least} to {most}, not {value!r}.")
    return value


def _truth(asked: Json, name: str) -> bool:
    value = asked.get(name, False)
    if not isinstance(value, bool):
        raise BadFault(f"{name} is true or false, not {value!r}.")
    return value


def _seconds(value: object, default: float) -> float:
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise BadFault("Seconds are a number from 0 on.")
    return float(value)
