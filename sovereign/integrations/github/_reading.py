"""How values are read out of GitHub's bodies: by dotted path, the first that is there, tidied."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise

from sovereign.core.errors import BadPayload
from sovereign.integrations._payload import Payload


def line(payload: Payload | None, *paths: str) -> str:
    """The first text at one of these dotted paths, on one line; empty where there is none."""
    for path in paths:
        found = payload.get(*path.split(".")) if payload else None
        if found and (text := " ".join(found.scalar().split())):
            return text
    return ""


def prose(payload: Payload | None, *paths: str) -> str:
    """The first longer text at one of these dotted paths, with its line breaks."""
    for path in paths:
        found = payload.get(*path.split(".")) if payload else None
        if found and (text := found.text().replace("\r\n", "\n").strip()):
            return text
    return ""


def when(payload: Payload | None, *paths: str) -> datetime | None:
    """The first readable time. An event is not lost over a time that nobody can read."""
    for path in paths:
        found = payload.get(*path.split(".")) if payload else None
        try:
            if found:
                return found.time()
        except BadPayload:
            continue
    return None


def link(payload: Payload | None, *paths: str) -> str | None:
    """The first web address."""
    for path in paths:
        if (url := line(payload, path)).startswith(("https://", "http://")) and " " not in url:
            return url
    return None


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 file`, `2 files`."""
    return f"{number} {noun}" if number == 1 else f"{number} {plural or noun + 's'}"


def duration(start: datetime | None, end: datetime | None) -> str:
    """`2m 34s`, in the two largest units; empty where an end is not known."""
    if start is None or end is None or end < start:
        return ""
    left = int((end - start).total_seconds())
    sizes = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
    parts = [(left % above if above else left) // size for above, size in pairwise([0, *sizes.values()])]
    first = next((i for i, part in enumerate(parts) if part), len(parts) - 1)
    shown = list(zip(parts, sizes, strict=True))[first : first + 2]
    return " ".join(f"{part}{unit}" for part, unit in shown if part) or "0s"


def shown(fields: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The fields that have a value."""
    return tuple((name, value) for name, value in fields.items() if value)
