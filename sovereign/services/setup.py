"""From the configuration to the rules that the services work by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sovereign.config.gateway import Endpoint as ConfiguredEndpoint
from sovereign.config.models import Discovery
from sovereign.config.secrets import SecretSource
from sovereign.core.errors import ConfigError
from sovereign.domain.permission import Grant
from sovereign.integrations._source import source
from sovereign.services.alerting import Calling
from sovereign.services.endpoints import Endpoint


def endpoints(discovery: Discovery, secrets: SecretSource) -> Mapping[str, Endpoint]:
    """Every way in, by name. Raises ConfigError for a mapping that its source cannot use."""
    found = discovery.event_gateway.resolved_endpoints()
    return {given.name: _endpoint(given, discovery, secrets) for given in found}


def calling(discovery: Discovery) -> Calling:
    return Calling(role=discovery.discord.oncall_role, mention_from=discovery.event_gateway.mention_from)


def grants(discovery: Discovery) -> tuple[Grant, ...]:
    return tuple(
        Grant(
            role=grant.role,
            capabilities=frozenset(grant.capabilities),
            environments=frozenset(grant.environments),
        )
        for grant in discovery.discord.rbac.grants
    )


def _resolved(references: Sequence[str], secrets: SecretSource) -> list[str]:
    """Those that can be had: in a rotation the old one may be gone. Raises ConfigError where none can."""
    found: list[str] = []
    missing: list[ConfigError] = []
    for reference in references:
        try:
            found.append(secrets.resolve(reference).get_secret_value())
        except ConfigError as error:
            missing.append(error)
    if not found:
        raise missing[0]
    return found


def _endpoint(given: ConfiguredEndpoint, discovery: Discovery, secrets: SecretSource) -> Endpoint:
    reader = source(given.source)
    if given.mapping:
        if reader.configured is None:
            raise ConfigError(f"{given.path}: {reader.title} takes no mapping.")
        reader = reader.configured(given.mapping)
    references = given.secrets or (reader.secret,)
    return Endpoint(
        name=given.name,
        path=given.path,
        source=reader,
        secrets=lambda: _resolved(references, secrets),
        authenticated=given.authenticated,
        channel=discovery.discord.channel(given.channel) if given.channel else None,
    )
