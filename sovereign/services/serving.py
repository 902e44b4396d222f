"""Which of the two workloads of a blue-green pair serves: every command speaks of that one."""

from __future__ import annotations

import json

from sovereign.domain.estate import Place
from sovereign.services.clusters import Clusters
from sovereign.store import facts
from sovereign.store.database import Database

_PREFIX = "serving."


class Serving:
    def __init__(self, database: Database, clusters: Clusters) -> None:
        self._database, self._clusters = database, clusters

    async def recall(self) -> None:
        """At the start, before anybody asks."""
        found = await self._database.read(lambda tx: facts.named(tx, _PREFIX))
        places = {name.removeprefix(_PREFIX): workload for name, workload in found.items()}
        self._clusters.serve(
            {(service, where): each for key, each in places.items() for service, where in [json.loads(key)]}
        )

    async def serve(self, place: Place, workload: str) -> None:
        key = _PREFIX + json.dumps([place.service, place.environment])
        await self._database.write(lambda tx: facts.put(tx, key, workload))
        self._clusters.serve({(place.service, place.environment): workload})
