"""The other programs that hear of events: those that follow them, and those that are sent them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sovereign.domain.cloudevent import Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Has an API key, which `secret` gives as it is now, raising ConfigError where it cannot be had."""

    name: str
    secret: Callable[[], str]
    wanted: Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Is sent what it wants, signed with what `secret` gives as it is now, raising ConfigError."""

    name: str
    url: str
    secret: Callable[[], str]
    wanted: Wanted
