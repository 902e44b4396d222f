"""The parts of `event_gateway` that keep a channel readable: limits, quiet hours, maintenance windows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from sovereign.config.discord import Discord
from sovereign.config.fields import Channel, Environment, Section, Text, Weekly, as_list, wrong
from sovereign.domain import hours
from sovereign.domain.events import Severity
from sovereign.domain.limits import Limits
from sovereign.domain.quiet import Maintenance, Quiet


def moment(given: object) -> str:
    """An ISO 8601 time with its offset, in its one form; YAML may have read it as a time already."""
    try:
        read = given if isinstance(given, datetime) else datetime.fromisoformat(str(given))
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise wrong("a time with its offset, such as 2026-03-01T22:00:00+01:00")
    return read.astimezone(UTC).isoformat()


Moment = Annotated[str, BeforeValidator(moment, json_schema_input_type=str)]


class LimitsSection(Section):
    """What comes above a limit is gathered into one message; what calls somebody is told all the same."""

    source: int = Field(
        default=100, ge=0, le=10_000, strict=True, description="Events of one source; 0 for no limit."
    )
    channel: int = Field(
        default=30,
        ge=0,
        le=10_000,
        strict=True,
        description="New messages and alerts in one channel, above which it is a storm; 0 for none.",
    )

    def made(self) -> Limits:
        return Limits(source=self.source, channel=self.channel)


class QuietSection(Section):
    """Hours in which what is not urgent waits for a summary."""

    name: Text | None = Field(default=None, description="What the summary calls them.")
    hours: Weekly = Field(description="When, such as 22:00-07:00 Europe/Berlin.")
    below: Severity = Field(
        default=Severity.HIGH, description="What is less severe than this waits; unknown counts as high."
    )
    channels: Annotated[
        tuple[Channel, ...], BeforeValidator(as_list, json_schema_input_type=str | int | list[str])
    ] = Field(default=(), description="Channels that are quiet; unset, all.")

    def made(self, name: str, discord: Discord) -> Quiet:
        return Quiet(
            name=self.name or name,
            hours=hours.read(self.hours),
            below=self.below,
            channels=frozenset(discord.channel(channel) for channel in self.channels),
        )


class MaintenanceSection(Section):
    """A time in which alerts are expected: once from start to end, or each week. All conditions must hold."""

    name: Text = Field(description="What is done; the summary says it.")
    source: Text | None = Field(default=None, description="Slug of the source.")
    service: Text | None = Field(default=None, description="The service.")
    environment: Environment | None = Field(default=None, description="The environment.")
    label: Text | None = Field(default=None, description="A label, or label=value.")
    start: Moment | None = Field(default=None, description="When it begins, with its offset.")
    end: Moment | None = Field(default=None, description="When it ends, with its offset.")
    hours: Weekly | None = Field(
        default=None, description="When, each week, such as sun 02:00-04:00 Europe/Berlin."
    )

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if self.hours is None and not (self.start and self.end):
            raise wrong("start and end, or hours", problem="never ends")
        if self.start and self.end and self.start >= self.end:
            raise wrong("an end after the start", problem="ends before it starts")
        if not (self.source or self.service or self.environment or self.label):
            raise wrong("source, service, environment or label", problem="says not what is maintained")
        return self

    def made(self) -> Maintenance:
        return Maintenance(
            **self.model_dump(exclude={"start", "end", "hours"}),
            start=datetime.fromisoformat(self.start) if self.start else None,
            end=datetime.fromisoformat(self.end) if self.end else None,
            hours=hours.read(self.hours) if self.hours else None,
        )
