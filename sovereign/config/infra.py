"""The `infra` and `services` sections: environments, clusters, and what runs in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from sovereign.config.fields import (
    Channel,
    Environments,
    Reference,
    RepoName,
    Section,
    Text,
    wrong,
)
from sovereign.config.fields import Environment as EnvironmentText
from sovereign.domain import estate as domain
from sovereign.domain.estate import Estate, is_production

_KUBERNETES = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
"""An RFC 1123 label, which names of namespaces, deployments and containers are."""
MOST_REPLICAS = 10_000


def kubernetes_name(given: object) -> str:
    if not isinstance(given, str) or not _KUBERNETES.fullmatch(given):
        raise wrong("a name of Kubernetes: small letters, digits and dashes, at most 63")
    return given


def environment(given: object) -> object:
    """A name alone is short for a mapping."""
    return {"name": given} if isinstance(given, str) else given


KubernetesName = Annotated[str, BeforeValidator(kubernetes_name, json_schema_input_type=str)]


class EnvironmentSection(Section):
    """An environment, where it differs from the defaults."""

    name: EnvironmentText = Field(description="What people call it, such as prod.")
    cluster: Text | None = Field(default=None, description="Its cluster, by name; the first one by default.")
    namespace: KubernetesName | None = Field(
        default=None, description="Its namespace; the name of the environment by default."
    )
    production: bool | None = Field(
        default=None,
        description="Whether changes are confirmed first; true by default for prod and production.",
    )

    def made(self) -> domain.Environment:
        production = is_production(self.name) if self.production is None else self.production
        return domain.Environment(
            name=self.name, cluster=self.cluster, namespace=self.namespace, production=production
        )


class ClusterSection(Section):
    """A Kubernetes cluster, and how it is reached: by kubeconfig, from within, or by server and token."""

    name: Annotated[str, Field(max_length=60, pattern=r"^[\w.-]+$")] = Field(
        description="What people call it."
    )
    kubeconfig: Reference | None = Field(
        default=None, description="Reference to a secret that is the text of a kubeconfig."
    )
    context: Text | None = Field(
        default=None, description="Context of the kubeconfig; its current one by default."
    )
    in_cluster: bool = Field(
        default=False, description="Whether Sovereign itself runs in it, and uses its service account."
    )
    server: Annotated[str, Field(max_length=300, pattern=r"^https?://[^\s?#]+$")] | None = Field(
        default=None, description="Address of the API server, where there is no kubeconfig."
    )
    token: Reference | None = Field(default=None, description="Reference to a bearer token for the server.")
    ca: Reference | None = Field(
        default=None, description="Reference to the certificate of the server's authority (PEM)."
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [self.kubeconfig is not None, self.in_cluster, self.server is not None]
        if sum(ways) != 1:
            raise wrong(
                "one of kubeconfig, in_cluster and server",
                problem=f"names {sum(ways) or 'none'} of the ways to reach it",
            )
        if self.context and self.kubeconfig is None:
            raise wrong("context only beside kubeconfig", problem="has a context and no kubeconfig")
        if (self.token or self.ca) and self.server is None:
            raise wrong("token and ca only beside server", problem="has no server")
        return self


class RegistrySection(Section):
    """A container registry that wants to know who asks for a digest."""

    host: Annotated[str, Field(max_length=200, pattern=r"^[\w.-]+(:[0-9]{1,5})?$")] = Field(
        description="As images name it, such as ghcr.io; docker.io for those that name none."
    )
    username: Text = Field(description="Who asks.")
    password: Reference = Field(description="Reference to the password, or to a token that reads.")


class Infra(Section):
    """Environments and clusters."""

    model_config = ConfigDict(extra="allow")

    environments: Annotated[
        tuple[Annotated[EnvironmentSection, BeforeValidator(environment)], ...],
        BeforeValidator(
            lambda given: [given] if isinstance(given, str | int) else given,
            json_schema_input_type=str | list[str | EnvironmentSection],
        ),
    ] = Field(default=(), description="Every environment, such as dev, staging, prod.")
    clusters: tuple[ClusterSection, ...] = Field(
        default=(), description="Kubernetes clusters; the first is the default of every environment."
    )
    registries: tuple[RegistrySection, ...] = Field(
        default=(), description="Container registries that want a login; others are asked without one."
    )
    nodes: Mapping[str, object] = Field(default_factory=dict, description="Orchestrator and clusters.")

    @property
    def environment_names(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.environments)


class Replicas(Section):
    """How many there may be."""

    min: Annotated[int, Field(ge=0, le=MOST_REPLICAS)] | None = Field(
        default=None, description="At least so many; 0 by default."
    )
    max: Annotated[int, Field(ge=0, le=MOST_REPLICAS)] | None = Field(
        default=None, description="At most so many."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max is not None and self.min is not None and self.max < self.min:
            raise wrong("max at least as large as min", problem=f"has max {self.max} and min {self.min}")
        return self


class Service(Section):
    """Something that the team runs."""

    name: Text = Field(description="What people call it in commands.")
    description: Text | None = Field(default=None, description="What it does.")
    repo: RepoName | None = Field(default=None, description="Repository that it is built from.")
    environments: Environments = Field(default=(), description="Where it runs; everywhere by default.")
    channel: Channel | None = Field(
        default=None, description="Where its people talk; commands there mean this service."
    )
    deployment: KubernetesName | None = Field(
        default=None, description="Its Deployment; called like the service by default."
    )
    namespace: KubernetesName | None = Field(
        default=None, description="Its namespace; that of the environment by default."
    )
    container: KubernetesName | None = Field(
        default=None,
        description="Its container; the one called like the deployment by default, else the first.",
    )
    replicas: Replicas = Field(default_factory=Replicas, description="Limits of /scale.")

    def made(self, repo_url: str | None = None) -> domain.Service:
        return domain.Service(
            name=self.name,
            description=self.description or "",
            repo=self.repo,
            environments=self.environments,
            deployment=self.deployment,
            namespace=self.namespace,
            container=self.container,
            least=self.replicas.min or 0,
            most=self.replicas.max,
            channel=self.channel,
            repo_url=repo_url,
        )


def estate(infra: Infra, services: Sequence[Service], repo_url: Callable[[str], str | None]) -> Estate:
    """`repo_url` gives the page of a repository."""
    return Estate(
        services=tuple(one.made(repo_url(one.repo) if one.repo else None) for one in services),
        environments=tuple(one.made() for one in infra.environments),
        clusters=tuple(one.name for one in infra.clusters),
    )
