"""An event of EventBridge, and what its envelope says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Bus:
    """`place` is ` in eu-west-1`, for titles."""

    source: str
    type: str
    sender: str
    id: str
    region: str
    account: str
    place: str
    resources: tuple[str, ...]
    at: datetime | None
    detail: Payload

    def event(self, kind: str, subject: str, title: str) -> Event:
        fields = shown({"Region": self.region, "Account": self.account})
        return Event(
            source=self.source, kind=kind, subject=subject, title=title, fields=fields, occurred_at=self.at
        )


Read = Callable[[Bus], Event]
Readers = Mapping[str, Read]
"""By the `detail-type`."""
