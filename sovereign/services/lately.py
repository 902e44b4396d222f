"""What changed shortly before something went wrong: the first question of whoever takes an incident."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sovereign.core.clock import EPOCH
from sovereign.store import events
from sovereign.store.sqlite import Connection

BEFORE = timedelta(hours=2)
SHOWN, LOOKED_AT = 3, 50
_KINDS = ("service.deployed", "service.rolledback")


def changed(
    tx: Connection, service: str | None, environment: str | None, at: datetime
) -> Sequence[Mapping[str, object]]:
    """Deployments of the two hours before, newest first: of that service, or of all where none is known."""
    since = max(EPOCH, at - BEFORE)
    found = [
        one
        for kind in _KINDS
        for one in events.lately(tx, kind, service, environment, since, at, SHOWN, LOOKED_AT)
    ]
    return sorted(found, key=lambda one: -int(str(one["at"])))[:SHOWN]
