"""The `event_gateway` section: the paths that senders call, and the rules that say where events go."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from sovereign.config.endpoints import DEFAULT_SOURCES, Endpoint, EndpointSection
from sovereign.config.fields import (
    Channel,
    Environment,
    Mention,
    Networks,
    Section,
    Size,
    Text,
    Weekly,
    as_list,
    wrong,
)
from sovereign.domain.events import Severity


class RouteSection(Section):
    """A rule; the first whose conditions all hold decides. Patterns take `*` and `?`."""

    name: Text | None = Field(default=None, description="What the rule is called in explanations.")
    source: Text | None = Field(default=None, description="Slug of the source.")
    kind: Text | None = Field(default=None, description="Pattern of the kind, such as change.*")
    repo: Text | None = Field(default=None, description="Pattern of owner/name, or the bare name.")
    severity: Severity | None = Field(default=None, description="This severity or worse.")
    label: Text | None = Field(default=None, description="A label, or label=value.")
    service: Text | None = Field(default=None, description="The service.")
    environment: Environment | None = Field(default=None, description="The environment.")
    branch: Text | None = Field(default=None, description="Pattern of the branch.")
    hours: Weekly | None = Field(
        default=None, description="When it holds, such as mon-fri 22:00-06:00 Europe/Berlin."
    )
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
        return self


class EventGateway(Section):
    """The webhook gateway."""

    max_body: Size = Field(default=5 * 2**20, description="Largest body in bytes, such as 5MiB.")
    endpoints: tuple[EndpointSection, ...] = Field(
        default=(), description="Paths and their senders; /git, /alert and /event are there unasked."
    )
    trusted_proxies: Networks = Field(
        default=(), description="Proxies whose X-Forwarded-For is believed where an endpoint has `allow`."
    )
    routes: tuple[RouteSection, ...] = Field(default=(), description="Rules, before the defaults by kind.")
    mention_from: Severity = Field(
        default=Severity.HIGH, description="Alerts of this severity or worse mention discord.oncall_role."
    )

    def resolved_endpoints(self) -> tuple[Endpoint, ...]:
        """The three that are there unasked, changed by what the file says of their paths, then the others."""
        given = {section.path: section.resolved(index) for index, section in enumerate(self.endpoints)}
        unasked = {path: EndpointSection(path=path).resolved(None) for path in DEFAULT_SOURCES}
        return tuple((unasked | given).values())
