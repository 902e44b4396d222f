"""The real kubernetes-asyncio client: it reads every kind, writes, follows logs, and watches over a 410."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from kubernetes_asyncio import client, config, watch
from kubernetes_asyncio.client import ApiClient, AppsV1Api, CoreV1Api
from kubernetes_asyncio.client.exceptions import ApiException
from multidict import CIMultiDict

from tests.sandbox.cluster.conftest import APPS, CORE, Hand, web, with_image


@pytest.fixture
async def api(hand: Hand) -> AsyncIterator[ApiClient]:
    """Configured by what the bot finds in its environment."""
    made = await config.new_client_from_config_dict(json.loads(hand.it.kubeconfig))
    async with made:
        yield made


async def test_every_kind_is_read_into_its_model(hand: Hand, api: ApiClient) -> None:
    await hand.post(f"{APPS}/deployments", web())
    await hand.rolled_out()
    body = {"metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}}
    await hand.post(f"{CORE}/services", body)
    core, apps = CoreV1Api(api), AppsV1Api(api)
    deployment = await apps.read_namespaced_deployment("web", "dev")
    assert deployment.status.ready_replicas == 2
    assert deployment.metadata.creation_timestamp.tzinfo is not None
    assert (await apps.read_namespaced_deployment_scale("web", "dev")).spec.replicas == 2
    assert (await apps.list_namespaced_replica_set("dev")).items[0].status.available_replicas == 2
    pods = (await core.list_namespaced_pod("dev", label_selector="app=web")).items
    assert {pod.status.phase for pod in pods} == {"Running"}
    assert (await core.list_namespaced_service("dev")).items[0].spec.ports[0].target_port == 80
    assert {event.reason for event in (await core.list_namespaced_event("dev")).items} >= {
        "Scheduled",
        "Started",
    }
    assert len((await core.list_namespace()).items) >= 3
    assert len((await core.list_node()).items) == 3
    response: Any = await client.EventsV1Api(api).list_namespaced_event("dev", _preload_content=False)
    newer = (await response.json())["items"]  # eventTime is null in some, as it is there, and the model minds
    assert {event["regarding"]["kind"] for event in newer} == {"Deployment", "ReplicaSet", "Pod"}
    path = "/apis/discovery.k8s.io/v1/namespaces/dev/endpointslices"
    await hand.until(path, lambda it: it["items"])
    slices = await client.DiscoveryV1Api(api).list_namespaced_endpoint_slice("dev")
    assert len(slices.items[0].endpoints) == 2
    assert (await client.VersionApi(api).get_code()).git_version.startswith("v1.36")
    usage = await client.CustomObjectsApi(api).list_namespaced_custom_object(
        "metrics.k8s.io", "v1beta1", "dev", "pods"
    )
    assert len(usage["items"]) == 2


async def test_leases_are_taken_and_renewed(api: ApiClient) -> None:
    leases = client.CoordinationV1Api(api)
    spec = client.V1LeaseSpec(holder_identity="a", lease_duration_seconds=15)
    made = await leases.create_namespaced_lease(
        "dev", client.V1Lease(metadata=client.V1ObjectMeta(name="l"), spec=spec)
    )
    made.spec.holder_identity = "b"
    await leases.replace_namespaced_lease("l", "dev", made)
    with pytest.raises(ApiException) as stale:
        await leases.replace_namespaced_lease("l", "dev", made)
    assert stale.value.status == 409


async def test_several_groups_are_impersonated_at_once(hand: Hand, api: ApiClient) -> None:
    await hand.post(f"{APPS}/deployments", web())
    headers: Any = CIMultiDict(
        [
            ("Impersonate-User", "discord:1"),
            ("Impersonate-Group", "sovereign:QA"),
            ("Impersonate-Group", "sovereign:Developers"),
            ("Authorization", "Bearer sandbox-sovereign"),
            ("Content-Type", "application/strategic-merge-patch+json"),
        ]
    )
    url = f"{hand.it.url}{APPS}/deployments/web"
    response = await api.rest_client.pool_manager.patch(
        url, headers=headers, data=json.dumps(with_image("lab/web:2"))
    )
    assert response.status == 200


async def test_a_log_is_followed_while_it_grows(hand: Hand, api: ApiClient) -> None:
    await hand.post(f"{APPS}/deployments", web(replicas=1))
    await hand.rolled_out()
    name = (await hand.pods())[0]["metadata"]["name"]
    core = CoreV1Api(api)
    assert "starting web" in await core.read_namespaced_pod_log(name, "dev", tail_lines=100)
    response: Any = await core.read_namespaced_pod_log(
        name, "dev", follow=True, timestamps=True, since_seconds=60, _preload_content=False
    )
    lines: list[str] = []
    async with asyncio.timeout(5):
        async for raw in response.content:
            lines.append(raw.decode())
            if any("GET " in line for line in lines):
                break
    response.close()
    assert lines == sorted(lines), "in the order of their times"
    assert len(lines) == len(set(lines))


async def test_a_log_that_is_followed_ends_with_its_pod(hand: Hand, api: ApiClient) -> None:
    await hand.post(f"{APPS}/deployments", web(replicas=1))
    await hand.rolled_out()
    name = (await hand.pods())[0]["metadata"]["name"]
    response: Any = await CoreV1Api(api).read_namespaced_pod_log(
        name, "dev", follow=True, _preload_content=False
    )
    await hand.call("DELETE", f"{CORE}/pods/{name}")
    async with asyncio.timeout(5):
        await response.read()


async def test_its_watch_lists_again_after_410(hand: Hand, api: ApiClient) -> None:
    await hand.post(f"{APPS}/deployments", web(replicas=1))
    await hand.rolled_out()
    apps = AppsV1Api(api)
    old = (await apps.list_namespaced_deployment("dev")).metadata.resource_version
    await hand.drive("fault", kind="forget")
    with pytest.raises(ApiException) as gone:
        await first_change(apps, old)
    assert gone.value.status == 410
    fresh = (await apps.list_namespaced_deployment("dev")).metadata.resource_version
    await hand.roll_to("lab/web:2")
    event = await first_change(apps, fresh)
    assert event["type"] == "MODIFIED"
    assert event["object"].spec.template.spec.containers[0].image == "lab/web:2"


async def first_change(apps: AppsV1Api, since: str) -> Any:
    async with watch.Watch() as stream, asyncio.timeout(5):
        async for event in stream.stream(
            apps.list_namespaced_deployment, "dev", resource_version=since, timeout_seconds=2
        ):
            return event
    raise AssertionError("nothing came")


async def test_a_frozen_server_runs_into_the_clients_timeout(hand: Hand, api: ApiClient) -> None:
    await hand.drive("fault", kind="freeze", seconds=30)
    with pytest.raises(TimeoutError):
        await CoreV1Api(api).list_namespaced_pod("dev", _request_timeout=aiohttp.ClientTimeout(sock_read=0.2))
    await hand.drive("fault", kind="clear")
    assert (await CoreV1Api(api).list_namespaced_pod("dev")).items == []


async def test_pages_of_a_list_show_one_moment(hand: Hand, api: ApiClient) -> None:
    core = CoreV1Api(api)
    for number in range(5):
        await core.create_namespaced_config_map(
            "dev", client.V1ConfigMap(metadata=client.V1ObjectMeta(name=f"m{number}"))
        )
    page = await core.list_namespaced_config_map("dev", limit=2)
    assert page.metadata.remaining_item_count == 3
    await core.delete_namespaced_config_map("m3", "dev")
    names = [item.metadata.name for item in page.items]
    while page.metadata._continue:
        page = await core.list_namespaced_config_map("dev", limit=2, _continue=page.metadata._continue)
        names += [item.metadata.name for item in page.items]
    assert names == [f"m{number}" for number in range(5)]
