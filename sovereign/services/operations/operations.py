"""Everything that people do with services in clusters, built together from what it shares."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from sovereign.services.clusters import Clusters
from sovereign.services.operations.living import Living
from sovereign.services.operations.places import Places
from sovereign.services.operations.statuses import Statuses
from sovereign.services.permissions import Permissions
from sovereign.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    places: Places
    statuses: Statuses
    living: Living

    def workers(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        return {"living": self.living.run}


def operations(
    database: Database, clusters: Clusters, permissions: Permissions, announced: Callable[[], None]
) -> Operations:
    """`announced` is called after each transaction that put something into the outbox."""
    places = Places(clusters, permissions)
    statuses = Statuses(database, clusters, places, permissions)
    return Operations(places=places, statuses=statuses, living=Living(database, statuses, announced))
