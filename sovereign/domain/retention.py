"""How long what came in is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

LEAST_DAYS = 3
"""Days for which everything is kept, however little room there is: GitHub can be asked for a repeat for
three days, and a repeat is known by what is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """
    age            of deliveries, for each source that has no age of its own in `ages`
    size           of the database, in bytes
    quarantined    age of deliveries that a mistake of ours kept from being worked off
    conversations  age of conversations that are over, since the last word of them
    """

    age: timedelta = timedelta(days=90)
    size: int = 10 * 2**30
    quarantined: timedelta = timedelta(days=365)
    conversations: timedelta = timedelta(days=365)
    ages: Mapping[str, timedelta] = field(default_factory=dict)

    def horizon(self, source: str, now: datetime) -> datetime:
        """Deliveries of the source that came before this may go."""
        return now - self.ages.get(source, self.age)

    @staticmethod
    def shortest(now: datetime) -> datetime:
        """Nothing that came after this ever goes."""
        return now - timedelta(days=LEAST_DAYS)
