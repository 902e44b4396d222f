"""What the rules of `event_gateway` ask of an event: `routes` and `correlate` have the same conditions."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from sovereign.config.fields import Environment, Section, Text, Weekly, as_list, wrong
from sovereign.domain import hours
from sovereign.domain.correlation import Correlation
from sovereign.domain.events import Severity
from sovereign.domain.hours import Hours

MOST_RULES, MOST_COMPARED = 50, 10
"""Rules that an alert may be asked by, and names that one of them may compare."""
LEAST, MOST = 10, 24 * 3600
"""Seconds of a time window."""
_LENGTH = re.compile(r"(?P<number>[0-9]{1,5})\s*(?P<unit>s|m|h)?", re.IGNORECASE)
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}


def length(given: object) -> int:
    """Seconds: 90s, 10m, 2h, 600. Between ten seconds and a day."""
    text = str(given).strip() if isinstance(given, str | int) and not isinstance(given, bool) else ""
    match = _LENGTH.fullmatch(text)
    seconds = int(match["number"]) * _SECONDS[(match["unit"] or "").lower()] if match else 0
    if not LEAST <= seconds <= MOST:
        raise wrong("a time from 10s to 24h, such as 90s, 10m or 2h")
    return seconds


Length = Annotated[int, BeforeValidator(length, json_schema_input_type=str | int)]


class ConditionsSection(Section):
    """Which events a rule is about. All conditions that are set must hold; patterns take `*` and `?`."""

    name: Text | None = Field(default=None, description="What the rule is called in explanations.")
    source: Text | None = Field(default=None, description="Slug of the source.")
    kind: Text | None = Field(default=None, description="Pattern of the kind, such as change.*")
    repo: Text | None = Field(default=None, description="Pattern of owner/name, or the bare name.")
    severity: Severity | None = Field(
        default=None, description="This severity or worse; unknown counts as high."
    )
    label: Text | None = Field(default=None, description="A label, or label=value.")
    service: Text | None = Field(default=None, description="The service.")
    environment: Environment | None = Field(default=None, description="The environment.")
    branch: Text | None = Field(default=None, description="Pattern of the branch.")
    hours: Weekly | None = Field(
        default=None, description="When it holds, such as mon-fri 22:00-06:00 Europe/Berlin."
    )

    @property
    def span(self) -> Hours | None:
        return hours.read(self.hours) if self.hours else None

    @property
    def is_about_all(self) -> bool:
        """Whether no condition is set."""
        return not any(getattr(self, name) for name in ConditionsSection.model_fields if name != "name")


class CorrelateSection(ConditionsSection):
    """A rule by which alerts are one incident; the first that finds an open one decides."""

    same: Annotated[
        tuple[Text, ...],
        BeforeValidator(as_list, json_schema_input_type=str | list[str]),
        Field(max_length=MOST_COMPARED),
    ] = Field(
        default=(),
        description="What the alerts must agree in: names of labels, or alert, branch, environment, "
        "fingerprint, repo, service, source.",
    )
    within: Length = Field(
        default=600, description="How long after the one before it an alert may begin, such as 90s, 10m, 2h."
    )

    @model_validator(mode="after")
    def _compares(self) -> Self:
        if not self.same and self.is_about_all:
            raise wrong("same, or a condition such as service", problem="would join every alert")
        return self

    def made(self, name: str) -> Correlation:
        return Correlation(
            **self.model_dump(exclude={"name", "hours", "within"}),
            name=self.name or name,
            hours=self.span,
            within=timedelta(seconds=self.within),
        )
