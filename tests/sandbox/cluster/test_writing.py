"""Writes: versions that are checked, patches of every kind, server-side apply, dry runs, deletion."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.cluster.conftest import APPLY, APPS, CORE, MERGE, STRATEGIC, Hand, complete, web

JSON_PATCH = "application/json-patch+json"
WEB = f"{APPS}/deployments/web"


@pytest.fixture
async def made(hand: Hand) -> Hand:
    await hand.post(f"{APPS}/deployments", web())
    await hand.rolled_out()
    return hand


async def apply(hand: Hand, body: Any, manager: str, status: int = 200, *, force: bool = False) -> Any:
    path = f"{WEB}?fieldManager={manager}" + ("&force=true" if force else "")
    got, answer = await hand.call("PATCH", path, body, kind=APPLY)
    assert got == status, answer
    return answer


def managed(item: Any, manager: str) -> Any:
    found = [one for one in item["metadata"]["managedFields"] if one["manager"] == manager]
    return found[0]["fieldsV1"] if found else None


async def test_of_two_who_read_the_same_version_one_writes(made: Hand) -> None:
    item = await made.deployment()
    item["metadata"]["labels"] = {"first": "yes"}
    status, _ = await made.call("PUT", WEB, item)
    assert status == 200
    item["metadata"]["labels"] = {"second": "yes"}
    status, refusal = await made.call("PUT", WEB, item)
    assert status == 409
    assert refusal["reason"] == "Conflict"
    assert "the object has been modified" in refusal["message"]
    assert (await made.deployment())["metadata"]["labels"] == {"first": "yes"}


async def test_a_patch_may_insist_on_a_version(made: Hand) -> None:
    version = (await made.deployment())["metadata"]["resourceVersion"]
    body: Any = {"metadata": {"resourceVersion": version, "labels": {"a": "1"}}}
    await made.patch(WEB, body, MERGE)
    await made.patch(WEB, {"metadata": {**body["metadata"], "labels": {"a": "2"}}}, MERGE, status=409)


async def test_writing_what_is_there_already_changes_nothing(made: Hand) -> None:
    before = await made.deployment()
    after = await made.patch(WEB, {"spec": {"replicas": 2}}, MERGE)
    assert after["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (MERGE, {"metadata": {"annotations": {"note": "x"}}}),
        (STRATEGIC, {"metadata": {"annotations": {"note": "x"}}}),
        (JSON_PATCH, [{"op": "add", "path": "/metadata/annotations/note", "value": "x"}]),
    ],
)
async def test_every_kind_of_patch_adds_a_field_and_leaves_the_generation(
    made: Hand, kind: str, body: Any
) -> None:
    after = await made.patch(WEB, body, kind)
    assert after["metadata"]["annotations"]["note"] == "x"
    assert after["metadata"]["generation"] == 1


async def test_a_strategic_patch_finds_items_by_their_key(made: Hand) -> None:
    env = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    await made.patch(WEB, _container({"name": "web", "env": env}))
    change = [{"name": "A", "$patch": "delete"}, {"name": "B", "value": "3"}, {"name": "C", "value": "4"}]
    after = await made.patch(WEB, _container({"name": "web", "env": change}))
    container = after["spec"]["template"]["spec"]["containers"][0]
    assert {one["name"]: one["value"] for one in container["env"]} == {"B": "3", "C": "4"}
    assert container["image"] == "lab/web:1"


async def test_a_merge_patch_replaces_lists_whole(made: Hand) -> None:
    patch = _container({"name": "web", "image": "lab/web:2"})
    after = await made.patch(WEB, patch, MERGE)
    container = after["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == "lab/web:2"
    assert "env" not in container


def _container(container: Any) -> Any:
    return {"spec": {"template": {"spec": {"containers": [container]}}}}


async def test_a_json_patch_whose_test_fails_changes_nothing(made: Hand) -> None:
    operations = [
        {"op": "test", "path": "/spec/replicas", "value": 7},
        {"op": "replace", "path": "/spec/replicas", "value": 9},
    ]
    await made.patch(WEB, operations, JSON_PATCH, status=422)
    assert (await made.deployment())["spec"]["replicas"] == 2


async def test_an_unknown_content_type_of_a_patch_is_refused(made: Hand) -> None:
    refusal = await made.patch(WEB, {}, "application/json", status=415)
    assert refusal["reason"] == "UnsupportedMediaType"


async def test_an_apply_conflicts_until_it_is_forced_and_then_owns_the_field(hand: Hand) -> None:
    await apply(hand, web(), "one", 201)
    refusal = await apply(hand, web(replicas=5), "two", 409)
    assert refusal["message"] == 'Apply failed with 1 conflict: conflict with "one": .spec.replicas'
    after = await apply(hand, web(replicas=5), "two", force=True)
    assert after["spec"]["replicas"] == 5
    assert "f:replicas" not in managed(after, "one")["f:spec"]
    assert "f:replicas" in managed(after, "two")["f:spec"]


async def test_an_apply_may_share_a_field_that_it_wants_the_same(hand: Hand) -> None:
    await apply(hand, web(), "one", 201)
    after = await apply(hand, web(), "two")
    assert managed(after, "one") == managed(after, "two")


async def test_an_apply_conflicts_with_whoever_updated_the_field(hand: Hand) -> None:
    await apply(hand, web(), "one", 201)
    status, _ = await hand.call(
        "PATCH", f"{WEB}/scale?fieldManager=scaler", {"spec": {"replicas": 4}}, kind=MERGE
    )
    assert status == 200
    refusal = await apply(hand, web(), "one", 409)
    assert 'conflict with "scaler" with subresource "scale" using apps/v1' in refusal["message"]


async def test_what_an_apply_no_longer_states_goes_unless_somebody_else_holds_it(hand: Hand) -> None:
    body = web()
    body["metadata"]["labels"] = {"mine": "1", "ours": "1"}
    await apply(hand, body, "one", 201)
    other = web()
    other["metadata"]["labels"] = {"ours": "1"}
    await apply(hand, other, "two")
    after = await apply(hand, web(), "one")
    assert after["metadata"]["labels"] == {"ours": "1"}


async def test_an_apply_merges_containers_by_name_and_takes_its_own_out_again(hand: Hand) -> None:
    await apply(hand, web(), "one", 201)
    with_more = web()
    with_more["spec"]["template"]["spec"]["containers"].append({"name": "proxy", "image": "lab/proxy:1"})
    after = await apply(hand, with_more, "one")
    assert [one["name"] for one in after["spec"]["template"]["spec"]["containers"]] == ["web", "proxy"]
    after = await apply(hand, web(), "one")
    assert [one["name"] for one in after["spec"]["template"]["spec"]["containers"]] == ["web"]


async def test_applying_the_same_twice_changes_no_version(hand: Hand) -> None:
    first = await apply(hand, web(), "one", 201)
    await hand.rolled_out()
    before = await hand.deployment()
    after = await apply(hand, web(), "one")
    assert after["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]
    assert after["metadata"]["generation"] == first["metadata"]["generation"]


async def test_an_apply_needs_a_manager_and_known_fields(hand: Hand) -> None:
    status, refusal = await hand.call("PATCH", WEB, web(), kind=APPLY)
    assert status == 400
    assert "fieldManager" in refusal["message"]
    await apply(hand, web() | {"spec": {**web()["spec"], "replica": 1}}, "one", 500)


@pytest.mark.parametrize(
    ("method", "path", "kind", "body"),
    [
        ("POST", f"{APPS}/deployments", "application/json", web() | {"metadata": {"name": "other"}}),
        ("PATCH", WEB, MERGE, {"spec": {"replicas": 9}}),
        ("PATCH", f"{WEB}/scale", MERGE, {"spec": {"replicas": 9}}),
        ("PATCH", WEB, APPLY, web(replicas=9)),
        ("DELETE", WEB, "application/json", None),
    ],
)
async def test_a_dry_run_shows_what_would_be_and_leaves_no_trace(
    made: Hand, method: str, path: str, kind: str, body: Any
) -> None:
    before = await made.get(f"{APPS}/deployments")
    status, answer = await made.call(method, f"{path}?dryRun=All&fieldManager=m&force=true", body, kind=kind)
    assert status in (200, 201), answer
    if kind in (MERGE, APPLY):
        assert answer["spec"]["replicas"] == 9
    assert await made.get(f"{APPS}/deployments") == before


async def test_unknown_fields_are_refused_warned_of_or_ignored(made: Hand) -> None:
    body = web() | {"metadata": {"name": "odd"}, "spec": {**web()["spec"], "colour": "red"}}
    status, refusal = await made.call("POST", f"{APPS}/deployments?fieldValidation=Strict", body)
    assert (status, refusal["reason"]) == (400, "BadRequest")
    url = f"{made.it.url}{APPS}/deployments?dryRun=All"
    async with made.session.post(url, json=body) as answer:
        assert answer.status == 201
        assert "colour" in answer.headers["Warning"]
        assert "colour" not in (await answer.json())["spec"]


async def test_a_number_in_words_is_refused(made: Hand) -> None:
    refusal = await made.patch(WEB, {"spec": {"replicas": "two"}}, MERGE, status=400)
    assert "cannot unmarshal string" in refusal["message"]


async def test_a_selector_never_changes(made: Hand) -> None:
    refusal = await made.patch(WEB, {"spec": {"selector": {"matchLabels": {"app": "x"}}}}, MERGE, status=422)
    assert refusal["reason"] == "Invalid"


async def test_deleting_a_deployment_takes_what_it_made(made: Hand) -> None:
    status, answer = await made.call("DELETE", WEB)
    assert (status, answer["status"]) == (200, "Success")
    await made.until(f"{CORE}/pods", lambda it: not it["items"])
    assert not (await made.get(f"{APPS}/replicasets"))["items"]


async def test_orphans_are_left_alone(made: Hand) -> None:
    await made.call("DELETE", f"{WEB}?propagationPolicy=Orphan")
    sets = await made.until(f"{APPS}/replicasets", lambda it: len(it["items"]) == 1)
    assert "ownerReferences" not in sets["items"][0]["metadata"]
    assert len(await made.pods()) == 2


async def test_a_deleted_pod_stops_and_another_takes_its_place(made: Hand) -> None:
    name = (await made.pods())[0]["metadata"]["name"]
    status, pod = await made.call("DELETE", f"{CORE}/pods/{name}")
    assert (status, pod["kind"]) == (200, "Pod")
    assert pod["metadata"]["deletionTimestamp"]
    await made.until(f"{CORE}/pods", lambda it: name not in [one["metadata"]["name"] for one in it["items"]])
    await made.until(WEB, complete)


async def test_a_namespace_goes_with_all_that_is_in_it(made: Hand) -> None:
    await made.call("DELETE", "/api/v1/namespaces/dev")
    await made.until("/api/v1/namespaces", lambda it: "dev" not in str(it["items"]))
    status, _ = await made.call("GET", WEB)
    assert status == 404
    status, refusal = await made.call("POST", f"{APPS}/deployments", web())
    assert (status, refusal["message"]) == (404, 'namespaces "dev" not found')
