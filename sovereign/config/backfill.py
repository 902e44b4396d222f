"""The `event_gateway.backfill` section: where to ask what was sent while nobody was there to take it."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field

from sovereign.config.fields import Reference, Section, as_list, wrong

_HOOK = re.compile(r"(?P<owner>[\w.-]{1,100})(/(?P<repo>[\w.-]{1,100}))?#(?P<id>[0-9]{1,18})")


def hook(given: object) -> str:
    if not isinstance(given, str) or not _HOOK.fullmatch(given):
        raise wrong(
            "owner/repo#id or organisation#id",
            hint="GitHub shows the id at the end of the address of the webhook's own page",
        )
    return given


Hook = Annotated[str, BeforeValidator(hook, json_schema_input_type=str)]


class BackfillSection(Section):
    """Webhooks of GitHub whose missed deliveries are asked for again."""

    endpoint: Annotated[str, Field(max_length=64)] = Field(
        default="github", description="Name of the endpoint that the webhooks call."
    )
    hooks: Annotated[
        tuple[Hook, ...],
        BeforeValidator(as_list, json_schema_input_type=str | list[str]),
        Field(min_length=1, max_length=100),
    ] = Field(description="The webhooks, each as owner/repo#id, or organisation#id for that of a whole one.")
    token: Reference = Field(
        description="Reference to a token that may read and write webhooks (admin:repo_hook, admin:org_hook)."
    )
    url: Annotated[str, Field(max_length=300, pattern=r"^https?://[^\s?#]+$")] = Field(
        default="https://api.github.com",
        description="The API; for GitHub Enterprise Server https://<host>/api/v3.",
    )

    def addresses(self) -> tuple[str, ...]:
        """Of the webhooks in the API."""
        return tuple(self._address(one) for one in self.hooks)

    def _address(self, given: str) -> str:
        name, _, number = given.partition("#")
        return f"{self.url.rstrip('/')}/{'repos' if '/' in name else 'orgs'}/{name}/hooks/{number}"


LISTS = {"alertmanager": "/api/v2/alerts", "grafana": "/api/alertmanager/grafana/api/v2/alerts"}
"""Where each source that can be asked lists its alerts."""


class ReconcileSection(Section):
    """A sender whose current alerts are compared with ours, to end those whose end we missed."""

    endpoint: Annotated[str, Field(max_length=64)] = Field(
        default="alertmanager", description="Name of the endpoint that it calls."
    )
    url: Annotated[str, Field(max_length=300, pattern=r"^https?://[^\s?#]+$")] = Field(
        description="Its address, such as http://alertmanager:9093 or https://grafana.example.com."
    )
    token: Reference | None = Field(
        default=None, description="Reference to a bearer token, for those that want one."
    )

    def address(self, source: str) -> str:
        """Of the list of alerts."""
        return self.url.rstrip("/") + LISTS[source]
