"""A Kubernetes cluster, as the services know it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterAddress:
    """How a cluster is reached: `kubeconfig` is the text of one, else the server, or from within it."""

    kubeconfig: str | None = field(default=None, repr=False)
    context: str | None = None
    in_cluster: bool = False
    server: str | None = None
    token: str | None = field(default=None, repr=False)
    ca: str | None = field(default=None, repr=False)


class Cluster(Protocol):
    """A Kubernetes cluster. Nothing in it waits longer than some seconds.

    `as_who` is for whom the cluster judges a call; None is Sovereign itself. Every call may raise
    ClusterSilent (it does not answer, or cannot now), NotAllowed (403, in words), NotFound (404),
    Moved (409) and Unacceptable (400, 422, a quota). `expecting` is the generation that was looked at
    before: where that has moved, nothing is changed, and Moved is raised.
    """

    @property
    def name(self) -> str: ...

    async def version(self) -> str: ...

    async def may(self, who: Identity | None, access: Access) -> bool:
        """Whether the cluster would let them; None asks for Sovereign itself."""
        ...

    async def workloads(self, namespace: str, *, as_who: Identity | None = None) -> Sequence[Workload]: ...

    async def workload(self, namespace: str, name: str, *, as_who: Identity | None = None) -> Workload: ...

    async def revisions(self, workload: Workload, *, as_who: Identity | None = None) -> Sequence[Revision]:
        """Newest first."""
        ...

    async def pods(
        self, namespace: str, selector: Mapping[str, str], *, as_who: Identity | None = None
    ) -> Sequence[Pod]: ...

    async def events(
        self, namespace: str, name: str | None = None, *, as_who: Identity | None = None
    ) -> Sequence[ClusterEvent]:
        """Those about the thing of that name, or all of the namespace; in no order."""
        ...

    async def entry(self, namespace: str, name: str, *, as_who: Identity | None = None) -> Entry:
        """A Kubernetes Service."""
        ...

    async def endpoints(
        self, namespace: str, service: str, *, as_who: Identity | None = None
    ) -> Sequence[Endpoint]: ...

    async def log(self, namespace: str, wanted: LogRequest, *, as_who: Identity | None = None) -> str:
        """At most some megabytes of it."""
        ...

    def follow_log(
        self, namespace: str, wanted: LogRequest, *, as_who: Identity | None = None
    ) -> AsyncGenerator[str, None]:
        """Line by line as they come, until the container ends."""
        ...

    async def set_image(
        self,
        namespace: str,
        name: str,
        images: Mapping[str, str],
        *,
        expecting: int | None = None,
        dry_run: bool = False,
        as_who: Identity | None = None,
    ) -> Workload:
        """`images` by container; containers that are not named keep theirs."""
        ...

    async def scale(
        self,
        namespace: str,
        name: str,
        replicas: int,
        *,
        expecting: int | None = None,
        dry_run: bool = False,
        as_who: Identity | None = None,
    ) -> None: ...

    async def restart(
        self,
        namespace: str,
        name: str,
        at: datetime,
        *,
        expecting: int | None = None,
        as_who: Identity | None = None,
    ) -> Workload: ...

    async def hold(
        self, namespace: str, name: str, *, paused: bool, as_who: Identity | None = None
    ) -> Workload:
        """Pause a rollout where it is, or let it go on."""
        ...

    async def label_pods(
        self, namespace: str, name: str, labels: Mapping[str, str], *, as_who: Identity | None = None
    ) -> Workload:
        """Have the pods carry these labels too; they are replaced by others that do."""
        ...

    async def roll_back(
        self,
        workload: Workload,
        revision: Revision,
        *,
        dry_run: bool = False,
        as_who: Identity | None = None,
    ) -> Workload:
        """Let the pods be as that revision has them, if the workload is still as it was given here."""
        ...

    async def apply(
        self, manifest: Mapping[str, object], *, dry_run: bool = False, as_who: Identity | None = None
    ) -> Workload:
        """Server-side, of a Deployment, with force."""
        ...

    async def create(
        self, manifest: Mapping[str, object], *, dry_run: bool = False, as_who: Identity | None = None
    ) -> Workload: ...

    async def delete(self, workload: Workload, *, as_who: Identity | None = None) -> None:
        """This very one: a new one of the same name stays."""
        ...

    async def select(
        self, entry: Entry, selector: Mapping[str, str], *, as_who: Identity | None = None
    ) -> Entry:
        """Let the Service lead to other pods, if it is still as it was given here."""
        ...

    def watch_workloads(
        self, namespace: str, name: str | None = None, *, turn: int = ..., late: float = ...
    ) -> AsyncGenerator[Change[Workload], None]:
        """All of them first, then every change; begins anew after whatever happens to the cluster.

        `turn` and `late`: after that many seconds without an answer it counts as silent. Raises NotAllowed,
        NotFound and Unacceptable only.
        """
        ...

    def watch_pods(
        self, namespace: str, selector: Mapping[str, str] = ..., *, turn: int = ..., late: float = ...
    ) -> AsyncGenerator[Change[Pod], None]: ...

    async def close(self) -> None: ...


ClusterDoor = Callable[[str, Callable[[], ClusterAddress]], Cluster]
"""A cluster by its name and by how its address is found, each time that it is connected to."""
