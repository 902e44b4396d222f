"""Permissions: by token or in somebody's name, judged by RBAC objects, refused in Kubernetes' words."""

from __future__ import annotations

from typing import Any

from tests.sandbox.cluster.conftest import APPS, CORE, MERGE, Hand, web

RBAC = "/apis/rbac.authorization.k8s.io/v1"
REVIEWS = "/apis/authorization.k8s.io/v1"
ADA = "discord:100"


def member(*roles: str, name: str = ADA) -> list[tuple[str, str]]:
    groups = [("Impersonate-Group", f"sovereign:{role}") for role in roles]
    return [("Authorization", "Bearer sandbox-sovereign"), ("Impersonate-User", name), *groups]


async def may(hand: Hand, headers: list[tuple[str, str]], method: str, path: str, body: object = None) -> Any:
    status, answer = await hand.call(
        method, path, body, headers=headers, kind=MERGE if body else "application/json"
    )
    assert status in (200, 201, 403), answer
    return True if status < 300 else answer


async def test_a_member_may_what_one_of_several_roles_may(hand: Hand) -> None:
    await hand.post(f"{APPS}/deployments", web())
    scale, body = f"{APPS}/deployments/web/scale", {"spec": {"replicas": 1}}
    assert await may(hand, member("Contractors", "QA", "Developers"), "PATCH", scale, body) is True
    refusal = await may(hand, member("Contractors", "QA"), "PATCH", scale, body)
    assert refusal["message"] == (
        'deployments.apps "web" is forbidden: User "discord:100" cannot patch resource "deployments/scale" '
        'in API group "apps" in the namespace "dev"'
    )
    assert refusal["details"] == {"name": "web", "group": "apps", "kind": "deployments"}


async def test_roles_differ_by_namespace(hand: Hand) -> None:
    for namespace, allowed in (("dev", True), ("staging", True), ("prod", False)):
        path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
        assert await may(hand, member("Developers"), "GET", path) is True
        status, _ = await hand.call("POST", path, web(), headers=member("Developers"))
        assert (status == 201) is allowed


async def test_a_contractor_sees_nothing(hand: Hand) -> None:
    refusal = await may(hand, member("Contractors"), "GET", f"{CORE}/pods")
    assert refusal["message"] == (
        'pods is forbidden: User "discord:100" cannot list resource "pods" in API group "" '
        'in the namespace "dev"'
    )


async def test_the_bot_itself_reads_no_secrets_and_an_unknown_token_is_nobody(hand: Hand) -> None:
    status, _ = await hand.call("GET", f"{CORE}/secrets", headers=hand.bot)
    assert status == 403
    status, refusal = await hand.call("GET", f"{CORE}/pods", headers={"Authorization": "Bearer wrong"})
    assert (status, refusal["message"]) == (401, "Unauthorized")


async def test_only_who_may_impersonate_does(hand: Hand) -> None:
    await hand.drive("revoke", user="nobody")  # nothing to take: nothing happens
    role = await hand.get(f"{RBAC}/clusterroles/sovereign")
    role["rules"] = [rule for rule in role["rules"] if "impersonate" not in rule["verbs"]]
    status, _ = await hand.call("PUT", f"{RBAC}/clusterroles/sovereign", role)
    assert status == 200
    refusal = await may(hand, member("Owner"), "GET", f"{CORE}/pods")
    assert refusal["message"] == (
        'users "discord:100" is forbidden: User "system:serviceaccount:sovereign:sovereign" cannot '
        'impersonate resource "users" in API group "" at the cluster scope'
    )


async def test_reviews_answer_by_the_rules_that_calls_are_judged_by(hand: Hand) -> None:
    for role, verb, namespace in (
        ("Developers", "patch", "dev"),
        ("Developers", "patch", "prod"),
        ("QA", "list", "prod"),
        ("Contractors", "list", "prod"),
    ):
        body = {
            "spec": {
                "user": ADA,
                "groups": [f"sovereign:{role}"],
                "resourceAttributes": {
                    "group": "apps", "resource": "deployments", "verb": verb,
                    "namespace": namespace, "name": "x",
                },
            }
        }  # fmt: skip
        status, review = await hand.call("POST", f"{REVIEWS}/subjectaccessreviews", body, headers=hand.bot)
        assert status == 201
        path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
        method, path = ("GET", path) if verb == "list" else ("PATCH", f"{path}/x")
        status, _ = await hand.call(
            method, path, {} if verb == "patch" else None, kind=MERGE, headers=member(role)
        )
        assert review["status"]["allowed"] is (status != 403)
        if review["status"]["allowed"]:
            assert f'to Group "sovereign:{role}"' in review["status"]["reason"]


async def test_rights_are_given_and_taken_by_the_driver(hand: Hand) -> None:
    path = "/api/v1/namespaces/prod/pods"
    assert await may(hand, member(), "GET", path) is not True
    await hand.drive("grant", user=ADA, role="view", namespace="prod")
    assert await may(hand, member(), "GET", path) is True
    assert await may(hand, member(), "GET", f"{CORE}/pods") is not True
    await hand.drive("revoke", user=ADA)
    assert await may(hand, member(), "GET", path) is not True
    told = await hand.drive("grant", 400, user=ADA, role="king")
    assert told["error"].startswith("role is one of")


async def test_everybody_may_ask_about_themselves(hand: Hand) -> None:
    headers = member("QA")
    status, review = await hand.call(
        "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, headers=headers
    )
    assert status == 201
    assert review["status"]["userInfo"] == {
        "username": ADA,
        "groups": ["sovereign:QA", "system:authenticated"],
    }
    body = {"spec": {"resourceAttributes": {"resource": "pods", "verb": "delete", "namespace": "prod"}}}
    status, review = await hand.call("POST", f"{REVIEWS}/selfsubjectaccessreviews", body, headers=headers)
    assert (status, review["status"]) == (201, {"allowed": False})
    status, review = await hand.call(
        "POST", f"{REVIEWS}/selfsubjectrulesreviews", {"spec": {"namespace": "prod"}}, headers=headers
    )
    assert any("pods/log" in rule["resources"] for rule in review["status"]["resourceRules"])


async def test_pages_from_elsewhere_are_refused(hand: Hand) -> None:
    for headers in ({"Origin": "http://evil.example"}, {"Host": "evil.example"}):
        status, _ = await hand.call("GET", "/api/v1/pods", headers=headers)
        assert status == 403
