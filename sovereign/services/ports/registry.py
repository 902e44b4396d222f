"""Where container images are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sovereign.domain.images import Image


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryLogin:
    name: str
    password: str = field(repr=False)


class Registry(Protocol):
    """Where container images are kept."""

    async def tags(self, image: Image, login: RegistryLogin | None = None) -> Sequence[str]:
        """Every tag of the image's repository, as the registry orders them. Raises Unavailable."""
        ...

    async def digest(self, image: Image, login: RegistryLogin | None = None) -> str | None:
        """What the tag stands for now; None where there is no such image. Raises Unavailable."""
        ...
