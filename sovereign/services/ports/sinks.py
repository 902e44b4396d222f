"""Where the audit is kept as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A record or a checkpoint of the audit as JSON, without an end, and when it was made."""

    at: datetime
    text: str


class AuditSink(Protocol):
    """Where the audit is kept as well."""

    async def send(self, lines: Sequence[Line]) -> None:
        """Return once all of them are there; the same ones may come again. Raises Unavailable."""
        ...
