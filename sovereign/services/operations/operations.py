"""Everything that people do with services in clusters, built together from what it shares."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from sovereign.services.auditing import Auditing
from sovereign.services.clusters import Clusters
from sovereign.services.operations.changes import Changes
from sovereign.services.operations.following import Following
from sovereign.services.operations.living import Living
from sovereign.services.operations.log_reading import LogReading, LogSetup
from sovereign.services.operations.logs import Logs
from sovereign.services.operations.places import Places
from sovereign.services.operations.statuses import Statuses
from sovereign.services.permissions import Permissions
from sovereign.services.ports import LogStore
from sovereign.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    places: Places
    statuses: Statuses
    living: Living
    logs: Logs
    changes: Changes
    following: Following

    def follow(self, setup: LogSetup) -> None:
        """Work by this configuration from now on; the clusters follow it themselves."""
        self.logs.follow_setup(setup)

    def workers(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        return {"living": self.living.run, "following": self.following.run}


def operations(
    database: Database,
    clusters: Clusters,
    permissions: Permissions,
    auditing: Auditing,
    logs: tuple[LogSetup, LogStore],
    announced: Callable[[], None],
) -> Operations:
    """`announced` is called after each transaction that put something into the outbox."""
    setup, store = logs
    places = Places(clusters, permissions)
    statuses = Statuses(database, clusters, places, permissions)
    following = Following(database, clusters, announced)
    return Operations(
        places=places,
        statuses=statuses,
        living=Living(database, statuses, announced),
        changes=Changes(database, clusters, places, permissions, auditing, following, announced),
        following=following,
        logs=Logs(LogReading(setup, clusters, store), places, permissions, auditing),
    )
