"""JSON as it travels: checked reading of values nobody vouches for, and times as Discord writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeAlias

Json: TypeAlias = dict[str, object]


def obj(value: object) -> Json:
    """The object, or an empty one when the value is something else."""
    return value if isinstance(value, dict) else {}


def objs(value: object) -> list[Json]:
    """The objects in a list; whatever else stands in it is left out."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list | tuple) else []


def items(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


def text(value: object, default: str = "") -> str:
    return value if isinstance(value, str) else default


def number(value: object, default: int = 0) -> int:
    """A whole number. Discord takes numbers in strings (permissions, snowflakes) and so does this."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.strip().lstrip("-").isdecimal():
        return int(value)
    return default


def optional_number(value: object) -> int | None:
    return None if value is None or value == "" else number(value)


def iso(moment: datetime) -> str:
    """As Discord writes times: microseconds always, offset `+00:00`."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def iso_or_none(moment: datetime | None) -> str | None:
    return None if moment is None else iso(moment)


def moment(value: object) -> datetime | None:
    """An ISO 8601 time, aware; a naive one is taken for UTC. None when it is not one."""
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
