"""The `event_gateway` section: the paths that senders call, and the rules that say where events go."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from sovereign.config.backfill import LISTS, BackfillSection, ReconcileSection
from sovereign.config.endpoints import DEFAULT_SOURCES, Endpoint, EndpointSection
from sovereign.config.fields import (
    Channel,
    Mention,
    Networks,
    Section,
    Size,
    as_list,
    wrong,
)
from sovereign.config.noise import LimitsSection, MaintenanceSection, QuietSection
from sovereign.config.problems import listed
from sovereign.config.retention import RetentionSection
from sovereign.config.rules import MOST_RULES, ConditionsSection, CorrelateSection
from sovereign.domain.events import Severity


class RouteSection(ConditionsSection):
    """A rule; the first whose conditions all hold decides. Patterns take `*` and `?`."""

    channel: Channel | None = Field(
        default=None, description="Where it goes; unset, where it would go anyway."
    )
    mention: Annotated[
        tuple[Mention, ...], BeforeValidator(as_list, json_schema_input_type=str | list[str])
    ] = Field(default=(), description="Role or roles to mention.")
    thread: bool = Field(
        default=True,
        strict=True,
        description="Tell it in the thread; if not, the head message alone follows, and calls go there.",
    )
    drop: bool = Field(default=False, strict=True, description="Keep the event and post nothing.")

    @model_validator(mode="after")
    def _decides(self) -> Self:
        if self.drop and (self.channel or self.mention):
            raise wrong("one of the two", problem="drops the event and posts it")
        if not (self.drop or self.channel or self.mention or not self.thread):
            raise wrong("channel, mention, thread: false or drop", problem="does nothing")
        if self.drop and self.is_about_all:
            raise wrong("a condition such as kind or source", problem="would drop every event")
        return self


class EventGateway(Section):
    """The webhook gateway."""

    max_body: Size = Field(default=5 * 2**20, description="Largest body in bytes, such as 5MiB.")
    endpoints: tuple[EndpointSection, ...] = Field(
        default=(),
        description="Paths and their senders; /git, /alert, /event and /hooks/<source> are there unasked.",
    )
    trusted_proxies: Networks = Field(
        default=(), description="Proxies whose X-Forwarded-For is believed where an endpoint has `allow`."
    )
    retention: RetentionSection = Field(
        default_factory=RetentionSection, description="How long what came in is kept."
    )
    backfill: tuple[BackfillSection, ...] = Field(
        default=(), description="Senders that are asked for what was missed."
    )
    reconcile: tuple[ReconcileSection, ...] = Field(
        default=(), description="Senders that are asked which alerts there are now."
    )
    routes: tuple[RouteSection, ...] = Field(default=(), description="Rules, before the defaults by kind.")
    correlate: tuple[CorrelateSection, ...] = Field(
        default=(),
        max_length=MOST_RULES,
        description="Rules by which alerts that their senders do not group are one incident.",
    )
    mention_from: Severity = Field(
        default=Severity.HIGH,
        description="Alerts of this severity or worse mention discord.oncall_role; unknown counts as high: "
        "what nobody graded must not pass unseen.",
    )

    limits: LimitsSection = Field(
        default_factory=LimitsSection, description="How much is told one by one in a minute."
    )
    quiet_hours: tuple[QuietSection, ...] = Field(
        default=(), description="Hours in which what is not urgent waits for a summary."
    )
    maintenance: tuple[MaintenanceSection, ...] = Field(
        default=(), description="Times in which alerts are expected; what still fires afterwards is shown."
    )

    @model_validator(mode="after")
    def _asks_whom_it_can(self) -> Self:
        asked = [(one.endpoint, {"github"}) for one in self.backfill]
        asked += [(one.endpoint, {*LISTS}) for one in self.reconcile]
        for endpoint, slugs in asked:
            names = [name for name, slug in self.sources().items() if slug in slugs]
            if endpoint not in names:
                raise wrong(
                    f"an endpoint of {' or '.join(sorted(slugs))}: {listed(names)}",
                    problem=f"asks the sender of {endpoint!r}",
                )
        return self

    def sources(self) -> dict[str, str]:
        """The source of each endpoint that can be asked for something, by name."""
        return {slug: slug for slug in LISTS} | {one.name: one.source for one in self.resolved_endpoints()}

    def resolved_endpoints(self) -> tuple[Endpoint, ...]:
        """The three that are there unasked, changed by what the file says of their paths, then the others."""
        given = {section.path: section.resolved(index) for index, section in enumerate(self.endpoints)}
        unasked = {path: EndpointSection(path=path).resolved(None) for path in DEFAULT_SOURCES}
        return tuple((unasked | given).values())
