"""Flapping: an incident that ends and begins again so often that neither says much."""

from __future__ import annotations

from datetime import timedelta

from sovereign.domain.events import Severity
from sovereign.domain.incidents import Turn

WINDOW = timedelta(minutes=30)
TIMES = 3
"""Reopened so often within the window, it flaps."""


def flaps(reopened: int) -> bool:
    return reopened >= TIMES


def calls_again(turn: Turn, severity: Severity, reopened: int) -> bool:
    """Whether a turn calls somebody as ever. What flaps called as it began to; after that its returns call
    nobody, save the critical ones. A rise in severity calls always."""
    return turn is not Turn.REOPENED or severity is Severity.CRITICAL or reopened <= TIMES
