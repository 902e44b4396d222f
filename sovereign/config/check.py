"""What `sovereign check` says of a configuration: errors, missing secrets, and likely slips."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path as FilePath

from sovereign.config.discord import ALL
from sovereign.config.document import Path
from sovereign.config.endpoints import Endpoint
from sovereign.config.governance import Governance
from sovereign.config.loader import Loaded, load_with_places
from sovereign.config.problems import ConfigProblems, Problem, did_you_mean, in_order, listed
from sovereign.config.secrets import SecretSource, word_of_reader
from sovereign.config.slips import UNKNOWN, Kinds, slips
from sovereign.config.wording import spelt

UNREAD = (
    "ai_agents",
    "ai_providers",
    "decision_rules",
    "integrations",
    "learning",
    "security",
)
"""Sections that may stand in the file and that nothing reads so far; whoever reads one takes it out."""


def problems(
    path: FilePath | None,
    sources: Mapping[str, str],
    secrets: SecretSource,
    capabilities: Collection[str] = (),
    kinds: Kinds = UNKNOWN,
) -> list[Problem]:
    """Errors and warnings in the order of the file.

    `sources` gives each source's default secret reference; `capabilities` are all there are (empty: any), and
    `kinds` all that each source declares.
    """
    try:
        loaded = load_with_places(path, sources=sources.keys())
    except ConfigProblems as refused:
        return list(refused.problems)
    return findings(loaded, sources, secrets, capabilities, kinds)


def findings(
    loaded: Loaded,
    sources: Mapping[str, str],
    secrets: SecretSource,
    capabilities: Collection[str] = (),
    kinds: Kinds = UNKNOWN,
) -> list[Problem]:
    """The same for a configuration that was read: it may be used all the same."""
    found = [
        *_token(loaded, secrets),
        *_endpoints(loaded, sources, secrets),
        *_outwards(loaded, secrets),
        *_same_keys(loaded, secrets),
        *_clusters(loaded, secrets),
        *_loki(loaded, secrets),
        *_playbooks(loaded, secrets),
        *_grants(loaded, capabilities),
        *_environments(loaded),
        *(_warning(loaded, *slip) for slip in slips(loaded, kinds)),
        *_unread(loaded),
    ]
    return list(in_order(found))


def _token(loaded: Loaded, secrets: SecretSource) -> Iterator[Problem]:
    reference = loaded.discovery.discord.bot.token_secret_ref
    fault = secrets.problem(reference)
    if fault:
        yield _unresolved(loaded, ("discord", "bot", "token_secret_ref"), fault)


def _endpoints(loaded: Loaded, defaults: Mapping[str, str], secrets: SecretSource) -> Iterator[Problem]:
    for endpoint in loaded.discovery.event_gateway.resolved_endpoints():
        at: Path = ("event_gateway", "endpoints")
        at = at if endpoint.index is None else (*at, endpoint.index)
        if not endpoint.authenticated:
            yield _warning(
                loaded,
                (*at, "auth"),
                f"{endpoint.path} takes whatever anybody sends",
                "auth: signature, wherever the sender can prove itself",
            )
        else:
            yield from _secrets_of(loaded, endpoint, at, defaults, secrets)
        if endpoint.handshake:
            yield _warning(
                loaded,
                (*at, "handshake"),
                f"{endpoint.path} takes a secret from whoever asks first",
                "handshake: true only while a webhook is set up, and nothing here afterwards",
            )


def _secrets_of(
    loaded: Loaded, endpoint: Endpoint, at: Path, defaults: Mapping[str, str], secrets: SecretSource
) -> Iterator[Problem]:
    """A path that exists unasked and has no secret is shut, which is no mistake: a warning."""
    written = bool(endpoint.secrets)
    own = (defaults[endpoint.source],) if endpoint.needs_secret else ()
    for index, reference in enumerate(endpoint.secrets or own):
        fault = secrets.problem(reference)
        if not fault:
            continue
        found = _unresolved(loaded, (*at, "secret", index) if written else (*at, "path"), fault)
        if endpoint.index is None:
            shut = f"{endpoint.path} refuses every delivery, {fault.partition('; ')[0]}"
            found = replace(found, problem=shut, severity="warning")
        yield found


def _outwards(loaded: Loaded, secrets: SecretSource) -> Iterator[Problem]:
    outwards, gateway = loaded.discovery.outwards, loaded.discovery.event_gateway
    programs: Iterable[tuple[Path, str | None]] = (
        *((("outwards", "readers", i, "secret"), one.secret) for i, one in enumerate(outwards.readers)),
        *((("outwards", "webhooks", i, "secret"), one.secret) for i, one in enumerate(outwards.webhooks)),
        *((("event_gateway", "backfill", i, "token"), one.token) for i, one in enumerate(gateway.backfill)),
        *((("event_gateway", "reconcile", i, "token"), one.token) for i, one in enumerate(gateway.reconcile)),
        *(
            (("governance", "audit", "sinks", i, key), getattr(one, key))
            for i, one in enumerate(loaded.discovery.governance.audit.sinks)
            for key in ("token", "access_key", "secret_key")
        ),
    )
    for at, secret in programs:
        if secret and (fault := secrets.problem(secret)):
            yield _unresolved(loaded, at, fault)


def _same_keys(loaded: Loaded, secrets: SecretSource) -> Iterator[Problem]:
    """A key says which reader comes: that of two lets neither in."""
    first: dict[str, str] = {}
    for index, one in enumerate(loaded.discovery.outwards.readers):
        found = secrets.peek(one.secret, word_of_reader(one.name))
        key = found.get_secret_value() if found else f"reference {one.secret}"
        other = first.setdefault(key, one.name)
        if other != one.name:
            said = f"the readers {other} and {one.name} have the same key, which lets neither in"
            yield loaded.document.problem(("outwards", "readers", index, "secret"), said, "a key of its own")


def _clusters(loaded: Loaded, secrets: SecretSource) -> Iterator[Problem]:
    """Without its secret a cluster is simply not there, which concerns its commands alone: a warning."""
    for index, one in enumerate(loaded.discovery.infra.clusters):
        at: Path = ("infra", "clusters", index)
        for key, secret in (("kubeconfig", one.kubeconfig), ("token", one.token), ("ca", one.ca)):
            if secret and (fault := secrets.problem(secret)):
                yield replace(_unresolved(loaded, (*at, key), fault), severity="warning")


def _playbooks(loaded: Loaded, secrets: SecretSource) -> Iterator[Problem]:
    for index, playbook in enumerate(loaded.discovery.playbooks):
        for step, one in enumerate(playbook.steps):
            if one.http and one.http.secret and (fault := secrets.problem(one.http.secret)):
                at: Path = ("playbooks", index, "steps", step, "http", "secret")
                yield replace(_unresolved(loaded, at, fault), severity="warning")


def _loki(loaded: Loaded, secrets: SecretSource) -> Iterator[Problem]:
    loki = loaded.discovery.observability.loki
    if loki and loki.token and (fault := secrets.problem(loki.token)):
        yield _unresolved(loaded, ("observability", "loki", "token"), fault)


def _unresolved(loaded: Loaded, path: Path, fault: str) -> Problem:
    tried, _, advice = fault.partition("; ")
    return loaded.document.problem(
        path,
        f"{spelt(path)} cannot be resolved, {tried.rstrip('.')}",
        "a secret that can be had",
        hint=advice.rstrip("."),
    )


def _grants(loaded: Loaded, capabilities: Collection[str]) -> Iterator[Problem]:
    known = {*capabilities, ALL}
    seen: set[tuple[str, str]] = set()
    for index, grant in enumerate(loaded.discovery.discord.rbac.grants):
        at: Path = ("discord", "rbac", "grants", index)
        if seen.intersection((grant.role, place) for place in grant.environments):
            yield _warning(
                loaded,
                (*at, "role"),
                f"{grant.role} has a grant for the same environments above",
                "one grant",
            )
        seen.update((grant.role, place) for place in grant.environments)
        strange = [name for name in grant.capabilities if capabilities and name not in known]
        for name in strange:
            place = (*at, "capabilities", grant.capabilities.index(name))
            hint = did_you_mean(name, known)
            yield _warning(loaded, place, f"{name} grants nothing", listed(sorted(known)), hint)


def _environments(loaded: Loaded) -> Iterator[Problem]:
    """Only where the file lists the environments is another name likely a slip."""
    known = loaded.discovery.infra.environment_names
    if not known:
        return
    for path, name in _named_environments(loaded):
        if name not in known and name != ALL:
            hint = did_you_mean(name, known)
            yield _warning(loaded, path, f"{name} is not among infra.environments", listed(known), hint)


def _named_environments(loaded: Loaded) -> Iterator[tuple[Path, str]]:
    discovery = loaded.discovery
    lists: Iterable[tuple[Path, tuple[str, ...]]] = (
        *(
            (("discord", "rbac", "grants", i), grant.environments)
            for i, grant in enumerate(discovery.discord.rbac.grants)
        ),
        *((("services", i), service.environments) for i, service in enumerate(discovery.services)),
        *((("playbooks", i), one.environments) for i, one in enumerate(discovery.playbooks)),
    )
    for path, names in lists:
        yield from (((*path, "environments", index), name) for index, name in enumerate(names))
    yield from (
        (("git", "repos", i, "env"), repo.env) for i, repo in enumerate(discovery.git.repos) if repo.env
    )
    gateway = discovery.event_gateway
    ruled: Iterable[tuple[Path, str | None]] = (
        *((("routes", i), one.environment) for i, one in enumerate(gateway.routes)),
        *((("correlate", i), one.environment) for i, one in enumerate(gateway.correlate)),
        *((("maintenance", i), one.environment) for i, one in enumerate(gateway.maintenance)),
    )
    yield from ((("event_gateway", *at, "environment"), name) for at, name in ruled if name)


def _unread(loaded: Loaded) -> Iterator[Problem]:
    for name in UNREAD:
        line, column = loaded.document.keys.get((name,), (0, 0))
        if line:
            found = _warning(
                loaded, (name,), f"{name} is kept, but nothing reads it in this version", "no effect"
            )
            yield replace(found, line=line, column=column)
    known = [*Governance.model_fields]
    for name in loaded.discovery.governance.model_extra or {}:
        words = f"governance.{name} is kept, but nothing reads it in this version"
        yield _warning(loaded, ("governance", name), words, listed(known), did_you_mean(name, known))


def _warning(loaded: Loaded, path: Path, problem: str, expected: str, hint: str = "") -> Problem:
    return replace(loaded.document.problem(path, problem, expected, hint=hint), severity="warning")
