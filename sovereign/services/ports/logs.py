"""Where the logs of services are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sovereign.core.errors import Unavailable
from sovereign.domain.logs import LogLine


@dataclass(frozen=True, slots=True, kw_only=True)
class LokiAddress:
    url: str
    token: str | None = field(default=None, repr=False)
    tenant: str | None = None


class LogsSilent(Unavailable):
    """A log store that does not answer, in words for the person who asked."""

    def __init__(self, public: str) -> None:
        super().__init__(public)
        self.public = public


class LogStore(Protocol):
    """Keeps the logs of services, and can be searched."""

    async def lines(
        self, address: LokiAddress, query: str, *, since: datetime, until: datetime, limit: int
    ) -> Sequence[LogLine]:
        """The newest that fit, oldest first. Raises LogsSilent, and Unacceptable for a query it refuses."""
        ...
