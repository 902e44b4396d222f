"""From the configuration to the rules that the services work by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sovereign.config.backfill import BackfillSection, ReconcileSection
from sovereign.config.deploying import Deploy
from sovereign.config.endpoints import Endpoint as ConfiguredEndpoint
from sovereign.config.governance import SinkSection
from sovereign.config.models import Discovery, qualified
from sovereign.config.outwards import Selection
from sovereign.config.secrets import SANDBOX_WORD, SecretSource, word_of_reader
from sovereign.core.errors import ConfigError
from sovereign.core.records import replace
from sovereign.domain.addresses import Network
from sovereign.domain.attestation import Attestation
from sovereign.domain.cloudevent import Wanted
from sovereign.domain.correlation import Correlation
from sovereign.domain.events import OUR_KINDS, Event
from sovereign.domain.permission import Grant
from sovereign.domain.playbook import Playbook
from sovereign.domain.quiet import Noise
from sovereign.domain.retention import Retention
from sovereign.domain.routing import Decision, Rules, decide, deployments_channel
from sovereign.integrations._authorization import basic, bearer
from sovereign.integrations._source import Options, Scheme, Source, all_sources, source
from sovereign.integrations._verify import token_in_clear
from sovereign.services.alerting import Calling
from sovereign.services.clusters import ClusterSetup
from sovereign.services.endpoints import Backfilled, Endpoint, Reconciled
from sovereign.services.manifest import Manifest, manifest
from sovereign.services.operations import configured
from sovereign.services.operations.log_reading import LogSetup
from sovereign.services.ports.registry import RegistryLogin
from sovereign.services.programs import Reader, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """Everything that a changed configuration changes in a running process; services hold one of these.

    `endpoints` are by name, `max_body` is in bytes; `repositories` give each service's `owner/name`, `builds`
    the service of each repository in small letters.
    """

    endpoints: Mapping[str, Endpoint]
    rules: Rules
    calling: Calling
    grants: tuple[Grant, ...]
    max_body: int
    trusted_proxies: tuple[Network, ...] = ()
    retention: Retention = field(default_factory=Retention)
    backfill: tuple[Backfilled, ...] = ()
    reconciled: tuple[Reconciled, ...] = ()
    readers: tuple[Reader, ...] = ()
    targets: tuple[Target, ...] = ()
    noise: Noise = field(default_factory=Noise)
    deploy: Deploy = field(default_factory=Deploy)
    provider: str = "github"
    repositories: Mapping[str, str] = field(default_factory=dict)
    builds: Mapping[str, str] = field(default_factory=dict)
    registries: Mapping[str, Callable[[], RegistryLogin]] = field(default_factory=dict)
    clusters: ClusterSetup = field(default_factory=ClusterSetup)
    logs: LogSetup = field(default_factory=LogSetup)
    playbooks: tuple[Playbook, ...] = ()
    correlations: tuple[Correlation, ...] = ()
    audit: Attestation = field(default_factory=Attestation)
    sinks: tuple[SinkSection, ...] = ()
    manifest: Manifest | None = None

    def placed(self, event: Event) -> Event:
        """With the service that its repository builds, where the sender names none."""
        if event.service or not event.repo or not self.builds:
            return event
        repo = event.repo.lower()
        service = self.builds.get(repo) or self.builds.get(repo.rpartition("/")[2])
        return replace(event, service=service) if service else event

    def decide(self, event: Event, reader: Source, endpoint: Endpoint | None, at: datetime) -> Decision:
        """Where an event that this source read at this endpoint (None: it is no more) goes at that moment."""
        declared = reader.open_kinds or event.kind in reader.kinds or event.kind in OUR_KINDS
        decision = decide(
            event,
            self.rules,
            endpoint_channel=endpoint.channel if endpoint else None,
            home=reader.home,
            unasked=not declared or event.kind in reader.quiet,
            at=at,
        )
        hold = self.noise.hold(event, decision, at)
        return replace(decision, hold=hold, limits=self.noise.limits)

    def deployments_channel(self, service: str | None) -> str:
        """Where what concerns the deployments of a service (None: of all) is told."""
        return deployments_channel(self.rules, self.repositories.get(service or ""))


def setup(discovery: Discovery, secrets: SecretSource) -> Setup:
    """Raises ConfigError for a mapping that its source cannot use."""
    return Setup(
        endpoints=endpoints(discovery, secrets),
        rules=discovery.rules(),
        calling=calling(discovery),
        grants=grants(discovery),
        max_body=discovery.event_gateway.max_body,
        trusted_proxies=discovery.event_gateway.trusted_proxies,
        retention=discovery.event_gateway.retention.retention(),
        backfill=tuple(_backfilled(one, secrets) for one in discovery.event_gateway.backfill),
        reconciled=tuple(_reconciled(one, discovery, secrets) for one in discovery.event_gateway.reconcile),
        readers=readers(discovery, secrets),
        targets=targets(discovery, secrets),
        noise=discovery.noise(),
        deploy=discovery.deploy,
        provider=discovery.git.provider,
        repositories={
            one.name: qualified(one.repo, discovery.git.org) for one in discovery.services if one.repo
        },
        builds=discovery.builds(),
        registries=configured.registries(discovery, secrets),
        clusters=configured.clusters(discovery, secrets),
        logs=configured.logs(discovery, secrets),
        playbooks=tuple(one.made() for one in discovery.playbooks),
        correlations=discovery.correlations(),
        audit=attestation(discovery),
        sinks=discovery.governance.audit.sinks,
        manifest=manifest(discovery.governance.manifest, secrets.folder),
    )


def attestation(discovery: Discovery) -> Attestation:
    """How the audit is signed, with the channel key looked up."""
    given = discovery.governance.audit
    return Attestation(
        channel=discovery.discord.channel(given.channel) if given.channel else None,
        every=discovery.governance.every,
        records=given.checkpoints.records,
    )


def default_secrets() -> Mapping[str, str]:
    """Every source's slug and the reference of the secret that it uses if none is named."""
    return {slug: each.secret for slug, each in all_sources().items()}


def declared_kinds() -> Mapping[str, frozenset[str]]:
    """Of every source by its slug, the kinds of its events, and `*` where it takes any besides."""
    found = all_sources().items()
    return {slug: each.kinds | OUR_KINDS | ({"*"} if each.open_kinds else set()) for slug, each in found}


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
        secrets=lambda: _resolved((reader.secret,), secrets, f"endpoint {slug}"),
        authenticated=True,
        channel=None,
    )


def _backfilled(given: BackfillSection, secrets: SecretSource) -> Backfilled:
    return Backfilled(
        endpoint=given.endpoint,
        hooks=given.addresses(),
        token=_secret(given.token, secrets, f"asking what {given.endpoint} missed"),
    )


def _reconciled(given: ReconcileSection, discovery: Discovery, secrets: SecretSource) -> Reconciled:
    reader, token = source(discovery.event_gateway.sources()[given.endpoint]), given.token
    return Reconciled(
        endpoint=given.endpoint,
        source=reader,
        url=given.address(reader.slug),
        token=_secret(token, secrets, f"asking what fires at {given.endpoint}") if token else lambda: None,
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


def readers(discovery: Discovery, secrets: SecretSource) -> tuple[Reader, ...]:
    """The programs that may follow the events."""
    return tuple(
        Reader(
            name=one.name,
            secret=_secret(one.secret, secrets, f"reader {one.name}", word_of_reader(one.name)),
            wanted=_wanted(one),
        )
        for one in discovery.outwards.readers
    )


def targets(discovery: Discovery, secrets: SecretSource) -> tuple[Target, ...]:
    """Where events are sent to."""
    return tuple(
        Target(
            name=one.name,
            url=one.url,
            secret=_secret(one.secret, secrets, f"webhook {one.name}"),
            wanted=_wanted(one),
        )
        for one in discovery.outwards.webhooks
    )


def _secret(reference: str, secrets: SecretSource, why: str, word: str = SANDBOX_WORD) -> Callable[[], str]:
    return lambda: secrets.resolve(reference, why, word).get_secret_value()


def _wanted(given: Selection) -> Wanted:
    return Wanted(kinds=given.kinds, sources=given.sources, services=given.services)


def _resolved(references: Sequence[str], secrets: SecretSource, why: str) -> list[str]:
    """Those that can be had: in a rotation the old one may be gone. Raises ConfigError where none can."""
    found: list[str] = []
    missing: list[ConfigError] = []
    for reference in references:
        try:
            found.append(secrets.resolve(reference, why).get_secret_value())
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
        secrets=lambda: _resolved(references, secrets, f"endpoint {given.name}"),
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
    if given.signature_header:
        if reader.scheme.elsewhere is None:
            raise ConfigError(
                f"{given.path}: {reader.title} has no signature that may stand in another header."
            )
        return reader.scheme.elsewhere(given.signature_header.lower())
    if given.auth == "header" and given.header:
        return token_in_clear(given.header.lower())
    return others.get(given.auth, reader.scheme)
