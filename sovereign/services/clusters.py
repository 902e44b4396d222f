"""The clusters of the configuration, each connected to when it is first asked, and let go when it is gone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import structlog

from sovereign.core.errors import NotFound
from sovereign.domain.estate import Estate, Place
from sovereign.services.ports.cluster import Cluster, ClusterAddress, ClusterDoor

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSetup:
    """`addresses` by name, looked up anew at each connection; `marks` tell whether an entry changed."""

    estate: Estate = field(default_factory=Estate)
    addresses: Mapping[str, Callable[[], ClusterAddress]] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)


class Clusters:
    def __init__(self, setup: ClusterSetup, door: ClusterDoor) -> None:
        self._setup, self._door = setup, door
        self._serving: dict[tuple[str, str], str] = {}
        self._estate = setup.estate
        self._open: dict[str, Cluster] = {}
        self._left: list[Cluster] = []

    @property
    def estate(self) -> Estate:
        """What the team runs and where."""
        return self._estate

    def serve(self, serving: Mapping[tuple[str, str], str]) -> None:
        """Which workload serves, by service and environment, where that is not the configured one."""
        self._serving |= serving
        self._estate = replace(self._setup.estate, serving=self._serving)

    def follow(self, setup: ClusterSetup) -> None:
        """Work by this configuration from now on; a cluster whose entry changed is connected to anew."""
        before, self._setup = self._setup, setup
        self._estate = replace(setup.estate, serving=self._serving)
        for name in [*self._open]:
            if setup.marks.get(name) != before.marks.get(name):
                self._left.append(self._open.pop(name))

    def named(self, name: str) -> Cluster:
        """Raises NotFound. Connects to nobody yet."""
        if name not in self._setup.addresses:
            raise NotFound(f"There is no cluster {name[:60]!r} under infra.clusters in discovery.yml.")
        if name not in self._open:
            self._open[name] = self._door(name, self._setup.addresses[name])
        return self._open[name]

    def of(self, place: Place) -> Cluster:
        return self.named(place.cluster)

    async def close(self) -> None:
        for each in (*self._open.values(), *self._left):
            await each.close()
        self._open, self._left = {}, []
