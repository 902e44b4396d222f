"""The `event_gateway` section: the paths that senders call, and the rules that say where events go."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from sovereign.config.fields import (
    Channel,
    Environment,
    Mention,
    Reference,
    Section,
    Size,
    Text,
    as_list,
    wrong,
)
from sovereign.config.problems import did_you_mean, listed
from sovereign.domain.events import Severity

DEFAULT_SOURCES = {"/git": "github", "/alert": "alertmanager", "/event": "generic"}
"""The three paths that exist unasked, and the source that reads each unless `source` says otherwise."""

_HOOK = re.compile(r"/hooks/[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """
    One source instance, with nothing left to guess.

    source         slug of the integration that reads it
    secrets        references, any one of which may sign; empty: the source's own default
    authenticated  False only where the file says `auth: none`
    channel        as written, a key or a channel; None: by the kind of event
    mapping        how a generic body maps to an event
    index          position in `event_gateway.endpoints`; None where the file is silent about it
    """

    path: str
    name: str
    source: str
    secrets: tuple[str, ...] = ()
    authenticated: bool = True
    channel: str | None = None
    mapping: Mapping[str, object] | None = None
    index: int | None = None


class EndpointSection(Section):
    """A path that one configured sender calls."""

    path: str = Field(description="/git, /alert, /event or /hooks/<name>.")
    source: str | None = Field(
        default=None,
        description="Which integration reads it; unset, github for /git, alertmanager for /alert, generic "
        "for /event, and for /hooks/<name> the one of that name.",
    )
    name: Annotated[str, Field(max_length=64, pattern=r"^[a-z0-9][a-z0-9_-]*$")] | None = Field(
        default=None, description="What this sender is called in logs and records; the source or <name>."
    )
    secret: (
        Annotated[
            tuple[Reference, ...],
            BeforeValidator(as_list, json_schema_input_type=str | list[str]),
            Field(min_length=1),
        ]
        | None
    ) = Field(
        default=None,
        description="Reference to the shared secret, or a list of which any one may sign, for the time of a "
        "rotation; unset, the source's own variable, such as env://GITHUB_WEBHOOK_SECRET.",
    )
    auth: Literal["signature", "none"] = Field(
        default="signature", description="`none` takes whatever anybody sends: only for a closed network."
    )
    discord_channel: Channel | None = Field(
        default=None, description="Where its events go; by kind if unset."
    )
    mapping: Mapping[str, object] | None = Field(
        default=None, description="For the generic source: where in the body each field of the event lies."
    )

    @field_validator("path")
    @classmethod
    def _known_path(cls, path: str) -> str:
        if path not in DEFAULT_SOURCES and not _HOOK.fullmatch(path):
            raise wrong(
                "/git, /alert, /event or /hooks/<name>",
                hint=did_you_mean(path, (*DEFAULT_SOURCES, "/hooks/")),
            )
        return path

    @field_validator("source")
    @classmethod
    def _known_source(cls, source: str | None, info: ValidationInfo) -> str | None:
        sources = _sources(info)
        if source is not None and sources is not None and source not in sources:
            raise wrong(listed(sorted(sources)), hint=did_you_mean(source, sources))
        return source

    @model_validator(mode="after")
    def _whole(self, info: ValidationInfo) -> Self:
        sources = _sources(info)
        if sources is not None and self.slug not in sources:
            raise wrong(
                "a source: " + listed(sorted(sources)),
                problem="has no source",
                hint=did_you_mean(self.slug, sources),
            )
        if self.auth == "none" and self.secret is not None:
            raise wrong("one of the two", problem="has a secret and auth: none")
        return self

    @property
    def slug(self) -> str:
        return self.source or DEFAULT_SOURCES.get(self.path) or self.path.rpartition("/")[2].replace("-", "_")

    def resolved(self, index: int | None) -> Endpoint:
        own = self.slug if self.path in DEFAULT_SOURCES else self.path.rpartition("/")[2]
        return Endpoint(
            path=self.path,
            name=self.name or own,
            source=self.slug,
            secrets=self.secret or (),
            authenticated=self.auth != "none",
            channel=self.discord_channel,
            mapping=self.mapping,
            index=index,
        )


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
    channel: Channel | None = Field(
        default=None, description="Where it goes; unset, where it would go anyway."
    )
    mention: Annotated[
        tuple[Mention, ...], BeforeValidator(as_list, json_schema_input_type=str | list[str])
    ] = Field(default=(), description="Role or roles to mention.")
    drop: bool = Field(default=False, strict=True, description="Keep the event and post nothing.")

    @model_validator(mode="after")
    def _decides(self) -> Self:
        if self.drop and (self.channel or self.mention):
            raise wrong("one of the two", problem="drops the event and posts it")
        if not (self.drop or self.channel or self.mention):
            raise wrong("channel, mention or drop", problem="does nothing")
        return self


class EventGateway(Section):
    """The webhook gateway."""

    max_body: Size = Field(default=5 * 2**20, description="Largest body in bytes, such as 5MiB.")
    endpoints: tuple[EndpointSection, ...] = Field(
        default=(), description="Paths and their senders; /git, /alert and /event are there unasked."
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


def _sources(info: ValidationInfo) -> Collection[str] | None:
    """The known slugs, where the loader gave them."""
    sources = info.context.get("sources") if isinstance(info.context, Mapping) else None
    return sources if isinstance(sources, Collection) else None
