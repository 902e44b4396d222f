"""Bad weather on request: freezes, outages, slowness, a forgotten past, errors."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sovereign.core import clock
from sovereign.sandbox.cluster.faults import Failure
from sovereign.sandbox.cluster.objects import Object
from sovereign.sandbox.cluster.surface import Surface

LONGEST = 3600.0


class Wrong(Exception):
    """What was asked for makes no sense; the text says why."""


def change(it: Surface, body: Object) -> Object:
    """Do as asked, and say what is active. Raises Wrong."""
    do = _KINDS.get(str(body.get("kind")))
    if do is None:
        raise Wrong(f"There is no fault {body.get('kind')!r}. There are: {', '.join(_KINDS)}.")
    do(it, body)
    return it.faults.shown()


def number(body: Object, name: str, default: float | None, least: float, most: float) -> float:
    """A field of the body. Raises Wrong when it is something else, or out of bounds."""
    value: Any = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise Wrong(f"{name} is a number from {least:g} to {most:g}.")
    return value


def _freeze(it: Surface, body: Object) -> None:
    """Calls are taken and not answered; nothing in the cluster moves either, for it all goes by the API."""
    seconds = number(body, "seconds", 5.0, 0.0, LONGEST)
    it.faults.frozen_until = clock.monotonic() + seconds
    it.timetable.hold(seconds)


def _down(it: Surface, body: Object) -> None:
    seconds = number(body, "seconds", 5.0, 0.0, LONGEST)
    it.faults.down_until = clock.monotonic() + seconds
    it.timetable.hold(seconds)
    it.watches.end_all()


def _latency(it: Surface, body: Object) -> None:
    it.faults.latency = number(body, "seconds", None, 0.0, 60.0)


def _gone(it: Surface, body: Object) -> None:
    """The next watches are told 410; with `now` those that run end, and so begin again."""
    it.faults.gone += int(number(body, "times", 1, 0, 1e6))
    if body.get("now"):
        it.watches.end_all()


def _forget(it: Surface, body: Object) -> None:
    """Forget the past, as after a compaction: whoever resumes from an older version gets 410."""
    del body
    it.store.forget()
    it.watches.end_all()


def _status(it: Surface, body: Object) -> None:
    try:
        match = re.compile(str(body.get("match", "")))
    except re.error as problem:
        raise Wrong(f"match is no regular expression: {problem}.") from None
    after = number(body, "retry_after", 0, 0, LONGEST)
    it.faults.failures.append(
        Failure(
            match=match,
            status=int(number(body, "status", 500, 400, 599)),
            times=int(number(body, "times", 1, 1, 1e9)),
            retry_after=int(after) or None,
        )
    )


def _drop_watches(it: Surface, body: Object) -> None:
    del body
    it.watches.end_all()


def _clear(it: Surface, body: Object) -> None:
    del body
    it.faults.clear()
    it.timetable.hold(0.0)


_KINDS: dict[str, Callable[[Surface, Object], None]] = {
    "freeze": _freeze,
    "down": _down,
    "latency": _latency,
    "gone": _gone,
    "forget": _forget,
    "status": _status,
    "drop_watches": _drop_watches,
    "clear": _clear,
}
