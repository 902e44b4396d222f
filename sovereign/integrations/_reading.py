"""How values are read out of a body that promises little: by dotted path, the first that is there, tidied."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise

from sovereign.integrations._payload import KEYS, Payload, encodable, moment

_ZONE = re.compile(r"\s+(?:UTC|\(UTC\)|([+-]\d{2}:?\d{2}))$")
"""How Ruby and Canary write a zone after a blank, which ISO 8601 does not know."""
_EPOCH = re.compile(r"[0-9]{10}(?:[0-9]{3})?")
"""Seconds or milliseconds since 1970 that a template has put between quotes."""
_NEVER = 1
"""The year of the time that Go and .NET write where there is none."""
_SIZES = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}


def line(payload: Payload | None, *paths: str) -> str:
    """The first text or number at one of these dotted paths, on one line; empty where there is none.

    Sources ask for little else, dozens of times for a body: hence without a Payload for each step.
    """
    if payload is None:
        return ""
    for path in paths:
        value = payload.raw
        for key in KEYS[path]:
            if type(value) is not dict:
                break
            value = value.get(key)
        else:
            if value is None:
                continue
            text = value if type(value) is str else Payload(value, payload, KEYS[path]).scalar()
            if words := text.split():
                found = words[0] if len(words) == 1 else " ".join(words)
                return found if found.isascii() else encodable(found)
    return ""


def _value(payload: Payload | None, path: str) -> object:
    """What is at this dotted path; None where nothing is."""
    value = payload.raw if payload else None
    for key in KEYS[path]:
        if type(value) is not dict:
            return None
        value = value.get(key)
    return value


def prose(payload: Payload | None, *paths: str) -> str:
    """The first longer text at one of these dotted paths, with its line breaks."""
    for path in paths:
        value = _value(payload, path)
        if value is None:
            continue
        text = Payload(value, payload, KEYS[path]).text() if type(value) is not str else encodable(value)
        if text := text.replace("\r\n", "\n").strip():
            return text
    return ""


def when(payload: Payload | None, *paths: str) -> datetime | None:
    """The first readable time. An event is not lost over a time that nobody can read."""
    for path in paths:
        value = _value(payload, path)
        found = _moment(value) if value is not None else None
        if found and found.year > _NEVER:
            return found
    return None


def _moment(value: object) -> datetime | None:
    if type(value) is str:
        if value.isdecimal() and _EPOCH.fullmatch(value):
            value = int(value)
        elif " " in value:
            value = _ZONE.sub(lambda zone: zone[1] or "+00:00", value)
    try:
        return moment(value)
    except (ValueError, OverflowError, OSError):
        return None


def link(payload: Payload | None, *paths: str) -> str | None:
    """The first web address."""
    for path in paths:
        if (url := line(payload, path)).startswith(("https://", "http://")) and " " not in url:
            return url
    return None


def seconds(payload: Payload | None, *paths: str) -> float | None:
    """The first length of time that is written as a number of seconds."""
    for path in paths:
        value = _value(payload, path)
        if isinstance(value, int | float) and 0 <= value < 1e9:
            return float(value)
    return None


def duration(length: float | None) -> str:
    """Seconds as `2m 34s`, in the two largest units; empty where the length is not known."""
    if length is None:
        return ""
    left = int(length)
    parts = [(left % above if above else left) // size for above, size in pairwise([0, *_SIZES.values()])]
    first = next((i for i, part in enumerate(parts) if part), len(parts) - 1)
    shown_parts = list(zip(parts, _SIZES, strict=True))[first : first + 2]
    return " ".join(f"{part}{unit}" for part, unit in shown_parts if part) or "0s"


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 file`, `2 files`."""
    return f"{number} {noun}" if number == 1 else f"{number} {plural or noun + 's'}"


def between(start: datetime | None, end: datetime | None) -> float | None:
    """Seconds from one time to the other; None where an end is not known, or comes first."""
    return (end - start).total_seconds() if start and end and end >= start else None


def words(name: str) -> str:
    """`added_to_project` as people write it."""
    return name.replace("_", " ")


def shown(fields: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The fields that have a value."""
    return tuple((name, value) for name, value in fields.items() if value)
