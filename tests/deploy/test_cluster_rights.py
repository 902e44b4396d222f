"""The rules in deploy/kubernetes cover every call of the adapter, and leave Sovereign itself little else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from sovereign.clients.kubernetes.cluster import Kubernetes
from sovereign.core import clock
from sovereign.core.errors import SovereignError
from sovereign.domain.cluster import Access, Entry, LogRequest
from sovereign.domain.cluster_rights import IMPERSONATE_USERS, OWN, impersonate_group
from sovereign.services.ports.cluster import Cluster
from tests.clients.kubernetes import things
from tests.clients.kubernetes.scripted import Answer, Asked, reached, scripted
from tests.domain.cluster import workload

FILE = Path(__file__).parents[2] / "deploy" / "kubernetes" / "rbac.yml"
PATH = re.compile(
    r"/(?:api/v1|apis/(?P<group>[^/]+)/[^/]+)(?:/namespaces/(?P<space>[^/]+))?/(?P<kind>[a-z]+)"
    r"(?:/(?P<name>[^/]+))?(?:/(?P<sub>[a-z]+))?"
)
EVERYBODYS = frozenset({"selfsubjectaccessreviews"})
"""What every account may create by Kubernetes' own default roles."""


def rules(*roles: str) -> Sequence[Mapping[str, Any]]:
    documents = YAML(typ="safe", pure=True).load_all(FILE.read_text(encoding="utf-8"))
    return [
        rule
        for one in documents
        if one["kind"] == "ClusterRole" and one["metadata"]["name"] in roles
        for rule in one["rules"]
    ]


def allows(given: Sequence[Mapping[str, Any]], wanted: Access) -> bool:
    return any(
        wanted.group in rule["apiGroups"]
        and wanted.resource in rule["resources"]
        and wanted.verb in rule["verbs"]
        and ("resourceNames" not in rule or wanted.name in rule["resourceNames"])
        for rule in given
    )


def access(asked: Asked) -> Access | None:
    """What a request needs, by https://kubernetes.io/docs/reference/access-authn-authz/authorization/."""
    match = PATH.fullmatch(asked.path)
    if match is None:
        return None  # /version is for everybody
    query = dict(asked.query)
    verbs = {"POST": "create", "PATCH": "patch", "DELETE": "delete"}
    verb = verbs.get(asked.method) or ("get" if match["name"] else "watch" if "watch" in query else "list")
    resource = match["kind"] + (f"/{match['sub']}" if match["sub"] else "")
    return Access(verb=verb, resource=resource, group=match["group"] or "")


async def everything(cluster: Kubernetes) -> None:
    """Call each method of the port once."""
    it, now = workload(), clock.now()
    revision = None
    entry = Entry(name="shop", namespace="prod", version="1", selector={})
    manifest = {"metadata": {"name": "shop", "namespace": "prod"}}
    with suppress(SovereignError):
        [revision] = await cluster.revisions(it)
    calls = [
        cluster.version(), cluster.may(None, OWN[0]),
        cluster.workloads("prod"), cluster.workload("prod", "shop"),
        cluster.pods("prod", {}), cluster.events("prod"), cluster.entry("prod", "shop"),
        cluster.endpoints("prod", "shop"), cluster.log("prod", LogRequest(pod="a")),
        cluster.set_image("prod", "shop", {"shop": "x"}), cluster.scale("prod", "shop", 2),
        cluster.restart("prod", "shop", now), cluster.apply(manifest), cluster.create(manifest),
        cluster.delete(it), cluster.select(entry, {"a": "b"}),
    ]  # fmt: skip
    if revision is not None:
        calls.append(cluster.roll_back(it, revision))
    for call in calls:
        with suppress(SovereignError):
            await call
    for generator in (cluster.watch_workloads("prod"), cluster.watch_pods("prod"), cluster.follow_log("prod", LogRequest(pod="a"))):  # fmt: skip  # noqa: E501
        with suppress(SovereignError):
            async with aclosing(generator) as changes:
                await anext(changes)
                await anext(changes)


async def test_every_call_of_the_adapter_is_covered_for_members_who_operate() -> None:
    given = rules("sovereign-view", "sovereign-operate")
    async with scripted() as script, reached(script.url) as cluster:
        space = "/apis/apps/v1/namespaces/prod"
        pods = "/api/v1/namespaces/prod/pods"
        line = '{"type": "ADDED", "object": {"metadata": {"name": "a"}}}\n'
        script.on(f"GET {space}/replicasets", Answer(body=things.listed(things.replica_set(1))))
        script.on(f"GET {space}/deployments", Answer(body=things.listed()), Answer(body=things.listed()), Answer(lines=[line]))  # fmt: skip  # noqa: E501
        script.on(
            f"GET {pods}", Answer(body=things.listed()), Answer(body=things.listed()), Answer(lines=[line])
        )
        script.on(f"GET {space}/deployments/shop", Answer(body=things.deployment()))
        script.on(f"PATCH {space}/deployments/shop", Answer(body=things.deployment()))
        await everything(cluster)
    needed = {one for asked in script.asked if (one := access(asked))}
    members = {one for one in needed if one.resource not in EVERYBODYS}
    assert [str(one) for one in members if not allows(given, one)] == []
    methods = {name for name in vars(Cluster) if not name.startswith("_")} - {"name", "close"}
    assert len({(one.verb, one.resource) for one in needed}) >= 14, "each method asks for something"
    assert methods >= {"scale", "restart", "roll_back"}


def test_sovereign_itself_may_what_it_needs_and_acts_for_listed_groups_only() -> None:
    own = rules("sovereign")
    assert [str(one) for one in (*OWN, IMPERSONATE_USERS) if not allows(own, one)] == []
    assert allows(own, impersonate_group("DevOps"))
    assert not allows(own, Access(verb="impersonate", resource="groups", name="system:masters"))
    writing = {"create", "update", "patch", "delete", "*"}
    changing = [rule for rule in own if writing & {*rule["verbs"]}]
    assert [rule["resources"] for rule in changing] == [["subjectaccessreviews"]]
