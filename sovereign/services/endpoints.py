"""The configured ways in: a path, the source that reads it, its secrets and its channel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sovereign.integrations._source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """`secrets` resolves them anew at each use and raises ConfigError for one that cannot be had."""

    name: str
    path: str
    source: Source
    secrets: Callable[[], Sequence[str]]
    authenticated: bool
    channel: str | None
