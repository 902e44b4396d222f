"""Flapping: an incident that ends and begins again so often that neither says much, and whom that calls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sovereign.domain.events import Severity
from sovereign.domain.incidents import Turn

WINDOW = timedelta(minutes=30)
TIMES = 3
"""Reopened so often within the window, it flaps."""
CALLED_APART = timedelta(minutes=5)
"""Whoever was called so lately knows of the incident: its return does not call again, unless it is worse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """When an incident last called somebody, and how bad it was then."""

    at: datetime
    severity: Severity


def flaps(reopened: int) -> bool:
    return reopened >= TIMES


def calls_again(turn: Turn, severity: Severity, reopened: int, called: Called | None, at: datetime) -> bool:
    """Whether a turn calls somebody as ever. An incident that returns does so at most every five minutes, or
    where it is worse than when it last called; once it is known to flap it calls only where it is critical. A
    rise in severity calls always."""
    if turn is not Turn.REOPENED:
        return True
    if called is not None and severity.rank > called.severity.rank:
        return True
    if called is not None and at - called.at < CALLED_APART:
        return False
    return severity is Severity.CRITICAL or reopened <= TIMES
