"""The adapter against a whole cluster: the simulated one, or that of SOVEREIGN_TEST_KUBECONFIG (a path).

Everything happens in a namespace of its own, which is removed afterwards. A real cluster needs to be able to
pull SOVEREIGN_TEST_IMAGE (by default a pause container), and an account that may do everything.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sovereign.clients.kubernetes import watching
from sovereign.clients.kubernetes.cluster import Kubernetes
from sovereign.clients.kubernetes.connection import Call
from sovereign.core import clock
from sovereign.core.errors import Moved, NotAllowed, NotFound, Unacceptable
from sovereign.domain import rollout_state
from sovereign.domain.cluster import Access, Changed, Identity, Listed, LogRequest, Silent, Workload
from sovereign.domain.rollout_state import Stage
from sovereign.sandbox.cluster import kubeconfig
from sovereign.sandbox.cluster.server import running
from sovereign.services.ports.cluster import ClusterAddress

REAL = os.environ.get("SOVEREIGN_TEST_KUBECONFIG")
IMAGE = os.environ.get("SOVEREIGN_TEST_IMAGE", "registry.k8s.io/pause:3.10")
PATIENCE = 120.0 if REAL else 20.0
STRANGER = Identity(user="discord:7", groups=("sovereign:Nobody",))


@dataclass(slots=True)
class Ground:
    """A cluster, and a namespace in it for this test; `driver` breaks the simulated one."""

    cluster: Kubernetes
    namespace: str
    image: str
    driver: str | None

    def manifest(self, name: str = "web", replicas: int = 2, image: str | None = None) -> dict[str, Any]:
        labels = {"app": name}
        container = {"name": name, "image": image or self.image}
        return {
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": name, "namespace": self.namespace, "labels": labels},
            "spec": {
                "replicas": replicas, "progressDeadlineSeconds": 20, "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            },
        }  # fmt: skip

    async def settled(self, name: str = "web") -> Workload:
        async with (
            asyncio.timeout(PATIENCE),
            aclosing(self.cluster.watch_workloads(self.namespace, name)) as changes,
        ):
            async for change in changes:
                items = change.items if isinstance(change, Listed) else ()
                found = change.item if isinstance(change, Changed) else next(iter(items), None)
                if found and rollout_state.read(found, [], clock.now()).stage is Stage.SETTLED:
                    return found
        raise AssertionError("the watch ended")

    async def fault(self, **fault: Any) -> None:
        if self.driver is None:
            pytest.skip("only the simulated cluster can be broken")
        async with aiohttp.ClientSession() as http, http.post(f"{self.driver}/fault", json=fault) as answer:
            assert answer.status == 200, await answer.text()


@asynccontextmanager
async def _cluster(folder: Path) -> AsyncIterator[tuple[Kubernetes, str, str | None]]:
    if REAL:
        text = await asyncio.to_thread(Path(REAL).read_text, encoding="utf-8")
        cluster = Kubernetes("real", lambda: ClusterAddress(kubeconfig=text))
        try:
            yield cluster, IMAGE, None
        finally:
            await cluster.close()
        return
    async with running(folder, speed=20.0, services=False) as it:
        text = json.dumps(kubeconfig.for_people(it.url))
        cluster = Kubernetes("simulated", lambda: ClusterAddress(kubeconfig=text))
        tag = f"localhost:{it.port}/acme/web"
        it.surface.registry.publish("acme/web", "v1", "v2", "v3-crash")
        try:
            yield cluster, f"{tag}:v1", f"{it.url}/sandbox"
        finally:
            await cluster.close()


@pytest.fixture
async def ground(tmp_path: Path) -> AsyncIterator[Ground]:
    name = f"sovereign-test-{secrets.token_hex(4)}"
    async with _cluster(tmp_path / "cluster") as (cluster, image, driver):
        connection, namespaces = cluster._connection, "/api/v1/namespaces"
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        await connection.json(Call(method="POST", path=namespaces, body=body))
        try:
            yield Ground(cluster, name, image, driver)
        finally:
            await connection.raw(Call(method="DELETE", path=f"{namespaces}/{name}"))


async def test_a_deployment_is_made_scaled_changed_and_taken_back(ground: Ground) -> None:
    cluster, space = ground.cluster, ground.namespace
    assert (await cluster.version()).startswith("v1.")
    await cluster.apply(ground.manifest())
    before = await ground.settled()
    pods = await cluster.pods(space, before.selector)
    assert [pod.ready for pod in pods if not pod.deleting] == [True, True]
    assert {pod.hash for pod in pods} == {(await cluster.revisions(before))[0].hash}

    await cluster.scale(space, "web", 3, expecting=before.generation)
    scaled = await ground.settled()
    assert (scaled.desired, scaled.available) == (3, 3)

    await cluster.restart(space, "web", clock.now(), expecting=scaled.generation)
    restarted = await ground.settled()
    assert restarted.restarted_at
    assert restarted.revision == 2

    first = (await cluster.revisions(restarted))[-1]
    await cluster.roll_back(restarted, first)
    back = await ground.settled()
    assert (back.revision, back.restarted_at) == (3, "")
    await cluster.delete(back)
    with pytest.raises(NotFound):
        await cluster.workload(space, "web")


async def test_what_was_changed_meanwhile_is_left_alone(ground: Ground) -> None:
    await ground.cluster.apply(ground.manifest())
    before = await ground.settled()
    await ground.cluster.scale(ground.namespace, "web", 1)
    with pytest.raises(Moved):
        await ground.cluster.scale(ground.namespace, "web", 4, expecting=before.generation)
    with pytest.raises(Moved):
        await ground.cluster.restart(ground.namespace, "web", clock.now(), expecting=before.generation)
    assert (await ground.cluster.workload(ground.namespace, "web")).desired == 1


async def test_a_dry_run_and_a_wrong_manifest_change_nothing(ground: Ground) -> None:
    await ground.cluster.apply(ground.manifest(), dry_run=True)
    with pytest.raises(NotFound):
        await ground.cluster.workload(ground.namespace, "web")
    wrong = ground.manifest()
    wrong["spec"]["selector"] = {"matchLabels": {"app": "other"}}
    with pytest.raises(Unacceptable, match="selector"):
        await ground.cluster.create(wrong, dry_run=True)
    misspelt = ground.manifest()
    misspelt["spec"]["replica"] = 1
    with pytest.raises(Unacceptable, match="replica"):
        await ground.cluster.create(misspelt, dry_run=True)


async def test_a_member_without_rights_is_refused_in_words(ground: Ground) -> None:
    with pytest.raises(NotAllowed, match="does not let you list deployments") as refused:
        await ground.cluster.workloads(ground.namespace, as_who=STRANGER)
    assert "discord:7 (sovereign:Nobody)" in refused.value.public
    wanted = Access(verb="patch", resource="deployments/scale", group="apps", namespace=ground.namespace)
    assert not await ground.cluster.may(STRANGER, wanted)
    assert await ground.cluster.may(None, wanted)


@pytest.mark.skipif(bool(REAL), reason="a real cluster has no image that crashes on purpose")
async def test_a_crashing_image_is_told_from_its_pod_and_its_log(ground: Ground) -> None:
    cluster, space = ground.cluster, ground.namespace
    await cluster.apply(ground.manifest())
    before = await ground.settled()
    await cluster.set_image(space, "web", {"web": ground.image.replace(":v1", ":v3-crash")})
    async with asyncio.timeout(PATIENCE):
        while True:
            now = await cluster.workload(space, "web")
            pods = await cluster.pods(space, now.selector)
            newest = (await cluster.revisions(now))[0]
            events = await cluster.events(space)
            state = rollout_state.read(now, pods, clock.now(), revision=newest.hash, events=events)
            if state.stage is Stage.FAILED:
                break
            await asyncio.sleep(0.1)
    assert state.why.startswith("CrashLoopBackOff")
    assert now.available >= before.desired - 1
    text = await cluster.log(space, LogRequest(pod=state.pod, previous=True, tail=20))
    assert text.strip()


async def test_logs_are_read_and_followed(ground: Ground) -> None:
    if REAL:
        pytest.skip("a pause container says nothing")
    cluster, space = ground.cluster, ground.namespace
    await cluster.apply(ground.manifest(replicas=1))
    found = await ground.settled()
    [pod] = await cluster.pods(space, found.selector)
    wanted = LogRequest(pod=pod.name, tail=5, timestamps=True)
    async with asyncio.timeout(PATIENCE), aclosing(cluster.follow_log(space, wanted)) as lines:
        seen = [await anext(lines) for _ in range(3)]
    assert all(line[:2] == "20" for line in seen)


@pytest.mark.parametrize(
    "fault",
    [{"kind": "freeze", "seconds": 1.0}, {"kind": "down", "seconds": 0.5}, {"kind": "gone", "now": True}],
)
async def test_a_watch_outlives_what_happens_to_the_server(
    ground: Ground, fault: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "FIRST_PAUSE", 0.05)
    await ground.cluster.apply(ground.manifest(replicas=1))
    before = await ground.settled()
    async with (
        asyncio.timeout(PATIENCE),
        aclosing(ground.cluster.watch_workloads(ground.namespace, turn=1, late=0.3)) as changes,
    ):
        first = await anext(changes)
        assert isinstance(first, Listed)
        await ground.fault(**fault)
        change = asyncio.ensure_future(_scaled(ground, before.generation))
        async for each in changes:
            items = each.items if isinstance(each, Listed) else ()
            now = each.item if isinstance(each, Changed) else next(iter(items), None)
            if now is not None and now.desired == 2 and now.available == 2:
                break
            assert not isinstance(each, Silent) or fault["kind"] != "gone"
        await change


async def _scaled(ground: Ground, generation: int) -> None:
    await asyncio.sleep(1.2)
    await ground.cluster.scale(ground.namespace, "web", 2, expecting=generation)
