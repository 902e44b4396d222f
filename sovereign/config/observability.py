"""The `observability` section: where logs are kept, beside the cluster itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import ConfigDict, Field

from sovereign.config.fields import Reference, Section, Text

LabelName = Annotated[str, Field(max_length=60, pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")]


class LokiSection(Section):
    """A Loki that has the logs of the services; /logs asks it instead of the cluster."""

    url: Annotated[str, Field(max_length=300, pattern=r"^https?://[^\s?#]+$")] = Field(
        description="Its address, such as http://loki:3100."
    )
    token: Reference | None = Field(default=None, description="Reference to a bearer token.")
    tenant: Text | None = Field(default=None, description="The tenant (X-Scope-OrgID), where it has several.")
    labels: Mapping[LabelName, Annotated[str, Field(max_length=100)]] = Field(
        default_factory=lambda: {"namespace": "{namespace}", "app": "{deployment}"},
        min_length=1,
        description="Labels of a service's stream; {namespace}, {deployment}, {service} and {environment}"
        " stand for its own.",
    )


class Observability(Section):
    """Metrics, logs and traces."""

    model_config = ConfigDict(extra="allow")

    loki: LokiSection | None = Field(default=None, description="Where /logs reads, instead of the cluster.")
