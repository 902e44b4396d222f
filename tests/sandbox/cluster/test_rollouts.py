"""Rollouts take Kubernetes' steps: within their bounds, with its reasons, and as badly as the image wants."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from sovereign.sandbox.cluster.controllers.pods import PULL, READY
from sovereign.sandbox.cluster.images import SLOWNESS
from tests.sandbox.cluster.conftest import APPS, CORE, MERGE, Hand, complete, condition, web, with_image

DEPLOYMENTS = f"{APPS}/deployments"


async def running(hand: Hand, image: str = "lab/web:1", replicas: int = 2, **spec: object) -> None:
    await hand.post(DEPLOYMENTS, web(image, replicas, **spec))
    await hand.rolled_out()


async def steps(hand: Hand, since: str, end: Any) -> list[Any]:
    """Every state of the deployment after a version, until one is the end."""
    seen: list[Any] = []
    path = f"{hand.it.url}{DEPLOYMENTS}?watch=1&timeoutSeconds=8&resourceVersion={since}"
    async with asyncio.timeout(8), hand.session.get(path) as answer:
        async for line in answer.content:
            seen.append(json.loads(line)["object"])
            if end(seen[-1]):
                return seen
    raise AssertionError(f"it never ended: {json.dumps(seen[-1]['status'])}")


def reason(item: Any) -> str:
    return str(condition(item, "Progressing")["reason"])


async def test_a_rolling_update_stays_within_its_bounds(hand: Hand) -> None:
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 2, "maxUnavailable": 1}}
    await running(hand, replicas=5, strategy=rolling)
    before = await hand.deployment()
    await hand.roll_to("lab/web:2")
    seen = await steps(hand, before["metadata"]["resourceVersion"], lambda it: complete(it) and reason(it))
    assert max(one["status"]["replicas"] for one in seen) <= 7
    assert min(one["status"].get("availableReplicas", 0) for one in seen) >= 4
    assert {"ReplicaSetUpdated", "NewReplicaSetAvailable"} <= set(map(reason, seen))
    assert len({one["status"].get("updatedReplicas", 0) for one in seen}) > 2, "it went in steps"
    assert seen[-1]["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "2"


async def test_recreate_never_runs_two_versions_side_by_side(hand: Hand) -> None:
    await running(hand, strategy={"type": "Recreate"})
    before = (await hand.get(f"{CORE}/pods"))["metadata"]["resourceVersion"]
    await hand.roll_to("lab/web:2")
    await hand.rolled_out()
    path = f"{hand.it.url}{CORE}/pods?watch=1&timeoutSeconds=1&resourceVersion={before}"
    gone: set[str] = set()
    async with hand.session.get(path) as answer:
        async for line in answer.content:
            change = json.loads(line)
            if change["type"] == "DELETED":
                gone.add(change["object"]["metadata"]["name"])
            if change["type"] == "ADDED":
                break
    assert len(gone) == 2, "a new pod came before the old ones had gone"


async def test_a_paused_deployment_waits_and_goes_on(hand: Hand) -> None:
    await running(hand)
    await hand.patch(f"{DEPLOYMENTS}/web", {"spec": {"paused": True}}, MERGE)
    await hand.roll_to("lab/web:2")
    paused = await hand.until(f"{DEPLOYMENTS}/web", lambda it: reason(it) == "DeploymentPaused")
    assert paused["status"].get("updatedReplicas", 0) == 0 or complete(paused) is False
    await hand.patch(f"{DEPLOYMENTS}/web", {"spec": {"paused": None}}, MERGE)
    done = await hand.rolled_out()
    assert {pod["spec"]["containers"][0]["image"] for pod in await hand.pods()} >= {"lab/web:2"}
    assert done["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "2"


async def test_scaling_goes_both_ways_and_leaves_the_revision(hand: Hand) -> None:
    await running(hand)
    done: Any = {}
    for count in (5, 1, 0, 2):
        scale = await hand.patch(f"{DEPLOYMENTS}/web/scale", {"spec": {"replicas": count}}, MERGE)
        assert scale["kind"] == "Scale"
        assert scale["spec"]["replicas"] == count
        done = await hand.until(f"{DEPLOYMENTS}/web", complete)
        assert done["status"].get("readyReplicas", 0) == count
    assert done["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "1"
    assert len((await hand.get(f"{APPS}/replicasets"))["items"]) == 1


async def test_going_back_takes_up_the_old_replica_set_as_a_new_revision(hand: Hand) -> None:
    await running(hand)
    first = (await hand.get(f"{APPS}/replicasets"))["items"][0]["metadata"]["name"]
    await hand.roll_to("lab/web:2")
    await hand.rolled_out()
    await hand.roll_to("lab/web:1")
    done = await hand.rolled_out()
    sets = {one["metadata"]["name"]: one for one in (await hand.get(f"{APPS}/replicasets"))["items"]}
    assert sets[first]["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "3"
    assert sets[first]["status"]["readyReplicas"] == 2
    assert len(sets) == 2
    assert first in condition(done, "Progressing")["message"]


async def test_old_replica_sets_are_kept_as_many_as_wanted(hand: Hand) -> None:
    await running(hand, replicas=1, revisionHistoryLimit=1)
    for number in (2, 3, 4):
        await hand.roll_to(f"lab/web:{number}")
        await hand.rolled_out()
    found = await hand.until(f"{APPS}/replicasets", lambda it: len(it["items"]) == 2)
    notes = [one["metadata"]["annotations"]["deployment.kubernetes.io/revision"] for one in found["items"]]
    assert sorted(notes) == ["3", "4"]


async def test_minimum_ready_seconds_delay_availability(hand: Hand) -> None:
    await hand.drive("speed", speed=20)
    await hand.post(DEPLOYMENTS, web(replicas=1, minReadySeconds=1))
    ready = await hand.until(f"{DEPLOYMENTS}/web", lambda it: it["status"].get("readyReplicas") == 1)
    assert ready["status"].get("availableReplicas", 0) == 0
    await hand.rolled_out()


def container(pod: Any) -> Any:
    return pod["status"]["containerStatuses"][0]


def waiting(pod: Any) -> str:
    return str((container(pod)["state"].get("waiting") or {}).get("reason"))


ILLS = {
    "crash": lambda pod: waiting(pod) == "CrashLoopBackOff" and container(pod)["restartCount"] >= 1,
    "oom": lambda pod: waiting(pod) == "CrashLoopBackOff" and container(pod)["restartCount"] >= 1,
    "nopull": lambda pod: waiting(pod) == "ImagePullBackOff",
    "unready": lambda pod: "running" in container(pod)["state"] and not container(pod)["ready"],
}
EVENTS = {
    "crash": {"BackOff", "Started"},
    "oom": {"BackOff", "Started"},
    "nopull": {"Failed", "BackOff", "Pulling"},
    "unready": {"Unhealthy", "Started"},
}


@pytest.mark.parametrize("ill", ILLS)
async def test_an_image_fails_as_its_tag_says_and_the_old_pods_stay(hand: Hand, ill: str) -> None:
    await running(hand, progressDeadlineSeconds=20)
    await hand.roll_to(f"lab/web:2-{ill}")
    late = await hand.until(
        f"{DEPLOYMENTS}/web", lambda it: reason(it) == "ProgressDeadlineExceeded", within=8
    )
    assert condition(late, "Progressing")["status"] == "False"
    assert condition(late, "Available")["status"] == "True"
    assert late["status"]["readyReplicas"] == 2, "the old ones go on"
    path = f"{CORE}/pods?labelSelector=app=web"
    found = await hand.until(path, lambda it: any(map(ILLS[ill], it["items"])))
    pod = next(filter(ILLS[ill], found["items"]))
    if ill in ("crash", "oom"):
        ended = container(pod)["lastState"]["terminated"]
        wanted = ("OOMKilled", 137) if ill == "oom" else ("Error", 1)
        assert (ended["reason"], ended["exitCode"]) == wanted
        status, text = await hand.call("GET", f"{CORE}/pods/{pod['metadata']['name']}/log?previous=true")
        assert status == 200
        assert ("cannot allocate" if ill == "oom" else "DATABASE_URL is not set") in text
    about = f"{CORE}/events?fieldSelector=involvedObject.name={pod['metadata']['name']}"
    await hand.until(about, lambda it: EVENTS[ill] <= {event["reason"] for event in it["items"]})


async def test_a_slow_image_takes_several_times_longer_and_succeeds(hand: Hand) -> None:
    await hand.drive("speed", speed=12)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await running(hand, "lab/web:3-slow", replicas=1)
    assert loop.time() - began >= 0.95 * SLOWNESS * (PULL + READY) / 12


async def test_a_rollout_that_failed_is_mended_by_the_next(hand: Hand) -> None:
    await running(hand, progressDeadlineSeconds=5)
    await hand.roll_to("lab/web:2-nopull")
    await hand.until(f"{DEPLOYMENTS}/web", lambda it: reason(it) == "ProgressDeadlineExceeded")
    await hand.roll_to("lab/web:3")
    await hand.rolled_out()
    await hand.until(f"{CORE}/pods", lambda it: len(it["items"]) == 2)


async def test_a_quota_shows_as_a_failure_of_the_replica_set(hand: Hand) -> None:
    await hand.post(f"{CORE}/resourcequotas", {"metadata": {"name": "few"}, "spec": {"hard": {"pods": "1"}}})
    await hand.post(DEPLOYMENTS, web(replicas=2))
    failed = await hand.until(f"{DEPLOYMENTS}/web", lambda it: condition(it, "ReplicaFailure"))
    assert "exceeded quota: few" in condition(failed, "ReplicaFailure")["message"]
    quota = await hand.until(
        f"{CORE}/resourcequotas/few", lambda it: it["status"].get("used", {}).get("pods") == "1"
    )
    assert quota["status"]["hard"] == {"pods": "1"}


async def test_services_follow_the_pods_that_are_ready(hand: Hand) -> None:
    await running(hand)
    body = {"metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}}
    await hand.post(f"{CORE}/services", body)
    slices = (
        "/apis/discovery.k8s.io/v1/namespaces/dev/endpointslices?labelSelector=kubernetes.io/service-name=web"
    )

    def ready(it: Any) -> int:
        return sum(one["conditions"]["ready"] for each in it["items"] for one in each["endpoints"])

    await hand.until(slices, lambda it: ready(it) == 2)
    await hand.patch(f"{DEPLOYMENTS}/web", {"spec": {"replicas": 3}}, MERGE)
    await hand.until(slices, lambda it: ready(it) == 3)
    await hand.patch(f"{CORE}/services/web", {"spec": {"selector": {"app": "other"}}}, MERGE)
    await hand.until(slices, lambda it: ready(it) == 0)
    classic = await hand.get(f"{CORE}/endpoints/web")
    assert not classic.get("subsets")
    assert (await hand.patch(f"{DEPLOYMENTS}/web", with_image("lab/web:2")))["metadata"]["generation"] == 3
