"""A workload and its pods as they are now, kept by watching them for as long as somebody looks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field

from sovereign.core.errors import UserError
from sovereign.domain.cluster import Changed, Gone, Listed, Pod, Silent, Workload
from sovereign.domain.estate import Place
from sovereign.services.ports.cluster import Cluster

TURN, LATE = 10, 5.0
"""Seconds of one request of a watch, and beyond: a cluster that froze is noticed within both."""


@dataclass(slots=True)
class Scene:
    """`silent` is why the cluster does not answer now; `problem` is a refusal, after which nothing comes."""

    workload: Workload | None = None
    gone: bool = False
    silent: str = ""
    problem: UserError | None = None
    _pods: dict[str, Pod] = field(default_factory=dict)
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def pods(self) -> Sequence[Pod]:
        return [*self._pods.values()]

    async def moved(self, seconds: float) -> None:
        """Return when something has changed since the last call, or after so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._moved.wait()
        self._moved.clear()

    async def watch_workload(self, cluster: Cluster, place: Place) -> None:
        watch = cluster.watch_workloads(place.namespace, place.deployment, turn=TURN, late=LATE)
        with self._refusals():
            async with aclosing(watch) as changes:
                async for change in changes:
                    match change:
                        case Listed(items=items):
                            self.workload, self.silent = next(iter(items), None), ""
                            self.gone = not items
                        case Changed(item=item):
                            self.workload, self.silent, self.gone = item, "", False
                        case Gone():
                            self.gone = True
                        case Silent(problem=problem):
                            self.silent = problem
                    self._moved.set()

    async def watch_pods(self, cluster: Cluster, place: Place, selector: Mapping[str, str]) -> None:
        watch = cluster.watch_pods(place.namespace, selector, turn=TURN, late=LATE)
        with self._refusals():
            async with aclosing(watch) as changes:
                async for change in changes:
                    match change:
                        case Listed(items=items):
                            self._pods = {pod.name: pod for pod in items}
                        case Changed(item=pod):
                            self._pods[pod.name] = pod
                        case Gone(name=name):
                            self._pods.pop(name, None)
                        case Silent():
                            pass  # the other watch tells
                    self._moved.set()

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        """What the cluster refuses ends a watch: it is kept for who looks."""
        try:
            yield
        except UserError as problem:
            self.problem = problem
            self._moved.set()


@asynccontextmanager
async def watching(cluster: Cluster, place: Place, selector: Mapping[str, str]) -> AsyncIterator[Scene]:
    """`selector` is that of the workload's pods."""
    scene = Scene()
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(scene.watch_workload(cluster, place)),
            group.create_task(scene.watch_pods(cluster, place, selector)),
        ]
        try:
            yield scene
        finally:
            for task in tasks:
                task.cancel()
