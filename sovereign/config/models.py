"""discovery.yml as a whole, and its smaller sections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from sovereign.config.deploying import Deploy
from sovereign.config.discord import Discord
from sovereign.config.fields import Channel, Environment, Member, RepoName, Section, Text, Timezone
from sovereign.config.gateway import EventGateway
from sovereign.config.governance import Governance
from sovereign.config.infra import Infra, Service, estate
from sovereign.config.observability import Observability
from sovereign.config.outwards import Outwards
from sovereign.config.playbooks import PlaybookSection
from sovereign.domain.correlation import Correlation
from sovereign.domain.estate import Estate
from sovereign.domain.quiet import Noise
from sovereign.domain.routing import Route, Rules

HOSTS = {"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}
"""Those of the code hosts that everybody uses at the same address."""
Open = Mapping[str, object]
"""A section whose shape is not settled: kept as it is written."""


class Contact(Section):
    """Whom to ask."""

    owner: Text | None = Field(default=None, description="Person or team that answers for the installation.")
    email: Text | None = Field(default=None, description="Where to write to.")
    url: Text | None = Field(default=None, description="Where to read more.")


class Org(Section):
    """Whose installation this is."""

    name: Text | None = Field(default=None, description="Name of the organisation.")
    contact: Contact = Field(default_factory=Contact, description="Whom to ask.")


class Repo(Section):
    """A repository, where it differs from the defaults."""

    name: RepoName = Field(description="shop, within git.org, or acme/shop.")
    channel: Channel | None = Field(
        default=None, description="Replaces ci-cd-pipeline and deployments for this repository."
    )
    env: Environment | None = Field(
        default=None, description="Environment that its default branch deploys to."
    )
    service: Text | None = Field(
        default=None, description="Service that it builds, and of which its events are."
    )


class Git(Section):
    """Where the code lives."""

    provider: Literal["azuredevops", "bitbucket", "forgejo", "gitea", "github", "gitlab"] = Field(
        default="github", description="The code host."
    )
    org: RepoName | None = Field(default=None, description="Owner of the repositories that are named alone.")
    repos: tuple[Repo, ...] = Field(
        default=(), description="Repositories with a channel or service of their own."
    )


class Person(Section):
    """A member of the team under the names that other tools know."""

    discord: Member = Field(description="Id or user name in Discord.")
    github: Text | None = Field(default=None, description="Login on GitHub.")
    email: Text | None = Field(default=None, description="Address in commits and tickets.")
    timezone: Timezone | None = Field(default=None, description="IANA time zone, such as Europe/Berlin.")


class Discovery(Section):
    """The whole configuration. Everything has a default: an empty file is a valid one."""

    org: Org = Field(default_factory=Org, description="Whose installation this is.")
    discord: Discord = Field(default_factory=Discord, description="Guild, channels, bot and roles.")
    git: Git = Field(default_factory=Git, description="Where the code lives.")
    repos: tuple[Repo, ...] = Field(default=(), description="Short for git.repos.")
    event_gateway: EventGateway = Field(default_factory=EventGateway, description="Webhooks and routes.")
    outwards: Outwards = Field(default_factory=Outwards, description="Events for other programs.")
    deploy: Deploy = Field(default_factory=Deploy, description="Approvals and rollouts.")
    services: tuple[Service, ...] = Field(default=(), description="What the team runs.")
    people: tuple[Person, ...] = Field(default=(), description="Who the team is.")
    playbooks: tuple[PlaybookSection, ...] = Field(default=(), description="What /playbook runs.")
    infra: Infra = Field(default_factory=Infra, description="Environments and clusters.")
    ai_agents: Open = Field(
        default_factory=dict, description="Models, personas and channels of the assistant."
    )
    ai_providers: Open = Field(default_factory=dict, description="Where models run.")
    decision_rules: Open = Field(
        default_factory=dict, description="What triage acknowledges, fixes, escalates."
    )
    governance: Governance = Field(default_factory=Governance, description="Audit and manifest.")
    integrations: Open = Field(default_factory=dict, description="Tools that are called.")
    learning: Open = Field(default_factory=dict, description="How patterns gain and lose confidence.")
    observability: Observability = Field(
        default_factory=Observability, description="Metrics, logs and traces."
    )
    security: Open = Field(default_factory=dict, description="Allow-lists, keys and rotation.")

    @property
    def repositories(self) -> Mapping[str, Repo]:
        """By `owner/name`, or bare name where no owner is known; in small letters, as hosts ignore case."""
        return {qualified(repo.name, self.git.org).lower(): repo for repo in (*self.git.repos, *self.repos)}

    def repository(self, name: str) -> Repo | None:
        """The settings of `owner/name`, whatever its letters' case."""
        found = self.repositories
        return found.get(name.lower()) or found.get(name.lower().rpartition("/")[2])

    def builds(self) -> Mapping[str, str]:
        """The service of each repository that is of one alone, by the repository as `repositories` has it."""
        named: dict[str, list[str]] = {}
        for service in self.services:
            if service.repo:
                named.setdefault(qualified(service.repo, self.git.org).lower(), []).append(service.name)
        said = {name: repo.service for name, repo in self.repositories.items() if repo.service}
        return {name: only for name, (only, *others) in named.items() if not others} | said

    def estate(self) -> Estate:
        """What the team runs and where."""
        return estate(self.infra, self.services, self._repo_url)

    def _repo_url(self, name: str) -> str | None:
        host, path = HOSTS.get(self.git.provider), qualified(name, self.git.org)
        return f"https://{host}/{path}" if host and "/" in path else None

    def noise(self) -> Noise:
        """The limits, quiet hours and maintenance windows, with every channel key looked up."""
        given = self.event_gateway
        return Noise(
            limits=given.limits.made(),
            quiet=tuple(
                each.made(f"quiet_hours[{i}]", self.discord) for i, each in enumerate(given.quiet_hours)
            ),
            maintenance=tuple(each.made() for each in given.maintenance),
        )

    def correlations(self) -> tuple[Correlation, ...]:
        """The rules by which alerts are one incident, in their order."""
        given = self.event_gateway.correlate
        return tuple(one.made(f"correlate[{index}]") for index, one in enumerate(given))

    def rules(self) -> Rules:
        """The routes and the repositories' channels, with every channel key looked up."""
        routes = tuple(
            Route(
                **section.model_dump(exclude={"name", "channel", "hours"}),
                name=section.name or f"routes[{index}]",
                hours=section.span,
                channel=section.channel and self.discord.channel(section.channel),
            )
            for index, section in enumerate(self.event_gateway.routes)
        )
        channels = {
            spelt: self.discord.channel(repo.channel)
            for name, repo in self.repositories.items()
            if repo.channel
            for spelt in (name, qualified(repo.name, self.git.org))
        }
        return Rules(routes=routes, channels=self.discord.channels, repo_channels=channels)


def qualified(name: str, org: str | None) -> str:
    """`shop` within `acme` → `acme/shop`."""
    return name if "/" in name or not org else f"{org}/{name}"
