"""Requests that the services make to addresses of the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Probing(Protocol):
    """Asks an address of the configuration whether it is well."""

    async def __call__(self, url: str) -> int:
        """The status of the answer. Raises Unavailable without one."""
        ...


class Post(Protocol):
    """Sends a request to another program."""

    async def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status of the answer. Raises Unavailable without one."""
        ...


class Send(Protocol):
    """Calls an address of the configuration."""

    async def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status of the answer. Raises Unavailable without one."""
        ...
