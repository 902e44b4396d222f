"""The `event_gateway.retention` section: for how long deliveries are kept, and how much of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field

from sovereign.config.fields import Section, wrong
from sovereign.domain.retention import LEAST_DAYS, Retention

_AGE = re.compile(r"(?P<number>[0-9]{1,4})\s*(?P<unit>d|w|y)", re.IGNORECASE)
_DAYS = {"d": 1, "w": 7, "y": 365}
_SPACE = re.compile(r"(?P<number>[0-9]{1,7}(?:\.[0-9]{1,3})?)\s*(?P<unit>[MGT]i?B)", re.IGNORECASE)
_UNITS = {"mb": 10**6, "gb": 10**9, "tb": 10**12, "mib": 2**20, "gib": 2**30, "tib": 2**40}
_LEAST, _MOST = 100 * 2**20, 2**40


def age(given: object) -> int:
    """Days: 30d, 12w, 1y. Between three days and ten years."""
    match = _AGE.fullmatch(given.strip()) if isinstance(given, str) else None
    days = int(match["number"]) * _DAYS[match["unit"].lower()] if match else 0
    if isinstance(given, int) and not isinstance(given, bool):
        days = given
    if not LEAST_DAYS <= days <= 3650:
        raise wrong(f"an age from {LEAST_DAYS}d to 10y, such as 90d", hint="senders repeat for some days")
    return days


def space(given: object) -> int:
    """Bytes: 2147483648, 2GiB, 500 MB. Between 100 MiB and 1 TiB."""
    match = _SPACE.fullmatch(given.strip()) if isinstance(given, str) else None
    count = int(float(match["number"]) * _UNITS[match["unit"].lower()]) if match else 0
    if isinstance(given, int) and not isinstance(given, bool):
        count = given
    if not _LEAST <= count <= _MOST:
        raise wrong("a size from 100MiB to 1TiB, such as 2GiB")
    return count


Age = Annotated[int, BeforeValidator(age, json_schema_input_type=str | int)]
Space = Annotated[int, BeforeValidator(space, json_schema_input_type=str | int)]


class SourceRetentionSection(Section):
    """How long the deliveries of one source are kept."""

    age: Age = Field(description="Days, such as 30d, 12w or 1y.")


def of_source(given: object) -> object:
    """The age alone stands for the section."""
    return {"age": given} if isinstance(given, str | int) else given


SourceRetention = Annotated[
    SourceRetentionSection,
    BeforeValidator(of_source, json_schema_input_type=str | int | SourceRetentionSection),
]


class RetentionSection(Section):
    """What is pruned: the oldest deliveries with their events, and conversations that are over."""

    age: Age = Field(default=90, description="Deliveries are kept for so long, such as 90d, 12w or 1y.")
    size: Space = Field(
        default=10 * 2**30, description="Past this size of the database older ones go earlier, such as 2GiB."
    )
    quarantined: Age = Field(
        default=365,
        description="Deliveries that could not be worked off by a mistake of ours are kept for so long.",
    )
    conversations: Age = Field(
        default=365,
        description="Conversations that are over stay for so long after their last word; incidents for ever.",
    )
    sources: Mapping[str, SourceRetention] = Field(
        default_factory=dict,
        description="Another age for the deliveries of some sources, by slug: `github: 30d`, or "
        "`github: {age: 30d}`.",
    )

    def retention(self) -> Retention:
        return Retention(
            age=timedelta(days=self.age),
            size=self.size,
            quarantined=timedelta(days=self.quarantined),
            conversations=timedelta(days=self.conversations),
            ages={slug: timedelta(days=one.age) for slug, one in self.sources.items()},
        )
