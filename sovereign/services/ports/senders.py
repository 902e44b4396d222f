"""What the services need of those who send webhooks: keys, what they sent, what still fires."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class SenderSites(Protocol):
    """The few web addresses that senders' protocols have us go to; their hosts are the senders' own."""

    async def key(self, url: str) -> bytes:
        """The public key that stands there, maybe from some time ago. Raises Unavailable."""
        ...

    async def visit(self, url: str) -> None:
        """Confirm something by going there. Raises Unavailable where that does not succeed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One attempt of a sender to deliver something, whose `name` all attempts share."""

    id: int
    name: str
    at: datetime


class SentHooks(Protocol):
    """A sender that remembers what its webhooks have sent. `hook` is the address of one in the API."""

    async def sent(self, hook: str, token: str, since: datetime) -> Sequence[Sent]:
        """Every attempt since then. Raises Unavailable."""
        ...

    async def send_again(self, hook: str, token: str, delivery_id: int) -> None:
        """Have it sent as it was. Raises Unavailable."""
        ...


class CurrentAlerts(Protocol):
    """A sender that lists the alerts that there are now."""

    async def current(self, url: str, token: str | None) -> Sequence[Mapping[str, object]]:
        """All of them, as Alertmanager's API gives them. Raises Unavailable."""
        ...
