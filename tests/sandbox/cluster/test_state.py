"""What was acknowledged is there after a death without warning, and rollouts go on from there."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from sovereign.sandbox.cluster import store as store_module
from sovereign.sandbox.cluster.kinds import CONFIG_MAP
from sovereign.sandbox.cluster.store import Store
from tests.sandbox.cluster.conftest import APPS, CORE, Hand, cluster_in, complete, web

DISCOVERY = Path(__file__).resolve().parents[3] / "discovery.yml"


async def everything(hand: Hand) -> Any:
    paths = (f"{APPS}/deployments", f"{APPS}/replicasets", f"{CORE}/pods", f"{CORE}/events")
    return {path: (await hand.get(path))["items"] for path in paths}


async def test_a_kill_loses_nothing_and_versions_go_on(tmp_path: Path) -> None:
    first, copy = tmp_path / "first", tmp_path / "copy"
    async with cluster_in(first) as hand:
        await hand.post(f"{APPS}/deployments", web())
        await hand.rolled_out()
        await hand.drive("tag", image="acme/thing:v1")
        hand.it.surface.timetable.hold(60)
        before = await everything(hand)
        version = (await hand.get(f"{CORE}/pods"))["metadata"]["resourceVersion"]
        shutil.copytree(first, copy)  # what a killed process leaves behind
    async with cluster_in(copy) as hand:
        assert await everything(hand) == before
        assert (await hand.get(f"{CORE}/pods"))["metadata"]["resourceVersion"] == version
        assert await hand.get("/v2/acme/thing/tags/list") == {"name": "acme/thing", "tags": ["v1"]}
        made = await hand.post(f"{CORE}/configmaps", {"metadata": {"name": "new"}})
        assert int(made["metadata"]["resourceVersion"]) > int(version)


async def test_a_rollout_goes_on_after_a_kill_in_its_middle(tmp_path: Path) -> None:
    first, copy = tmp_path / "first", tmp_path / "copy"
    async with cluster_in(first) as hand:
        await hand.post(f"{APPS}/deployments", web(replicas=4))
        await hand.rolled_out()
        await hand.roll_to("lab/web:2")
        await hand.until(f"{APPS}/deployments/web", lambda it: 0 < it["status"].get("updatedReplicas", 0) < 4)
        hand.it.surface.timetable.hold(60)
        middle = await hand.deployment()
        shutil.copytree(first, copy)
    assert not complete(middle)
    async with cluster_in(copy) as hand:
        await hand.rolled_out()
        assert len({pod["metadata"]["name"] for pod in await hand.pods()}) >= 4


async def test_a_watch_is_resumed_over_a_restart(tmp_path: Path) -> None:
    async with cluster_in(tmp_path) as hand:
        version = (await hand.get(f"{CORE}/configmaps"))["metadata"]["resourceVersion"]
        await hand.post(f"{CORE}/configmaps", {"metadata": {"name": "one"}})
    async with cluster_in(tmp_path) as hand:
        path = f"{hand.it.url}{CORE}/configmaps?watch=1&resourceVersion={version}&timeoutSeconds=3"
        async with hand.session.get(path) as answer:
            event = json.loads(await answer.content.readline())
        assert (event["type"], event["object"]["metadata"]["name"]) == ("ADDED", "one")


async def test_the_port_stays_and_images_follow_when_it_cannot(tmp_path: Path) -> None:
    image = "{}/acme/thing:v1"
    async with cluster_in(tmp_path) as hand:
        port = hand.it.port
        await hand.post(f"{APPS}/deployments", web(image.format(hand.it.surface.registry.host)))
    async with cluster_in(tmp_path) as hand:
        assert hand.it.port == port
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        async with cluster_in(tmp_path) as hand:
            assert hand.it.port != port
            container = (await hand.deployment())["spec"]["template"]["spec"]["containers"][0]
            assert container["image"] == image.format(f"localhost:{hand.it.port}")
            assert len((await hand.get(f"{APPS}/replicasets"))["items"]) == 1, "nothing was rolled out for it"


def test_the_journal_is_written_afresh_and_says_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "LARGEST", 4_000)
    path = tmp_path / "journal.jsonl"
    store = Store(path)
    for number in range(300):
        store.put(
            CONFIG_MAP,
            {"metadata": {"namespace": "dev", "name": f"m{number % 3}"}, "data": {"n": str(number)}},
        )
    before, version = store.items(CONFIG_MAP), store.version
    store.close()
    assert path.stat().st_size < 8_000
    again = Store(path)
    assert (again.items(CONFIG_MAP), again.version) == (before, version)
    assert again.oldest <= version
    again.close()


async def test_the_sample_services_stand_in_the_sample_configuration_and_one_is_unwell(
    tmp_path: Path,
) -> None:
    services = YAML(typ="safe").load(DISCOVERY.read_text(encoding="utf-8"))["services"]
    wanted = {(one["name"], where) for one in services for where in one["environments"]}
    async with cluster_in(tmp_path, services=True) as hand:
        found = (await hand.get("/apis/apps/v1/deployments"))["items"]
        assert {(one["metadata"]["name"], one["metadata"]["namespace"]) for one in found} == wanted
        unwell = [one for one in found if not complete(one)]
        assert [(one["metadata"]["name"], one["metadata"]["namespace"]) for one in unwell] == [
            ("recommendations", "staging")
        ]
        slices = (await hand.get("/apis/discovery.k8s.io/v1/endpointslices"))["items"]
        services_found = {(one["metadata"]["labels"]["kubernetes.io/service-name"]) for one in slices}
        assert services_found <= {name for name, _ in wanted}
        sets = (await hand.get("/apis/apps/v1/namespaces/prod/replicasets?labelSelector=app=shop"))["items"]
        assert len(sets) == 4, "there is something to go back to"
        for one in found:
            host, _, rest = one["spec"]["template"]["spec"]["containers"][0]["image"].partition("/")
            assert host == hand.it.surface.registry.host
            name, _, tag = rest.partition(":")
            assert tag in (await hand.get(f"/v2/{name}/tags/list"))["tags"]


async def test_a_reset_brings_the_beginning_back_with_later_versions(tmp_path: Path) -> None:
    async with cluster_in(tmp_path, services=True) as hand:
        before = hand.it.surface.store.version
        await hand.call("DELETE", "/apis/apps/v1/namespaces/prod/deployments/shop")
        after = await hand.drive("reset")
        assert after["version"] > before
        shop = await hand.get("/apis/apps/v1/namespaces/prod/deployments/shop")
        assert shop["status"]["readyReplicas"] == 3
        assert not (await hand.drive("reset", empty=True))["watches"]
        assert not (await hand.get("/apis/apps/v1/deployments"))["items"]
