"""The configured ways in: a path, the source that reads it, its secrets and its channel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from sovereign.core import clock
from sovereign.domain.addresses import Network
from sovereign.integrations._source import Options, Source

REMEMBERED = 1.0
"""Seconds for which secrets that were looked up are used again: a file or a variable is not free to read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """`secrets` resolves them anew at each use and raises ConfigError for one that cannot be had.

    `allow` are the networks that deliveries may come from; without any they may come from everywhere.
    """

    name: str
    path: str
    source: Source
    secrets: Callable[[], Sequence[str]]
    authenticated: bool
    channel: str | None
    allow: tuple[Network, ...] = ()
    options: Options = field(default_factory=Options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfilled:
    """The API's addresses of the webhooks that call an endpoint; `token` resolves it anew at each use and
    raises ConfigError where it cannot be had."""

    endpoint: str
    hooks: tuple[str, ...]
    token: Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """Where the sender of an endpoint lists what fires now, and the token for that, as for Backfilled."""

    endpoint: str
    source: Source
    url: str
    token: Callable[[], str | None]


def remembered(endpoint: Endpoint) -> Endpoint:
    """The same endpoint, which looks its secrets up once a second at most; a failure is not remembered."""
    known: Sequence[str] = ()
    looked_up = -REMEMBERED

    def secrets() -> Sequence[str]:
        nonlocal known, looked_up
        now = clock.monotonic()
        if now - looked_up >= REMEMBERED:
            known, looked_up = endpoint.secrets(), now
        return known

    return replace(endpoint, secrets=secrets)
