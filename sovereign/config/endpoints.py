"""An entry of `event_gateway.endpoints`: a path that one sender calls, and how that sender proves itself."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from sovereign.config.fields import (
    Channel,
    Networks,
    Patterns,
    References,
    Section,
    Text,
    Topics,
    wrong,
)
from sovereign.config.problems import did_you_mean, listed
from sovereign.domain.addresses import Network

DEFAULT_SOURCES = {"/git": "github", "/alert": "alertmanager", "/event": "generic"}
"""The three paths that exist unasked, and the source that reads each unless `source` says otherwise."""

Auth = Literal["signature", "none", "basic", "bearer", "header"]
_ONLY_OF = {"topics": "sns", "service_account": "pubsub", "repos": "travis", "handshake": "asana"}
"""Options that only one source knows; on another they would look as if they did something."""
_HOOK = re.compile(r"/hooks/[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """
    One source instance, with nothing left to guess.

    source         slug of the integration that reads it
    secrets        references, any one of which may sign; empty: the source's own default
    auth           how it proves itself: as its source's senders sign, or another way; `none`: not at all
    header         the header that holds the secret, for `auth: header`
    signature_header  the one that holds the signature, where it is not the source's own
    allow          networks that it takes deliveries from; empty: all
    channel        as written, a key or a channel; None: by the kind of event
    mapping        how a generic body maps to an event
    index          position in `event_gateway.endpoints`; None where the file is silent about it
    """

    path: str
    name: str
    source: str
    secrets: tuple[str, ...] = ()
    auth: Auth = "signature"
    header: str | None = None
    signature_header: str | None = None
    allow: tuple[Network, ...] = ()
    topics: tuple[str, ...] = ()
    service_account: str | None = None
    audience: str | None = None
    repos: tuple[str, ...] = ()
    handshake: bool = False
    channel: str | None = None
    mapping: Mapping[str, object] | None = None
    index: int | None = None

    @property
    def authenticated(self) -> bool:
        return self.auth != "none"

    @property
    def needs_secret(self) -> bool:
        """Some senders prove themselves by keys that they publish, or hand a secret over when they begin."""
        keyless = self.topics or self.service_account or self.repos or self.handshake
        return self.authenticated and not (self.auth == "signature" and keyless)


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
    secret: References | None = Field(
        default=None,
        description="Reference to the shared secret, or a list of which any one may sign, for the time of a "
        "rotation; unset, the source's own variable, such as env://GITHUB_WEBHOOK_SECRET.",
    )
    auth: Auth = Field(
        default="signature",
        description="How senders prove themselves: `signature` as the source has it, the secret as `basic` "
        "password, as `bearer` token or in a `header`; `none` takes whatever anybody sends: only for a "
        "closed network.",
    )
    header: Annotated[str, Field(max_length=60, pattern=r"^[A-Za-z0-9-]+$")] | None = Field(
        default=None, description="For `auth: header`, its name, such as X-Api-Key."
    )
    signature_header: Annotated[str, Field(max_length=60, pattern=r"^[A-Za-z0-9-]+$")] | None = Field(
        default=None,
        description="Where the sender signs in another header than its source has it (Proof in sources.md), "
        "as Grafana lets one choose, its name.",
    )
    allow: Networks = Field(
        default=(), description="Networks or addresses that it takes deliveries from; all if unset."
    )
    topics: Topics = Field(
        default=(), description="For sns, ARNs of the topics that may send; their subscription is confirmed."
    )
    service_account: Text | None = Field(
        default=None, description="For pubsub, e-mail address of the account that signs its tokens."
    )
    audience: Text | None = Field(
        default=None, description="For pubsub, the audience of its tokens, as the subscription has it."
    )
    repos: Patterns = Field(
        default=(), description="For travis, patterns of owner/name whose builds count if Travis signs them."
    )
    handshake: bool = Field(
        default=False,
        strict=True,
        description="For asana, whether whoever asks first may hand over the secret that it signs with: only "
        "while a webhook is set up.",
    )
    discord_channel: Channel | None = Field(
        default=None, description="Where its events go; by kind if unset."
    )
    mapping: Mapping[str, object] | None = Field(
        default=None,
        description="For the generic source: where in the body each field of the event lies, as in"
        ' `{title: "{job.name} failed", status: "{state}", labels: {team: "{owner.team}"}}`.',
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
        for fault, expected in self._contradictions():
            raise wrong(expected, problem=fault)
        return self

    def _contradictions(self) -> Iterator[tuple[str, str]]:
        if self.auth == "none" and self.secret is not None:
            yield "has a secret and auth: none", "one of the two"
        if (self.auth == "header") != (self.header is not None):
            yield "names a header or wants auth: header", "both, `auth: header` and `header: X-Name`"
        if self.signature_header is not None and self.auth != "signature":
            yield f"has a signature_header and auth: {self.auth}", "one of the two"
        if (self.service_account is None) != (self.audience is None):
            yield "has a service_account or an audience", "both: a token must be for us and of them"
        for key, slug in _ONLY_OF.items():
            if getattr(self, key) and self.slug != slug:
                yield f"has {key}, which {self.slug} does not know", f"{key} with source: {slug} only"

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
            auth=self.auth,
            header=self.header,
            signature_header=self.signature_header,
            allow=self.allow,
            topics=self.topics,
            service_account=self.service_account,
            audience=self.audience,
            repos=self.repos,
            handshake=self.handshake,
            channel=self.discord_channel,
            mapping=self.mapping,
            index=index,
        )


def _sources(info: ValidationInfo) -> Collection[str] | None:
    """The known slugs, where the loader gave them."""
    sources = info.context.get("sources") if isinstance(info.context, Mapping) else None
    return sources if isinstance(sources, Collection) else None
