"""What people mean by what they have typed so far: a number by its beginning, a name by any part of it,
a moment by how long ago it was."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from sovereign.core.errors import NotFound, UserError

LARGEST = 2**53 - 1
"""The largest whole number that Discord takes; no row of ours has a larger one."""

_AGO = re.compile(r"(?P<number>[0-9]{1,6})\s*(?P<unit>m|h|d|w)")
_MINUTES = {"m": 1, "h": 60, "d": 1440, "w": 10080}


NAMED = 20
"""Names that a refusal lists."""


def require_known(what: str, name: str, known: Collection[str]) -> None:
    """Raises NotFound for a name that there is not, with those that there are."""
    if name in known:
        return
    listed = sorted(known)
    more = f" and {len(listed) - NAMED} more" if len(listed) > NAMED else ""
    there = f"There are: {', '.join(listed[:NAMED])}{more}." if listed else "There is none."
    raise NotFound(f"There is no {what} {name[:60]!r}. {there}")


def number_in(typed: str) -> int:
    """The number that was typed; 0, which no row has, where it is none."""
    text = typed.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 16 else 0


def fits(typed: str, number: int, words: str) -> bool:
    """Digits are the beginning of a number, never a part of it: who types 1 and Enter means 1."""
    text = typed.strip().casefold()
    if text.isdecimal():
        return str(number).startswith(text)
    return text in words.casefold()


def moment_in(typed: str, now: datetime) -> datetime:
    """The moment that was typed: `90m`, `24h` or `7d` ago, a date, or a date and time (UTC unless it says).

    Raises UserError.
    """
    match = _AGO.fullmatch(typed.strip().lower())
    try:
        if match:
            return now - timedelta(minutes=int(match["number"]) * _MINUTES[match["unit"]])
        found = datetime.fromisoformat(typed.strip())
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise UserError(
            f"{typed[:40]!r} is no time: expected 90m, 24h or 7d, or a date such as {now:%Y-%m-%d}."
        ) from None
