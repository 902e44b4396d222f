"""A cluster through its API: what is read there, what is changed, and what is watched."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import TypeVar

import aiohttp

from sovereign.clients.kubernetes import paths, reading
from sovereign.clients.kubernetes.changes import Changes
from sovereign.clients.kubernetes.connection import CONNECT, Call, Connection, Json
from sovereign.clients.kubernetes.paths import Query
from sovereign.clients.kubernetes.watching import LATE, TURN, Watch, listed
from sovereign.domain.cluster import (
    Access,
    Change,
    ClusterEvent,
    Endpoint,
    Entry,
    Identity,
    LogRequest,
    Pod,
    Revision,
    Workload,
)
from sovereign.services.ports.cluster import ClusterAddress

T = TypeVar("T")

LONGEST_LOG = 2 * 2**20
"""Bytes of a log that are read at once."""
LONGEST_LINE = 64 * 1024
FOLLOWED = 180.0
"""Seconds that a followed log may be quiet."""


class Kubernetes(Changes):
    """Implements Cluster."""

    def __init__(self, name: str, address: Callable[[], ClusterAddress]) -> None:
        self.name = name
        self._connection = Connection(name, address)

    async def close(self) -> None:
        await self._connection.close()

    async def version(self) -> str:
        found = await self._connection.json(Call(method="GET", path="/version"))
        return str(found.get("gitVersion") or "")

    async def may(self, who: Identity | None, access: Access) -> bool:
        resource, _, sub = access.resource.partition("/")
        wanted = {
            "verb": access.verb,
            "group": access.group,
            "resource": resource,
            "subresource": sub,
            "namespace": access.namespace,
            "name": access.name,
        }
        spec: Json = {"resourceAttributes": {key: value for key, value in wanted.items() if value}}
        kind = "selfsubjectaccessreviews"
        if who is not None:
            kind = "subjectaccessreviews"
            spec |= {"user": who.user, "groups": [*who.groups]}
        path = f"/apis/authorization.k8s.io/v1/{kind}"
        found = await self._connection.json(Call(method="POST", path=path, body={"spec": spec}))
        status = found.get("status")
        return isinstance(status, dict) and status.get("allowed") is True

    async def workloads(self, namespace: str, *, as_who: Identity | None = None) -> Sequence[Workload]:
        return await self._listed(paths.deployments(namespace), (), reading.workload, as_who)

    async def workload(self, namespace: str, name: str, *, as_who: Identity | None = None) -> Workload:
        path = paths.deployments(namespace, name)
        return reading.workload(await self._connection.json(Call(method="GET", path=path, as_who=as_who)))

    async def revisions(self, workload: Workload, *, as_who: Identity | None = None) -> Sequence[Revision]:
        path = paths.replica_sets(workload.namespace)
        every = await self._listed(path, paths.labels(workload.selector), lambda raw: raw, as_who)
        own = [reading.revision(raw) for raw in every if workload.uid in reading.owners(raw)]
        return sorted(own, key=lambda one: -one.number)

    async def pods(
        self, namespace: str, selector: Mapping[str, str], *, as_who: Identity | None = None
    ) -> Sequence[Pod]:
        return await self._listed(paths.pods(namespace), paths.labels(selector), reading.pod, as_who)

    async def events(
        self, namespace: str, name: str | None = None, *, as_who: Identity | None = None
    ) -> Sequence[ClusterEvent]:
        query = (("fieldSelector", f"involvedObject.name={name}"),) if name else ()
        return await self._listed(paths.events(namespace), query, reading.event, as_who)

    async def entry(self, namespace: str, name: str, *, as_who: Identity | None = None) -> Entry:
        path = paths.services(namespace, name)
        return reading.entry(await self._connection.json(Call(method="GET", path=path, as_who=as_who)))

    async def endpoints(
        self, namespace: str, service: str, *, as_who: Identity | None = None
    ) -> Sequence[Endpoint]:
        path = paths.endpoint_slices(namespace)
        query = paths.labels({"kubernetes.io/service-name": service})
        slices = await self._listed(path, query, reading.endpoints, as_who)
        return [one for each in slices for one in each]

    async def log(self, namespace: str, wanted: LogRequest, *, as_who: Identity | None = None) -> str:
        query = (*paths.of_log(wanted), ("limitBytes", str(LONGEST_LOG)))
        call = Call(method="GET", path=f"{paths.pods(namespace, wanted.pod)}/log", query=query, as_who=as_who)
        return (await self._connection.raw(call)).decode(errors="replace")

    async def follow_log(
        self, namespace: str, wanted: LogRequest, *, as_who: Identity | None = None
    ) -> AsyncGenerator[str, None]:
        query = (*paths.of_log(wanted), ("follow", "true"))
        call = Call(method="GET", path=f"{paths.pods(namespace, wanted.pod)}/log", query=query, as_who=as_who)
        timeout = aiohttp.ClientTimeout(sock_connect=CONNECT, sock_read=FOLLOWED)
        rest = b""
        async with self._connection.open(call, timeout) as answer:
            async for piece in answer.content.iter_any():
                *whole, rest = (rest + piece).split(b"\n")
                for line in whole:
                    yield line[:LONGEST_LINE].decode(errors="replace")
                rest = rest[-LONGEST_LINE:]
        if rest:
            yield rest.decode(errors="replace")

    def watch_workloads(
        self, namespace: str, name: str | None = None, *, turn: int = TURN, late: float = LATE
    ) -> AsyncGenerator[Change[Workload], None]:
        query = (("fieldSelector", f"metadata.name={name}"),) if name else ()
        return self._watch(paths.deployments(namespace), query, reading.workload, turn, late)

    def watch_pods(
        self, namespace: str, selector: Mapping[str, str] = {}, *, turn: int = TURN, late: float = LATE
    ) -> AsyncGenerator[Change[Pod], None]:
        return self._watch(paths.pods(namespace), paths.labels(selector), reading.pod, turn, late)

    def _watch(
        self,
        path: str,
        query: Query,
        read: Callable[[Mapping[str, object]], T],
        turn: int,
        late: float,
    ) -> AsyncGenerator[Change[T], None]:
        watch = Watch(connection=self._connection, path=path, query=query, read=read, turn=turn, late=late)
        return watch.changes()

    async def _listed(
        self,
        path: str,
        query: Query,
        read: Callable[[Mapping[str, object]], T],
        as_who: Identity | None,
    ) -> Sequence[T]:
        found, _ = await listed(self._connection, path, query, read, as_who)
        return found
