"""The `deploy` section: who has to agree before something is deployed where, and how it is rolled out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from sovereign.config.discord import ALL
from sovereign.config.fields import Environment, Role, Section, Text, Weekly, as_list, wrong
from sovereign.domain import hours
from sovereign.domain.approval import ANYBODY, Policy
from sovereign.domain.rollout.terms import Strategy, Terms

_SPAN = re.compile(r"(?P<number>[0-9]{1,5})\s*(?P<unit>s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_PLACES = re.compile(r"\{(\w*)\}")
_SMOKE = frozenset({"service", "environment", "namespace", "preview"})
MOST_APPROVALS = 50


def span(given: object) -> int:
    """Seconds: 90s, 10m, 24h, 7d. Between one second and thirty days."""
    match = _SPAN.fullmatch(given.strip()) if isinstance(given, str) else None
    seconds = int(match["number"]) * _SECONDS[match["unit"]] if match else 0
    if isinstance(given, int) and not isinstance(given, bool):
        seconds = given
    if not 1 <= seconds <= 30 * 86400:
        raise wrong("a time from 1s to 30d, such as 10m")
    return seconds


def smoke(given: object) -> str:
    text = given.strip() if isinstance(given, str) else ""
    if not re.fullmatch(r"https?://[^\s\"'<>]{1,500}", text):
        raise wrong("an http or https address, such as http://{preview}.{namespace}.svc/healthz")
    unknown = [name for name in _PLACES.findall(text) if name not in _SMOKE]
    if unknown:
        places = ", ".join(f"{{{name}}}" for name in sorted(_SMOKE))
        raise wrong(f"places among {places}", problem=f"has {{{unknown[0]}}}")
    return text


Span = Annotated[int, BeforeValidator(span, json_schema_input_type=str | int)]
Smoke = Annotated[str, BeforeValidator(smoke, json_schema_input_type=str)]
Windows = Annotated[tuple[Weekly, ...], BeforeValidator(as_list, json_schema_input_type=str | list[str])]
Count = Annotated[int, Field(ge=0, le=MOST_APPROVALS, strict=True)]


class DeployRule(Section):
    """What some environments ask for. Of several rules the first that names an environment holds."""

    environments: Annotated[
        tuple[Environment, ...],
        BeforeValidator(as_list, json_schema_input_type=str | list[str]),
        Field(min_length=1),
    ] = Field(description="Names of environments, or all.")
    quorum: Count | None = Field(
        default=None, description="How many people must approve; 0 for none. 1 by default in production."
    )
    role: Role | None = Field(
        default=None, description="The role that they must hold; unset, whoever has deploy.vote."
    )
    roles: Mapping[Role, Annotated[int, Field(ge=1, le=MOST_APPROVALS, strict=True)]] = Field(
        default_factory=dict, description="Instead: how many of each role, each another person."
    )
    requester_counts: bool = Field(
        default=False, description="Whether who asks may also approve, as suits a team of one."
    )
    expires: Span = Field(default=86400, description="After so long, no answer is a no.")
    change_link: bool = Field(default=False, description="Whether a link to the change must be given.")
    windows: Windows = Field(
        default=(), description="Hours to deploy in, such as mon-thu 09:00-16:00 Europe/Berlin."
    )
    execute: Literal["button", "at_once"] = Field(
        default="button", description="Whether somebody presses Execute, or the last approval does it."
    )
    tier: Text | None = Field(default=None, description="Provenance that the version must have.")
    strategy: Literal["rolling", "blue-green", "canary"] = Field(
        default="rolling", description="How it is rolled out where the command does not say."
    )
    deadline: Span = Field(default=600, description="A rollout that takes longer is taken back.")
    promote: Literal["by_hand", "at_once"] = Field(
        default="by_hand", description="Blue-green: whether somebody presses Promote."
    )
    promote_within: Span = Field(
        default=3600, description="Blue-green: a preview that nobody promotes by then is taken down."
    )
    rollback_window: Span = Field(
        default=1800, description="Blue-green: for so long the old version stays to go back to."
    )
    smoke: Smoke | None = Field(
        default=None,
        description="Blue-green: must answer 2xx before the switch; {service}, {environment}, {namespace}"
        " and {preview} are filled in.",
    )
    steps: Annotated[
        tuple[Annotated[int, Field(ge=1, le=99, strict=True)], ...], Field(min_length=1, max_length=10)
    ] = Field(default=(10, 30, 60), description="Canary: percent of the replicas that are new, in steps.")
    pause: Span = Field(default=60, description="Canary: how long each step lasts.")

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.roles and (self.role or self.quorum is not None):
            raise wrong("roles, or quorum with role", problem="says it in two ways")
        if list(self.steps) != sorted(set(self.steps)):
            raise wrong("steps that rise, such as [10, 30, 60]", problem="has steps that do not rise")
        return self

    def covers(self, environment: str) -> bool:
        return environment in self.environments or ALL in self.environments

    def policy(self, *, production: bool) -> Policy:
        quorum = self.quorum if self.quorum is not None else int(production or self.role is not None)
        needs = dict(self.roles) or ({self.role or ANYBODY: quorum} if quorum else {})
        return Policy(
            needs=needs,
            requester_counts=self.requester_counts,
            expires=timedelta(seconds=self.expires),
            change_link=self.change_link,
            windows=tuple(hours.read(window) for window in self.windows),
            at_once=self.execute == "at_once",
            production=production,
            tier=self.tier,
        )

    def terms(self) -> Terms:
        return Terms(
            strategy=Strategy(self.strategy),
            deadline=timedelta(seconds=self.deadline),
            promote_within=timedelta(seconds=self.promote_within),
            promote_at_once=self.promote == "at_once",
            keep_old=timedelta(seconds=self.rollback_window),
            smoke=self.smoke,
            steps=self.steps,
            pause=timedelta(seconds=self.pause),
        )


class Deploy(Section):
    """Approvals and rollouts."""

    rules: tuple[DeployRule, ...] = Field(default=(), description="What environments ask for.")

    def rule(self, environment: str) -> DeployRule:
        """The first that covers it; where none does, the one that everything has by default."""
        default = DeployRule(environments=(ALL,))
        return next((rule for rule in self.rules if rule.covers(environment)), default)
