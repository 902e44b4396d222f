"""A cluster in memory, at the port: what it holds is set by the test, what is done to it is remembered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sovereign.config.loader import parse
from sovereign.core import clock
from sovereign.core.errors import ClusterSilent, Moved, NotFound, SovereignError, Unavailable
from sovereign.domain.audit import Record
from sovereign.domain.cluster import (
    Access,
    Change,
    Changed,
    ClusterEvent,
    Endpoint,
    Entry,
    Identity,
    Listed,
    LogRequest,
    Pod,
    Revision,
    Workload,
)
from sovereign.domain.conversations import Conversation, Topic
from sovereign.domain.deployment import Deployment
from sovereign.domain.events import Severity, Status
from sovereign.domain.logs import LogLine
from sovereign.domain.permission import Actor, Grant, Role
from sovereign.services.auditing import Auditing
from sovereign.services.clusters import Clusters, ClusterSetup
from sovereign.services.operations.log_reading import LogSetup
from sovereign.services.operations.operations import Operations, Reaching, operations
from sovereign.services.permissions import Permissions
from sovereign.services.ports.cluster import ClusterAddress
from sovereign.services.ports.logs import LokiAddress
from sovereign.store import audit, conversations, deployments
from sovereign.store.audit import Sought
from sovereign.store.database import Database
from sovereign.store.sqlite import Connection

ROLES = {name: Role(id=number, name=name) for number, name in enumerate(("Owner", "Developers", "QA"), 1)}
OWNER = Actor(id=1, name="ada", roles=(ROLES["Owner"],))
DEVELOPER = Actor(id=2, name="ivan", roles=(ROLES["Developers"],))
STRANGER = Actor(id=3, name="kit", roles=())

CONFIGURATION = """
discord:
  rbac:
    grants:
      - {role: Owner, capabilities: all}
      - {role: Developers, capabilities: all, environments: [dev]}
      - {role: QA, capabilities: [services.view]}
infra:
  environments: [dev, prod]
  clusters: [{name: main, kubeconfig: "env://K"}]
services:
  - {name: shop, replicas: {min: 1, max: 5}, channel: shop}
  - {name: payments, environments: [prod]}
"""


@dataclass(slots=True)
class FakeCluster:
    """Implements Cluster. `silent` is why it does not answer, `loses` the answer
    to a change; `asked` are (call, as whom), `ended` the pods of which no more is to follow, `refusing` those
    that are not to be followed at all."""

    name: str = "main"
    there: dict[tuple[str, str], Workload] = field(default_factory=dict)
    running: dict[tuple[str, str], list[Pod]] = field(default_factory=dict)
    history: list[Revision] = field(default_factory=list)
    told: list[ClusterEvent] = field(default_factory=list)
    lines: dict[str, str] = field(default_factory=dict)
    following: dict[str, list[str]] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    refusing: dict[str, SovereignError] = field(default_factory=dict)
    silent: str = ""
    loses: bool = False
    asked: list[tuple[str, Identity | None]] = field(default_factory=list)
    done: list[tuple[str, Any]] = field(default_factory=list)
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, workload: Workload, *pods: Pod) -> None:
        self.there[workload.namespace, workload.name] = workload
        self.running[workload.namespace, workload.name] = [*pods]
        moved, self.moved = self.moved, asyncio.Event()
        moved.set()

    def _ask(self, what: str, who: Identity | None) -> None:
        self.asked.append((what, who))
        if self.loses and what in CHANGES:
            raise ClusterSilent(f"{self.name} does not answer (lost).", in_doubt=True)
        if self.silent:
            raise ClusterSilent(f"{self.name} does not answer ({self.silent}).", in_doubt=what in CHANGES)

    def _get(self, namespace: str, name: str) -> Workload:
        found = self.there.get((namespace, name))
        if found is None:
            raise NotFound(f"{self.name} has no such thing: {name}.")
        return found

    async def version(self) -> str:
        self._ask("version", None)
        return "v1.36.2"

    async def may(self, who: Identity | None, access: Access) -> bool:
        self._ask(f"may {access}", who)
        return True

    async def workloads(self, namespace: str, *, as_who: Identity | None = None) -> Sequence[Workload]:
        self._ask("workloads", as_who)
        return [one for (space, _), one in self.there.items() if space == namespace]

    async def workload(self, namespace: str, name: str, *, as_who: Identity | None = None) -> Workload:
        self._ask("workload", as_who)
        return self._get(namespace, name)

    async def revisions(self, workload: Workload, *, as_who: Identity | None = None) -> Sequence[Revision]:
        self._ask("revisions", as_who)
        return self.history

    async def pods(
        self, namespace: str, selector: Mapping[str, str], *, as_who: Identity | None = None
    ) -> Sequence[Pod]:
        self._ask("pods", as_who)
        return [
            pod
            for (space, name), pods in self.running.items()
            if space == namespace and self.there[space, name].selector == selector
            for pod in pods
        ]

    async def events(
        self, namespace: str, name: str | None = None, *, as_who: Identity | None = None
    ) -> Sequence[ClusterEvent]:
        self._ask("events", as_who)
        return [one for one in self.told if name in (None, one.name)]

    async def entry(self, namespace: str, name: str, *, as_who: Identity | None = None) -> Entry:
        raise NotFound("none")

    async def endpoints(
        self, namespace: str, service: str, *, as_who: Identity | None = None
    ) -> Sequence[Endpoint]:
        return []

    async def log(self, namespace: str, wanted: LogRequest, *, as_who: Identity | None = None) -> str:
        self._ask("log", as_who)
        self.done.append(("log", wanted))
        if wanted.pod not in self.lines:
            raise NotFound(f"{self.name} has no such thing: {wanted.pod}.")
        return self.lines[wanted.pod]

    async def follow_log(
        self, namespace: str, wanted: LogRequest, *, as_who: Identity | None = None
    ) -> AsyncGenerator[str, None]:
        self._ask(f"follow_log {wanted.pod}", as_who)
        if wanted.pod in self.refusing:
            raise self.refusing[wanted.pod]
        for line in self.following.get(wanted.pod, []):
            yield line
        while wanted.pod not in self.ended:
            await self.moved.wait()

    def _change(self, namespace: str, name: str, expecting: int | None, **changed: Any) -> Workload:
        now = self._get(namespace, name)
        if expecting is not None and now.generation != expecting:
            raise Moved(f"{name} in {namespace} was changed meanwhile by somebody else: look again.")
        made = replace(now, generation=now.generation + 1, **changed)
        self.put(made, *self.running[namespace, name])
        return made

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
        self._ask("set_image", as_who)
        if dry_run:
            return self._get(namespace, name)
        return self._change(namespace, name, expecting, images=images)

    async def hold(
        self, namespace: str, name: str, *, paused: bool, as_who: Identity | None = None
    ) -> Workload:
        self._ask("hold", as_who)
        return self._change(namespace, name, None, paused=paused)

    async def label_pods(
        self, namespace: str, name: str, labels: Mapping[str, str], *, as_who: Identity | None = None
    ) -> Workload:
        self._ask("label_pods", as_who)
        return self._change(namespace, name, None, template={"metadata": {"labels": dict(labels)}})

    async def scale(
        self,
        namespace: str,
        name: str,
        replicas: int,
        *,
        expecting: int | None = None,
        dry_run: bool = False,
        as_who: Identity | None = None,
    ) -> None:
        self._ask("scale", as_who)
        if not dry_run:
            self._change(namespace, name, expecting, desired=replicas)
            self.done.append(("scale", replicas))

    async def restart(
        self,
        namespace: str,
        name: str,
        at: datetime,
        *,
        expecting: int | None = None,
        as_who: Identity | None = None,
    ) -> Workload:
        self._ask("restart", as_who)
        self.done.append(("restart", name))
        return self._change(namespace, name, expecting, restarted_at=at.isoformat())

    async def roll_back(
        self,
        workload: Workload,
        revision: Revision,
        *,
        dry_run: bool = False,
        as_who: Identity | None = None,
    ) -> Workload:
        self._ask("roll_back", as_who)
        self.done.append(("roll_back", revision.number))
        return self._change(workload.namespace, workload.name, workload.generation, images=revision.images)

    async def apply(
        self, manifest: Mapping[str, object], *, dry_run: bool = False, as_who: Identity | None = None
    ) -> Workload:
        raise NotImplementedError

    async def create(
        self, manifest: Mapping[str, object], *, dry_run: bool = False, as_who: Identity | None = None
    ) -> Workload:
        raise NotImplementedError

    async def delete(self, workload: Workload, *, as_who: Identity | None = None) -> None:
        raise NotImplementedError

    async def select(
        self, entry: Entry, selector: Mapping[str, str], *, as_who: Identity | None = None
    ) -> Entry:
        raise NotImplementedError

    async def watch_workloads(
        self, namespace: str, name: str | None = None, *, turn: int = 0, late: float = 0
    ) -> AsyncGenerator[Change[Workload], None]:
        yield Listed(items=[one for key, one in self.there.items() if key == (namespace, name)])
        while True:
            await self.moved.wait()
            for key, one in [*self.there.items()]:
                if key == (namespace, name):
                    yield Changed(item=one)

    async def watch_pods(
        self, namespace: str, selector: Mapping[str, str] = {}, *, turn: int = 0, late: float = 0
    ) -> AsyncGenerator[Change[Pod], None]:
        while True:
            yield Listed(items=await self.pods(namespace, selector))
            await self.moved.wait()

    async def close(self) -> None:
        pass


CHANGES = frozenset({"scale", "restart", "roll_back", "set_image"})


@dataclass(slots=True)
class FakeLogStore:
    """Implements LogStore: each question is answered with the next of `answers`; then `enough` is called."""

    answers: list[list[LogLine]] = field(default_factory=list)
    enough: Callable[[], object] = lambda: None
    asked: list[str] = field(default_factory=list)

    async def lines(
        self, address: LokiAddress, query: str, *, since: datetime, until: datetime, limit: int
    ) -> Sequence[LogLine]:
        self.asked.append(query)
        if not self.answers:
            self.enough()
            return []
        return self.answers.pop(0)


@dataclass(slots=True)
class FakeCalls:
    """Implements Send: `status` is answered; 0: nobody answers."""

    status: int = 200
    made: list[tuple[str, str, Mapping[str, str], bytes]] = field(default_factory=list)

    async def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> int:
        self.made.append((method, url, headers, body))
        if not self.status:
            raise Unavailable("it cannot be reached (TimeoutError)")
        return self.status


TOLD = Conversation(
    topic=Topic.DEPLOYMENT, source="sovereign", subject="shop v2 to prod", name="shop v2 to prod",
    title="Deploy shop v2 to prod", text="", status=Status.RUNNING, severity=Severity.INFO, url=None,
    actor="ada", avatar=None, repo=None, service="shop", environment="prod",
)  # fmt: skip


@dataclass(slots=True)
class Yard:
    """A guild's operations over a cluster in memory."""

    cluster: FakeCluster
    operations: Operations
    database: Database
    permissions: Permissions
    announced: list[None]
    logs: FakeLogStore
    calls: FakeCalls

    async def audited(self) -> list[tuple[str, str, str]]:
        """Action, subject and result of every record, oldest first."""
        found = await self.records()
        return [(one.entry.action, one.entry.subject, one.entry.result.value) for one in found]

    async def records(self) -> list[Record]:
        """Oldest first."""
        found = await self.database.read(lambda tx: audit.search(tx, Sought(), 100))
        return [*reversed(found)]

    async def deploying(self, deployment: Deployment) -> Deployment:
        """Let it be one that the store knows, with a conversation of its own."""

        def add(tx: Connection) -> Deployment:
            told = conversations.add(tx, f"deployment:{clock.now()}", "123", TOLD, deployment.started_at)
            return deployments.add(tx, replace(deployment, conversation_id=told.id))

        return await self.database.write(add)


def yard_over(
    database: Database,
    configuration: str = CONFIGURATION,
    logs: LogSetup | None = None,
    *,
    ready: bool = True,
) -> Yard:
    """`ready`: the guild's roles are known."""
    discovery = parse(configuration, "discovery.yml", sources=[]).discovery
    permissions = Permissions(
        [
            Grant(
                role=one.role,
                capabilities=frozenset(one.capabilities),
                environments=frozenset(one.environments),
            )
            for one in discovery.discord.rbac.grants
        ]
    )
    if ready:
        permissions.bind([*ROLES.values()])
    cluster = FakeCluster()
    door: Callable[..., FakeCluster] = lambda name, address: cluster  # noqa: E731
    given = ClusterSetup(estate=discovery.estate(), addresses={"main": ClusterAddress})
    announced: list[None] = []
    store, calls = FakeLogStore(), FakeCalls()
    made = operations(
        database,
        Clusters(given, door),
        permissions,
        Auditing(database, permissions),
        Reaching(log_store=store, send=calls, secrets=lambda reference: f"secret of {reference}"),
        lambda: announced.append(None),
    )
    made.follow(logs or LogSetup(), [one.made() for one in discovery.playbooks], discovery.deploy)
    return Yard(cluster, made, database, permissions, announced, store, calls)
