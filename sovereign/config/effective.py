"""The configuration as it works: every default filled in, nothing that might be a secret in it."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.config.endpoints import Endpoint
from sovereign.config.models import Discovery
from sovereign.config.secrets import malformed
from sovereign.config.wording import SECRETIVE
from sovereign.core.redaction import redact

HIDDEN = "(hidden)"

_EXACT = 2**53
"""Whole numbers above it lose digits in many readers of JSON; ids of Discord are above it."""


def tree(discovery: Discovery, defaults: Mapping[str, str] | None = None) -> dict[str, object]:
    """The configuration as mappings, lists and scalars; read back as a file, it means the same.

    Keys without a value are left out; the paths that exist unasked are there. `defaults` gives
    each source's own secret reference, for endpoints that name none. Secrets are not hidden yet:
    see `safe`.
    """
    whole = discovery.model_dump(mode="json")
    whole["event_gateway"]["endpoints"] = [
        _endpoint(endpoint, defaults or {}) for endpoint in discovery.event_gateway.resolved_endpoints()
    ]
    kept = _without_empty(whole)
    return kept if isinstance(kept, dict) else {}


def safe(value: object, *path: str) -> object:
    """`value`, as it may be shown. References stay; other text under a key that sounds secret is hidden."""
    if isinstance(value, dict):
        return {key: safe(child, *path, key) for key, child in value.items()}
    if isinstance(value, list):
        return [safe(child, *path) for child in value]
    if not isinstance(value, str):
        return value
    if any(map(SECRETIVE.search, path)) and malformed(value):
        return HIDDEN
    return redact(value)


def _endpoint(endpoint: Endpoint, defaults: Mapping[str, str]) -> dict[str, object]:
    own = defaults.get(endpoint.source) if endpoint.needs_secret else None
    secrets: list[str | None] = [*endpoint.secrets] or [own]
    return {
        "path": endpoint.path,
        "source": endpoint.source,
        "name": endpoint.name,
        "secret": secrets if len(secrets) > 1 else secrets[0],
        "auth": endpoint.auth,
        "header": endpoint.header,
        "signature_header": endpoint.signature_header,
        "allow": [str(network) for network in endpoint.allow],
        "topics": [*endpoint.topics],
        "service_account": endpoint.service_account,
        "audience": endpoint.audience,
        "repos": [*endpoint.repos],
        "handshake": endpoint.handshake or None,
        "discord_channel": endpoint.channel,
        "mapping": dict(endpoint.mapping or {}),
    }


def _without_empty(value: object) -> object:
    """None for what says nothing: nulls, and collections of nothing else."""
    if isinstance(value, dict):
        kept = {key: inner for key, child in value.items() if (inner := _without_empty(child)) is not None}
        return kept or None
    if isinstance(value, list):
        return [inner for child in value if (inner := _without_empty(child)) is not None] or None
    if isinstance(value, int) and abs(value) > _EXACT:
        return str(value)
    return value
