"""From the configuration to the rules that the services work by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sovereign.config.endpoints import Endpoint as ConfiguredEndpoint
from sovereign.config.models import Discovery
from sovereign.config.secrets import SecretSource
from sovereign.core.errors import ConfigError
from sovereign.domain.addresses import Network
from sovereign.domain.events import OUR_KINDS, Event
from sovereign.domain.permission import Grant
from sovereign.domain.routing import Decision, Rules, decide
from sovereign.integrations._authorization import basic, bearer
from sovereign.integrations._source import Options, Scheme, Source, all_sources, source
from sovereign.integrations._verify import token_in_clear
from sovereign.services.alerting import Calling
from sovereign.services.endpoints import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """Everything that a changed configuration changes in a running process; services hold one of these.

    `endpoints` are by name, `max_body` is in bytes.
    """

    endpoints: Mapping[str, Endpoint]
    rules: Rules
    calling: Calling
    grants: tuple[Grant, ...]
    max_body: int
    trusted_proxies: tuple[Network, ...] = ()

    def decide(self, event: Event, reader: Source, endpoint: Endpoint | None, at: datetime) -> Decision:
        """Where an event goes at that moment, read by this source at this endpoint; None for one that is gone."""
        declared = reader.open_kinds or event.kind in reader.kinds or event.kind in OUR_KINDS
        return decide(
            event,
            self.rules,
            endpoint_channel=endpoint.channel if endpoint else None,
            home=reader.home,
            unasked=not declared or event.kind in reader.quiet,
            at=at,
        )


def setup(discovery: Discovery, secrets: SecretSource) -> Setup:
    """Raises ConfigError for a mapping that its source cannot use."""
    return Setup(
        endpoints=endpoints(discovery, secrets),
        rules=discovery.rules(),
        calling=calling(discovery),
        grants=grants(discovery),
        max_body=discovery.event_gateway.max_body,
        trusted_proxies=discovery.event_gateway.trusted_proxies,
    )


def default_secrets() -> Mapping[str, str]:
    """Every source's slug and the reference of the secret that it uses if none is named."""
    return {slug: each.secret for slug, each in all_sources().items()}


def endpoints(discovery: Discovery, secrets: SecretSource) -> Mapping[str, Endpoint]:
    """Every way in, by name: those of the configuration, and `/hooks/<slug>` for each source that it leaves
    out, which opens as soon as that source's own secret is there.

    Raises ConfigError for a mapping that its source cannot use.
    """
    given = discovery.event_gateway.resolved_endpoints()
    found = {one.name: _endpoint(one, discovery, secrets) for one in given}
    taken = {*found, *(one.path.removeprefix("/hooks/") for one in given)}
    return found | {slug: _unasked(slug, secrets) for slug in all_sources() if slug not in taken}


def _unasked(slug: str, secrets: SecretSource) -> Endpoint:
    reader = source(slug)
    return Endpoint(
        name=slug,
        path=f"/hooks/{slug}",
        source=reader,
        secrets=lambda: _resolved((reader.secret,), secrets),
        authenticated=True,
        channel=None,
    )


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
        source=replace(reader, scheme=_scheme(given, reader)),
        secrets=lambda: _resolved(references, secrets),
        authenticated=given.authenticated,
        channel=discovery.discord.channel(given.channel) if given.channel else None,
        allow=given.allow,
        options=Options(
            topics=frozenset(given.topics),
            service_account=given.service_account or "",
            audience=given.audience or "",
            repos=given.repos,
            handshake=given.handshake,
        ),
    )


def _scheme(given: ConfiguredEndpoint, reader: Source) -> Scheme:
    """How the sender proves itself: as its source has it, unless the configuration wants another way."""
    others: Mapping[str, Scheme] = {"basic": basic(), "bearer": bearer()}
    if given.auth == "header" and given.header:
        return token_in_clear(given.header.lower())
    return others.get(given.auth, reader.scheme)
