"""From the configuration to the clusters, to what runs in them, and to where logs are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from sovereign.config.infra import ClusterSection, RegistrySection
from sovereign.config.models import Discovery
from sovereign.config.secrets import SANDBOX_WORD, SecretSource
from sovereign.core.errors import ConfigError
from sovereign.services.clusters import ClusterSetup
from sovereign.services.operations.log_reading import LogSetup
from sovereign.services.ports.cluster import ClusterAddress
from sovereign.services.ports.logs import LokiAddress
from sovereign.services.ports.registry import RegistryLogin


def clusters(discovery: Discovery, secrets: SecretSource) -> ClusterSetup:
    given = discovery.infra.clusters
    return ClusterSetup(
        estate=discovery.estate(),
        addresses={one.name: partial(_address, one, secrets) for one in given},
        marks={one.name: repr(one) for one in given},
    )


def _address(given: ClusterSection, secrets: SecretSource) -> ClusterAddress:
    """Raises ConfigError for a secret that cannot be had."""

    def text(reference: str | None) -> str | None:
        """In the sandbox every secret has a value; a cluster that is not there must not seem to be."""
        if reference is None:
            return None
        found = secrets.resolve(reference, f"cluster {given.name}").get_secret_value()
        if secrets.sandbox and found == SANDBOX_WORD:
            raise ConfigError(f"{reference} is not set, so there is no cluster {given.name} here.")
        return found

    return ClusterAddress(
        kubeconfig=text(given.kubeconfig),
        context=given.context,
        in_cluster=given.in_cluster,
        server=given.server,
        token=text(given.token),
        ca=text(given.ca),
    )


def registries(discovery: Discovery, secrets: SecretSource) -> Mapping[str, Callable[[], RegistryLogin]]:
    """Who asks each registry, by its host."""

    def login(given: RegistrySection) -> RegistryLogin:
        password = secrets.resolve(given.password, f"registry {given.host}").get_secret_value()
        return RegistryLogin(name=given.username, password=password)

    return {one.host: partial(login, one) for one in discovery.infra.registries}


def logs(discovery: Discovery, secrets: SecretSource) -> LogSetup:
    given = discovery.observability.loki
    if given is None:
        return LogSetup()
    token = given.token

    def address() -> LokiAddress:
        secret = secrets.resolve(token, "Loki").get_secret_value() if token else None
        return LokiAddress(url=given.url, token=secret, tenant=given.tenant)

    return LogSetup(loki=address, labels=given.labels)
