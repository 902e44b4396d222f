"""What the services need from outside; clients/ implements it, and tests may double it here alone."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sovereign.core.errors import Unavailable, UserError
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
from sovereign.domain.logs import LogLine
from sovereign.services.doctor.facts import Application, Guild, Guilds, Starts, Visibility
from sovereign.store.errands import Errand


class Undelivered(Unavailable):
    """An errand that could not be carried out now.

    in_doubt  whether it may have happened all the same: the connection broke before the answer
    retry_in  seconds after which to try again, where the other side has said so
    hopeless  the other side will never take it as it is
    """

    def __init__(
        self, problem: str, *, in_doubt: bool = False, retry_in: float | None = None, hopeless: bool = False
    ) -> None:
        super().__init__(problem)
        self.in_doubt, self.retry_in, self.hopeless = in_doubt, retry_in, hopeless


class Ledger(Protocol):
    """Where the notifier writes down, at once and durably, what it has done."""

    async def part(self, part: int, channel_id: int, message_id: int) -> None: ...

    async def thread(self, thread_id: int | None) -> None: ...

    async def is_recorded(self, message_id: int) -> bool: ...


class Notifier(Protocol):
    """Says things in Discord."""

    async def ready(self) -> None:
        """Return once things can be said."""
        ...

    async def perform(self, errand: Errand, ledger: Ledger) -> None:
        """Carry an errand out, or raise Undelivered. Safe to repeat: what was done before is found again."""
        ...


class SenderSites(Protocol):
    """The few web addresses that senders' protocols have us go to; their hosts are the senders' own."""

    async def key(self, url: str) -> bytes:
        """The public key that stands there, maybe from some time ago. Raises Unavailable."""
        ...

    async def visit(self, url: str) -> None:
        """Confirm something by going there. Raises Unavailable where that does not succeed."""
        ...


class Post(Protocol):
    """Sends a request to another program."""

    async def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status of the answer. Raises Unavailable without one."""
        ...


class Send(Protocol):
    """Calls an address of the configuration."""

    async def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status of the answer. Raises Unavailable without one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A record or a checkpoint of the audit as JSON, without an end, and when it was made."""

    at: datetime
    text: str


class AuditSink(Protocol):
    """Where the audit is kept as well."""

    async def send(self, lines: Sequence[Line]) -> None:
        """Return once all of them are there; the same ones may come again. Raises Unavailable."""
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


class ReloadFailed(UserError):
    """New code that cannot be loaded; the old one runs on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CogState:
    """`loaded_at` is None for one that is not loaded; `problem` says why the last reload failed."""

    name: str
    loaded_at: datetime | None
    commands: tuple[str, ...]
    problem: str | None


class Extensions(Protocol):
    """The code that can be loaded anew while the process runs."""

    def states(self) -> Sequence[CogState]: ...

    async def reload(self, name: str) -> CogState:
        """Raises NotFound and ReloadFailed. No press is lost meanwhile."""
        ...


class Survey(Protocol):
    """Reads how Discord is set up for us. Every question may raise Unanswered."""

    async def application(self) -> Application:
        """Comes first: it tries the token."""
        ...

    async def starts(self) -> Starts: ...

    async def guilds(self) -> Guilds: ...

    async def guild(self, guild_id: int) -> Guild: ...

    async def visibility(self, guild_id: int) -> Visibility: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LokiAddress:
    url: str
    token: str | None = field(default=None, repr=False)
    tenant: str | None = None


class LogsSilent(Unavailable):
    """A log store that does not answer, in words for the person who asked."""

    def __init__(self, public: str) -> None:
        super().__init__(public)
        self.public = public


class LogStore(Protocol):
    """Keeps the logs of services, and can be searched."""

    async def lines(
        self, address: LokiAddress, query: str, *, since: datetime, until: datetime, limit: int
    ) -> Sequence[LogLine]:
        """The newest that fit, oldest first. Raises LogsSilent, and Unacceptable for a query it refuses."""
        ...


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
