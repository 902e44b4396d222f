"""The `governance` section: how the audit is signed, where it is sent, and the manifest to keep to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, field_validator, model_validator

from sovereign.config.fields import Channel, Reference, Section, Size, Text, wrong

_SPAN = re.compile(r"(?P<number>[0-9]{1,4})\s*(?P<unit>m|h|d)", re.IGNORECASE)
_MINUTES = {"m": 1, "h": 60, "d": 1440}
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]{0,63}")
LONGEST = 1440
"""Minutes between two checkpoints, at most: a day."""


def span(given: object) -> int:
    """Minutes: 15m, 1h, 1d. Between a minute and a day."""
    match = _SPAN.fullmatch(given.strip()) if isinstance(given, str) else None
    found = int(match["number"]) * _MINUTES[match["unit"].lower()] if match else 0
    if isinstance(given, int) and not isinstance(given, bool):
        found = given
    if not 1 <= found <= LONGEST:
        raise wrong("a time from 1m to 1d, such as 1h")
    return found


def sha256(given: object) -> str:
    text = given.strip().lower() if isinstance(given, str) else ""
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise wrong("a SHA-256, 64 hexadecimal digits", hint="`sovereign manifest hash FILE` prints it")
    return text


def url(given: object) -> str:
    text = given.strip() if isinstance(given, str) else ""
    if not re.fullmatch(r"https?://[^\s/@]+(?:/\S*)?", text) or len(text) > 500:
        raise wrong("an address that begins with http:// or https://, without credentials")
    return text


Span = Annotated[int, BeforeValidator(span, json_schema_input_type=str | int)]
Sha256 = Annotated[str, BeforeValidator(sha256, json_schema_input_type=str)]
Name = Annotated[str, Field(max_length=40, pattern=r"^[a-z0-9][a-z0-9._-]*$")]
Url = Annotated[str, BeforeValidator(url, json_schema_input_type=str)]


class CheckpointsSection(Section):
    """When a signed checkpoint is due: after that time or so many records, whichever comes first."""

    every: Span = Field(default=60, description="Minutes, or 15m, 1h, 1d.")
    records: int = Field(default=1000, ge=1, le=1_000_000, description="Records.")


class SinkSection(Section):
    """Where every record of the audit is sent to as well: at least once, in order, however long it was down.

    `file` writes JSON lines and rotates them, `stdout` prints them, `cloudwatch` is Amazon CloudWatch Logs
    (needs the extra `cloudwatch`; without keys those of the machine's role count), `loki` is Grafana Loki.
    """

    type: Literal["cloudwatch", "file", "loki", "stdout"] = Field(description="What it is.")
    name: Name | None = Field(
        default=None, description="What `/admin status` and the metrics call it; its type unless set."
    )
    path: Text | None = Field(
        default=None, description="file: where; a relative path begins at the data folder."
    )
    size: Size = Field(default=50 * 2**20, description="file: it is set aside when it is larger.")
    keep: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=10, description="file: so many that were set aside are kept."
    )
    group: Text | None = Field(default=None, description="cloudwatch: log group; made if it is not there.")
    stream: Text = Field(default="sovereign", description="cloudwatch: log stream; made if it is not there.")
    region: Text | None = Field(default=None, description="cloudwatch: such as eu-central-1.")
    endpoint: Url | None = Field(default=None, description="cloudwatch: another address of the service.")
    access_key: Reference | None = Field(default=None, description="cloudwatch: reference of the key's id.")
    secret_key: Reference | None = Field(default=None, description="cloudwatch: reference of the secret key.")
    url: Url | None = Field(default=None, description="loki: its address, without /loki/api/v1/push.")
    labels: Mapping[str, Text] = Field(
        default_factory=dict, description="loki: labels beside `job: sovereign-audit`."
    )
    tenant: Text | None = Field(default=None, description="loki: X-Scope-OrgID, where it has tenants.")
    token: Reference | None = Field(default=None, description="loki: reference of a bearer token.")

    @property
    def called(self) -> str:
        return self.name or self.type

    @field_validator("labels")
    @classmethod
    def _lokis_names(cls, given: Mapping[str, str]) -> Mapping[str, str]:
        for name in given:
            if not _LABEL.fullmatch(name):
                raise wrong(
                    "labels of letters, digits and underscores, no digit first", problem=f"names {name!r}"
                )
        return given

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        needed, allowed = _KEYS[self.type]
        for key in needed:
            if getattr(self, key) is None:
                raise wrong(f"`{key}` for a sink of type {self.type}", problem=f"has no {key}")
        for key in self.model_fields_set - {"type", "name", *needed, *allowed}:
            raise wrong(f"no `{key}` for a sink of type {self.type}", problem=f"has the key {key!r}")
        if (self.access_key is None) != (self.secret_key is None):
            raise wrong("access_key and secret_key together, or none of them", problem="has one of two keys")
        return self


_KEYS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "file": (("path",), ("size", "keep")),
    "stdout": ((), ()),
    "cloudwatch": (("group",), ("stream", "region", "endpoint", "access_key", "secret_key")),
    "loki": (("url",), ("labels", "tenant", "token")),
}
"""What a sink of each type must have, and what it may have."""


class AuditSection(Section):
    """The record of who did what."""

    channel: Channel | None = Field(
        default=None, description="Where checkpoints are posted, in one message a day; unset: nowhere."
    )
    checkpoints: CheckpointsSection = Field(
        default_factory=CheckpointsSection, description="How often the audit is signed."
    )
    sinks: tuple[SinkSection, ...] = Field(default=(), description="Where every record is sent to as well.")

    @field_validator("sinks")
    @classmethod
    def _names_of_their_own(cls, given: tuple[SinkSection, ...]) -> tuple[SinkSection, ...]:
        names = [sink.called for sink in given]
        for name in names:
            if names.count(name) > 1:
                raise wrong("a name for each sink", problem=f"names two sinks {name!r}")
        return given


class ManifestSection(Section):
    """A file that is as it was agreed on, or else that is told."""

    path: Text = Field(description="The file; a relative path begins at the folder of discovery.yml.")
    sha256: Sha256 = Field(description="Its SHA-256, as `sovereign manifest hash` prints it.")


class Governance(Section):
    """Audit, manifest, and what is not settled yet."""

    model_config = ConfigDict(extra="allow")

    audit: AuditSection = Field(default_factory=AuditSection, description="The record of who did what.")
    manifest: ManifestSection | None = Field(
        default=None, description="A file whose hash is compared at start, by `doctor` and `/admin status`."
    )

    @property
    def every(self) -> timedelta:
        """Between two checkpoints."""
        return timedelta(minutes=self.audit.checkpoints.every)
