"""The `discord` section: the guild, its channels, the bot, and which role may do what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from sovereign.config.fields import Channel, Environment, Reference, Role, Section, Snowflake, as_list

ALL = "all"
"""Written for a list of capabilities or environments: every one, those to come included."""

HUB = (
    "agents",
    "alerts",
    "announcements",
    "ci-cd-pipeline",
    "cluster-status",
    "deployments",
    "design-collab",
    "dev-feed",
    "inference-stream",
    "kanban-updates",
    "on-call",
    "prs",
    "release-approval",
    "retro",
    "runbooks",
    "standup",
)
"""The channels that the product itself posts to, each found by its own name where nothing else is said."""


def channel_key(key: str) -> str:
    """`ci_cd_pipeline`, `#CI-CD-Pipeline` → `ci-cd-pipeline`."""
    return key.strip().removeprefix("#").lower().replace("_", "-")


def _with_hub(given: Mapping[str, str]) -> Mapping[str, str]:
    return {key: key for key in HUB} | {channel_key(key): name for key, name in given.items()}


Capability = Annotated[str, Field(max_length=60, pattern=r"^(all|[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)+)$")]


class Grant(Section):
    """What a role may do, and in which environments."""

    role: Role = Field(description="Name or id of the Discord role.")
    capabilities: Annotated[
        tuple[Capability, ...],
        BeforeValidator(as_list, json_schema_input_type=str | list[str]),
        Field(min_length=1),
    ] = Field(description="What the role may do, such as alerts.acknowledge, or all.")
    environments: Annotated[
        tuple[Environment, ...],
        BeforeValidator(as_list, json_schema_input_type=str | list[str]),
        Field(min_length=1),
    ] = Field(default=(ALL,), description="Where it may do so, such as dev or prod, or all.")

    def allows(self, capability: str, environment: str | None = None) -> bool:
        """Whether this grant covers the capability, there or, with no environment named, anywhere."""
        here = environment is None or ALL in self.environments or environment in self.environments
        return here and (ALL in self.capabilities or capability in self.capabilities)


class Rbac(Section):
    """Capabilities granted to roles; whoever holds several roles has what any of them has."""

    prod_role: Role | None = Field(default=None, description="The role that may act on production.")
    grants: tuple[Grant, ...] = Field(default=(), description="What each role may do.")


class BotRbac(Section):
    """The older place of `prod_role`."""

    prod_role: Role | None = Field(default=None, description="As discord.rbac.prod_role.")


class Bot(Section):
    """The application that Sovereign logs in as."""

    token_secret_ref: Reference = Field(
        default="env://DISCORD_TOKEN", description="Reference to the bot's token."
    )
    app_id: Snowflake | None = Field(
        default=None, description="Id of the application; the token tells it, too."
    )
    rbac: BotRbac = Field(default_factory=BotRbac, description="The older place of discord.rbac.")


class Discord(Section):
    """The guild that Sovereign serves."""

    guild_id: Snowflake | None = Field(
        default=None, description="Id of the guild; unset, the only guild that the bot is in."
    )
    channels: Annotated[Mapping[str, Channel], AfterValidator(_with_hub)] = Field(
        default_factory=lambda: _with_hub({}),
        description="Channel of each key, by name or id; a key that is not given is its own channel.",
    )
    bot: Bot = Field(default_factory=Bot, description="The application and its token.")
    rbac: Rbac = Field(default_factory=Rbac, description="Who may do what.")
    oncall_role: Role = Field(default="On-Call", description="The role that severe alerts mention.")

    def channel(self, named: str) -> str:
        """The channel behind a key or a name in normal form: a name without `#`, or the digits of an id."""
        return self.channels.get(channel_key(named), named)

    @property
    def prod_role(self) -> str | None:
        return self.rbac.prod_role or self.bot.rbac.prod_role
