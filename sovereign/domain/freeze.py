"""A freeze: for some time what runs of a service, in an environment, or at all, is not changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """`service` and `environment` are None where every one is meant; no `until`: until somebody lifts it."""

    id: int = 0
    service: str | None
    environment: str | None
    reason: str
    by_id: int
    by: str
    since: datetime
    until: datetime | None

    def holds(self, service: str, environment: str, at: datetime) -> bool:
        """Whether it stops that service in that environment at that moment."""
        running = self.since <= at and (self.until is None or at < self.until)
        return running and self.service in (None, service) and self.environment in (None, environment)

    def meets(self, other: Freeze) -> bool:
        """Whether there can be a place that both of them hold."""
        services, environments = {self.service, other.service}, {self.environment, other.environment}
        return all(None in names or len(names) == 1 for names in (services, environments))

    @property
    def scope(self) -> str:
        if self.service and self.environment:
            return f"{self.service} in {self.environment}"
        return self.service or (f"everything in {self.environment}" if self.environment else "everything")

    @property
    def words(self) -> str:
        """What is frozen, by whom and why."""
        return f"{self.scope} by {self.by}: {self.reason}"


def lasting(freezes: Sequence[Freeze]) -> Freeze | None:
    """Of several the one that holds the longest, which is until when the place is frozen; None of none."""
    endless = next((one for one in freezes if one.until is None), None)
    return endless or max(freezes, key=lambda one: one.until or one.since, default=None)


def standstill(holding: Sequence[Freeze]) -> str:
    """What is frozen, until when, by whom and why; of several freezes the one that holds longest."""
    last = lasting(holding)
    if last is None:
        return ""
    until = f"until <t:{int(last.until.timestamp())}:f>" if last.until else "until somebody lifts it"
    scope = last.scope[:1].upper() + last.scope[1:]
    more = f" {len(holding) - 1} more stand there: `/freeze list`." if len(holding) > 1 else ""
    return f"{scope} is frozen by {last.by} {until}: {last.reason}.{more}"
