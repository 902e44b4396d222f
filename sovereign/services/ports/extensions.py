"""The code that can be loaded anew while the process runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sovereign.core.errors import UserError


class ReloadFailed(UserError):
    """New code that cannot be loaded; the old one runs on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CogState:
    """`loaded_at` is None for one that is not loaded; `problem` says why the last reload failed."""

    name: str
    loaded_at: datetime | None
    commands: tuple[str, ...]
    problem: str | None


class Extensions(Protocol):
    """The code that can be loaded anew while the process runs."""

    def states(self) -> Sequence[CogState]: ...

    async def reload(self, name: str) -> CogState:
        """Raises NotFound and ReloadFailed. No press is lost meanwhile."""
        ...
