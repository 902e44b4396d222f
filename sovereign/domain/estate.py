"""What the team runs and where: services, environments, and the place of a service in a cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sovereign.core.errors import NotFound

MOST_NAMED = 12
"""Names that an error lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """`cluster` is None for the first one of the configuration, `namespace` for the environment's name."""

    name: str
    cluster: str | None = None
    namespace: str | None = None
    production: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """
    environments  names of those that it runs in; empty: all of them
    deployment    None: called like the service
    container     None: the one called like the deployment, else the first
    least, most   replicas that /scale may set; `most` None: no limit
    repo_url      the page of its repository, where the code host has one that everybody knows
    channel       where its people talk, without `#`, in small letters, or the digits of an id
    """

    name: str
    description: str = ""
    repo: str | None = None
    environments: tuple[str, ...] = ()
    deployment: str | None = None
    namespace: str | None = None
    container: str | None = None
    least: int = 0
    most: int | None = None
    channel: str | None = None
    repo_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A service in an environment: which deployment that is, in which namespace of which cluster."""

    service: str
    environment: str
    cluster: str
    namespace: str
    deployment: str
    container: str | None
    production: bool
    least: int
    most: int | None

    def __str__(self) -> str:
        return f"{self.service} in {self.environment}"

    def main_container(self, images: Mapping[str, str]) -> str:
        """The container whose image counts as that of the service, of those that a workload has."""
        wanted = self.container or self.deployment
        return wanted if wanted in images else next(iter(images), "")

    def image(self, images: Mapping[str, str]) -> str:
        return images.get(self.main_container(images), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """Everything that the configuration says of it; `clusters` are the names, the default one first.

    `serving` names the workload of a (service, environment) where a blue-green deployment has put another one
    in the place of the configured one.
    """

    services: Sequence[Service] = ()
    environments: Sequence[Environment] = ()
    clusters: tuple[str, ...] = ()
    serving: Mapping[tuple[str, str], str] = field(default_factory=dict)
    by_name: Mapping[str, Service] = field(init=False, default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {one.name.lower(): one for one in self.services})

    def service(self, name: str) -> Service:
        """Raises NotFound, which names those that there are."""
        found = self.by_name.get(name.strip().lower())
        if found is None:
            known = _listed([one.name for one in self.services])
            raise NotFound(f"There is no service {name[:60]!r}. {known or 'discovery.yml names none yet.'}")
        return found

    def of_channel(self, *names: str) -> Service | None:
        """The service whose channel it is, by its name or id; None where it is that of none or of several."""
        found = [one for one in self.services if one.channel and one.channel in names]
        return found[0] if len(found) == 1 else None

    @property
    def main_environment(self) -> str:
        """Production, where there is one; else the last that is listed."""
        names = [one.name for one in self.environments]
        live = [one.name for one in self.environments if one.production]
        return (live or names or ["prod"])[-1]

    @property
    def every_environment(self) -> tuple[str, ...]:
        """Names of those that are configured, and of others that services name."""
        named = (name for one in self.services for name in one.environments)
        return tuple(dict.fromkeys((*(one.name for one in self.environments), *named)))

    def require_environment(self, name: str) -> str:
        """The name as it is. Raises NotFound, which names those that there are."""
        known = self.every_environment
        if name not in known:
            raise NotFound(f"There is no environment {name[:60]!r}. {_listed(known)}".rstrip())
        return name

    def environments_of(self, service: Service) -> tuple[str, ...]:
        """Names of those that it runs in, in the order of the configuration."""
        every = [one.name for one in self.environments]
        if not service.environments:
            return tuple(every)
        listed = [name for name in every if name in service.environments]
        return (*listed, *(name for name in service.environments if name not in every))

    @property
    def environment_names(self) -> tuple[str, ...]:
        """Of all that something runs in, in the order of the configuration."""
        described = [one.name for one in self.environments]
        return (*dict.fromkeys((*described, *(name for one in self.services for name in one.environments))),)

    def spelled(self, environment: str) -> str:
        """As the configuration spells what was typed in any case; one that there is not stays as it is."""
        typed, names = environment.strip(), self.environment_names
        if typed in names:
            return typed
        return next((name for name in names if name.lower() == typed.lower()), typed)

    def environment(self, name: str) -> Environment:
        """One that the configuration does not describe has the usual settings of its name."""
        found = next((one for one in self.environments if one.name == name), None)
        return found or Environment(name=name, production=is_production(name))

    def place(self, service_name: str, environment: str) -> Place:
        """Raises NotFound for a service, an environment or a cluster that there is not."""
        service, where = self.service(service_name), self.environment(environment)
        runs_in = self.environments_of(service)
        if environment not in runs_in:
            known = _listed(runs_in)
            raise NotFound(f"{service.name} does not run in {environment[:60]!r}. {known}".rstrip())
        cluster = where.cluster or next(iter(self.clusters), None)
        if cluster is None or cluster not in self.clusters:
            raise NotFound(
                f"{service.name} in {environment} is in no cluster that Sovereign knows."
                " Name one under infra.clusters in discovery.yml."
            )
        deployment = service.deployment or service.name
        return Place(
            service=service.name,
            environment=environment,
            cluster=cluster,
            namespace=service.namespace or where.namespace or environment,
            deployment=self.serving.get((service.name, environment), deployment),
            container=service.container or deployment,
            production=where.production,
            least=service.least,
            most=service.most,
        )

    def places(self) -> Sequence[Place]:
        """Every service in each of its environments that lies in a known cluster."""
        return [
            self.place(service.name, name)
            for service in self.services
            for name in self.environments_of(service)
            if (self.environment(name).cluster or next(iter(self.clusters), None)) in self.clusters
        ]


def is_production(name: str) -> bool:
    return name.lower() in ("prod", "production")


def _listed(names: Sequence[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"There is {', '.join(names[:MOST_NAMED])}{more}."
