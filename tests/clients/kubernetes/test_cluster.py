"""The adapter against a server that answers as told: what is asked, for whom, and what refusals become."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sovereign.clients.kubernetes import connection
from sovereign.clients.kubernetes.changes import merge_patch
from sovereign.clients.kubernetes.cluster import Kubernetes
from sovereign.core import clock
from sovereign.core.errors import ClusterSilent, Moved, NotAllowed, NotFound, Unacceptable
from sovereign.domain.cluster import Access, Identity, LogRequest
from tests.clients.kubernetes import things
from tests.clients.kubernetes.scripted import Answer, Scripted, reached, scripted

ONE = "/apis/apps/v1/namespaces/prod/deployments/shop"
ADA = Identity(user="discord:7", groups=("sovereign:Developers", "sovereign:On-Call"))


@pytest.fixture
async def script() -> AsyncIterator[Scripted]:
    async with scripted() as it:
        yield it


@pytest.fixture
async def cluster(script: Scripted) -> AsyncIterator[Kubernetes]:
    async with reached(script.url) as it:
        yield it


async def test_a_call_is_made_in_the_members_name_with_every_group(
    script: Scripted, cluster: Kubernetes
) -> None:
    script.on(f"GET {ONE}", Answer(body=things.deployment()))
    found = await cluster.workload("prod", "shop", as_who=ADA)
    assert (found.images, found.revision, found.ready) == ({"shop": "acme/shop:2"}, 4, 2)
    [asked] = script.asked
    assert asked.impersonated == ("discord:7", ["sovereign:Developers", "sovereign:On-Call"])
    assert asked.authorization == "Bearer t"


async def test_a_refusal_says_what_the_cluster_does_not_let_whom_do(
    script: Scripted, cluster: Kubernetes
) -> None:
    message = (
        'deployments.apps "shop" is forbidden: User "discord:7" cannot get resource "deployments"'
        ' in API group "apps" in the namespace "prod"'
    )
    script.on(f"GET {ONE}", Answer(status=403, body=things.refused(403, "Forbidden", message)))
    with pytest.raises(NotAllowed) as refused:
        await cluster.workload("prod", "shop", as_who=ADA)
    assert refused.value.public == (
        "main does not let you get deployments in the namespace prod."
        " There you are discord:7 (sovereign:Developers, sovereign:On-Call)."
    )
    with pytest.raises(NotAllowed, match="does not let Sovereign itself get deployments"):
        await cluster.workload("prod", "shop")


async def test_lacking_impersonation_is_told_as_ours_to_mend(script: Scripted, cluster: Kubernetes) -> None:
    message = (
        'users "discord:7" is forbidden: User "system:serviceaccount:ops:sovereign" cannot impersonate'
        ' resource "users" in API group "" at the cluster scope'
    )
    script.on(f"GET {ONE}", Answer(status=403, body=things.refused(403, "Forbidden", message)))
    with pytest.raises(NotAllowed, match="does not let Sovereign act for members"):
        await cluster.workload("prod", "shop", as_who=ADA)


@pytest.mark.parametrize(
    ("status", "reason", "error", "words"),
    [
        (404, "NotFound", NotFound, "main has no such thing"),
        (409, "Conflict", Moved, "changed meanwhile in main"),
        (409, "AlreadyExists", Unacceptable, "main has it already"),
        (422, "Invalid", Unacceptable, "main refuses it"),
        (400, "BadRequest", Unacceptable, "main refuses it"),
        (429, "TooManyRequests", ClusterSilent, "asked too much"),
        (503, "ServiceUnavailable", ClusterSilent, "answers 503"),
    ],
)
async def test_every_refusal_has_its_own_error(
    script: Scripted, cluster: Kubernetes, status: int, reason: str, error: type[Exception], words: str
) -> None:
    script.on(f"GET {ONE}", Answer(status=status, body=things.refused(status, reason, "it is so")))
    with pytest.raises(error, match=words):
        await cluster.workload("prod", "shop")


async def test_credentials_that_are_refused_are_read_again_once(
    script: Scripted, cluster: Kubernetes
) -> None:
    script.on(f"GET {ONE}", Answer(status=401, body={}), Answer(body=things.deployment()))
    assert (await cluster.workload("prod", "shop")).name == "shop"
    script.on(f"GET {ONE}", Answer(status=401, body={}))
    with pytest.raises(ClusterSilent, match="look at its credentials"):
        await cluster.workload("prod", "shop")


async def test_a_frozen_server_ends_a_call_in_time_and_a_write_is_left_in_doubt(
    script: Scripted, cluster: Kubernetes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "READ", 0.1)
    script.on(f"GET {ONE}", Answer(hangs=True))
    script.on(f"PATCH {ONE}/scale", Answer(hangs=True))
    with pytest.raises(ClusterSilent, match="no answer in time") as silent:
        await cluster.workload("prod", "shop")
    assert not silent.value.in_doubt
    with pytest.raises(ClusterSilent, match="look before you try again") as doubtful:
        await cluster.scale("prod", "shop", 3)
    assert doubtful.value.in_doubt


async def test_a_server_that_is_not_there_leaves_no_doubt() -> None:
    async with reached("http://127.0.0.1:1") as cluster:
        with pytest.raises(ClusterSilent, match="cannot be reached") as silent:
            await cluster.scale("prod", "shop", 3)
    assert not silent.value.in_doubt


async def test_a_change_is_made_only_to_what_was_looked_at(script: Scripted, cluster: Kubernetes) -> None:
    script.on(f"GET {ONE}", Answer(body=things.deployment(generation=4)))
    with pytest.raises(Moved, match="changed meanwhile by somebody else"):
        await cluster.restart("prod", "shop", clock.now(), expecting=3)
    assert [one.method for one in script.asked] == ["GET"]


async def test_a_change_of_state_between_look_and_change_is_tried_over(
    script: Scripted, cluster: Kubernetes
) -> None:
    conflict = Answer(status=409, body=things.refused(409, "Conflict", "modified"))
    script.on(
        f"GET {ONE}", Answer(body=things.deployment(version="7")), Answer(body=things.deployment(version="8"))
    )
    script.on(f"PATCH {ONE}", conflict, Answer(body=things.deployment(generation=4)))
    done = await cluster.set_image("prod", "shop", {"shop": "acme/shop:3"}, expecting=3)
    patches = [one for one in script.asked if one.method == "PATCH"]
    assert [one.body["metadata"]["resourceVersion"] for one in patches] == ["7", "8"]
    assert patches[1].content == "application/strategic-merge-patch+json"
    assert done.generation == 4


async def test_rolling_back_replaces_the_pods_and_leaves_the_rest(
    script: Scripted, cluster: Kubernetes
) -> None:
    sets = "/apis/apps/v1/namespaces/prod/replicasets"
    foreign = things.replica_set(9, owner="u-other")
    script.on(f"GET {ONE}", Answer(body=things.deployment()))
    script.on(
        f"GET {sets}", Answer(body=things.listed(things.replica_set(1), foreign, things.replica_set(3)))
    )
    script.on(f"PATCH {ONE}", Answer(body=things.deployment(generation=4)))
    workload = await cluster.workload("prod", "shop")
    revisions = await cluster.revisions(workload)
    assert [one.number for one in revisions] == [3, 1]
    await cluster.roll_back(workload, revisions[1])
    patch = script.asked[-1]
    assert patch.content == "application/merge-patch+json"
    template = patch.body["spec"]["template"]
    assert template == {"spec": {"containers": [{"name": "shop", "image": "acme/shop:1"}]}}


def test_a_merge_patch_says_what_is_gone() -> None:
    assert merge_patch({"a": 1, "b": {"c": 1, "d": 2}}, {"b": {"c": 1, "e": 3}}) == {
        "a": None,
        "b": {"d": None, "e": 3},
    }


async def test_a_list_is_read_page_by_page_and_begins_anew_where_its_place_is_lost(
    script: Scripted, cluster: Kubernetes
) -> None:
    pods = "GET /api/v1/namespaces/prod/pods"
    script.on(
        pods,
        Answer(body=things.listed(things.pod("a"), more="m")),
        Answer(status=410, body=things.refused(410, "Expired", "too old")),
        Answer(body=things.listed(things.pod("b"), more="m")),
        Answer(body=things.listed(things.pod("c"))),
    )
    found = await cluster.pods("prod", {"app": "shop"})
    assert [one.name for one in found] == ["b", "c"]
    assert ("labelSelector", "app=shop") in script.asked[0].query


async def test_a_name_never_leads_to_another_path(script: Scripted, cluster: Kubernetes) -> None:
    with pytest.raises(NotFound):
        await cluster.log("prod", LogRequest(pod="../../secrets/x?y=#"))
    assert script.asked[0].path == "/api/v1/namespaces/prod/pods/../../secrets/x?y=#/log"
    assert not script.asked[0].query or ("limitBytes", "2097152") in script.asked[0].query


async def test_a_log_is_followed_line_by_line(script: Scripted, cluster: Kubernetes) -> None:
    path = "GET /api/v1/namespaces/prod/pods/a/log"
    script.on(path, Answer(lines=["one\ntw", "o\nthr", "ee"]))
    wanted = LogRequest(pod="a", tail=5, container="shop")
    found = [line async for line in cluster.follow_log("prod", wanted)]
    assert found == ["one", "two", "three"]
    assert dict(script.asked[0].query) == {"container": "shop", "tailLines": "5", "follow": "true"}
    script.on(path, Answer(status=404, body=things.refused(404, "NotFound", 'pods "a" not found')))
    with pytest.raises(NotFound):
        _ = [line async for line in cluster.follow_log("prod", wanted)]


async def test_who_may_what_is_asked_for_others_and_for_ourselves(
    script: Scripted, cluster: Kubernetes
) -> None:
    wanted = Access(verb="patch", resource="deployments/scale", group="apps", namespace="prod")
    base = "POST /apis/authorization.k8s.io/v1/"
    script.on(f"{base}subjectaccessreviews", Answer(status=201, body={"status": {"allowed": True}}))
    script.on(f"{base}selfsubjectaccessreviews", Answer(status=201, body={"status": {"allowed": False}}))
    assert await cluster.may(ADA, wanted)
    assert not await cluster.may(None, wanted)
    spec = script.asked[0].body["spec"]
    assert (spec["user"], spec["groups"]) == ("discord:7", ["sovereign:Developers", "sovereign:On-Call"])
    assert spec["resourceAttributes"]["subresource"] == "scale"
