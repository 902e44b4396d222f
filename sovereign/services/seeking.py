"""What people mean by what they have typed so far: a number by its beginning, a name by any part of it."""

from __future__ import annotations

LARGEST = 2**53 - 1
"""The largest whole number that Discord takes; no row of ours has a larger one."""


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
