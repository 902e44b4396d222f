"""The four figures of software delivery, from what was deployed, merged and repaired.

Frequency, lead time, change failure rate and time to restore, as DORA defines them: https://dora.dev/guides/dora-metrics-four-keys/
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A deployment that has ended: when, whether it stayed, and when the changes in it were merged."""

    at: datetime
    stayed: bool
    merged: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """`begins` is its first moment; counts are of deployments."""

    begins: datetime
    stayed: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """
    per_week      deployments that stayed, on average
    lead_time     median from the merge of a change to its deployment; None where no merge was heard of
    failure_rate  deployments that failed or were taken back, of all; None without any
    restore_time  median from the first alert of an incident to its last resolve; None without any
    weeks         oldest first, those without deployments too
    """

    per_week: float
    lead_time: timedelta | None
    failure_rate: float | None
    restore_time: timedelta | None
    deployments: int
    incidents: int
    weeks: tuple[Week, ...]


def figures(
    delivered: Sequence[Delivered], restored: Sequence[timedelta], since: datetime, until: datetime
) -> Figures:
    """Of the time from `since` to `until`, in which all that is given lies."""
    stayed = [one for one in delivered if one.stayed]
    leads = [one.at - merged for one in stayed for merged in one.merged]
    span = max((until - since) / WEEK, 1e-9)
    return Figures(
        per_week=len(stayed) / span,
        lead_time=_median(leads),
        failure_rate=1 - len(stayed) / len(delivered) if delivered else None,
        restore_time=_median(restored),
        deployments=len(delivered),
        incidents=len(restored),
        weeks=_weeks(delivered, since, until),
    )


def with_merges(ended: Sequence[tuple[datetime, bool]], merged: Sequence[datetime]) -> tuple[Delivered, ...]:
    """Each change counts for the first deployment after its merge that stayed. `ended` is oldest first."""
    waiting, found = sorted(merged), []
    for at, stayed in ended:
        mine: tuple[datetime, ...] = ()
        if stayed:
            mine = tuple(one for one in waiting if one <= at)
            waiting = [one for one in waiting if one > at]
        found.append(Delivered(at=at, stayed=stayed, merged=mine))
    return tuple(found)


def _median(spans: Sequence[timedelta]) -> timedelta | None:
    return timedelta(seconds=median(one.total_seconds() for one in spans)) if spans else None


def _weeks(delivered: Sequence[Delivered], since: datetime, until: datetime) -> tuple[Week, ...]:
    found, begins = [], since
    while begins < until:
        there = [one for one in delivered if begins <= one.at < begins + WEEK]
        stayed = sum(one.stayed for one in there)
        found.append(Week(begins=begins, stayed=stayed, failed=len(there) - stayed))
        begins += WEEK
    return tuple(found)
