"""Exchanges recorded at a real control plane, replayed: the adapter asks as recorded and reads what came."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from sovereign.clients.kubernetes.cluster import Kubernetes
from sovereign.core.errors import ClusterSilent, Moved, NotAllowed, NotFound, SovereignError, Unacceptable
from sovereign.domain.cluster import Access, Changed, Identity, LogRequest, Phase
from tests.clients.kubernetes.scripted import Answer, Scripted, reached, scripted

GOLDEN = Path(__file__).parents[4] / "shared" / "kubernetes" / "golden"
pytestmark = pytest.mark.skipif(not GOLDEN.is_dir(), reason="the recorded exchanges are not here")
ALICE = Identity(user="alice", groups=("g",))
WEB = "web-558b4fcc4c-rjkfw"


def exchange(name: str) -> dict[str, Any]:
    [path] = GOLDEN.glob(f"{name}*.json")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def answer(name: str) -> Answer:
    given = exchange(name)["response"]
    return Answer(
        status=given["status"], body=given.get("json"), text=given.get("text"), lines=given.get("lines")
    )


def path(name: str) -> str:
    given = exchange(name)["request"]
    return f"{given['method']} {urlsplit(given['path']).path}"


@pytest.fixture
async def script() -> AsyncIterator[Scripted]:
    async with scripted() as it:
        yield it


@pytest.fixture
async def cluster(script: Scripted) -> AsyncIterator[Kubernetes]:
    async with reached(script.url) as it:
        yield it


def replay(script: Scripted, *names: str) -> None:
    for name in names:
        script.on(path(name), answer(name))


async def test_a_deployment_that_is_ready(script: Scripted, cluster: Kubernetes) -> None:
    replay(script, "03", "04")
    found = await cluster.workload("gold", "web")
    assert (found.desired, found.updated, found.ready, found.available) == (2, 2, 2, 2)
    assert (found.generation, found.observed_generation, found.revision) == (1, 1, 1)
    assert found.images == {"web": "lab/web:1"}
    progressing = found.condition("Progressing")
    assert progressing is not None
    assert progressing.reason == "NewReplicaSetAvailable"
    assert [one.name for one in await cluster.workloads("gold")] == ["web"]


async def test_a_deployment_past_its_deadline_its_revisions_and_its_pods(
    script: Scripted, cluster: Kubernetes
) -> None:
    replay(script, "15", "16", "17", "18")
    found = await cluster.workload("gold", "web")
    progressing = found.condition("Progressing")
    assert progressing is not None
    assert (progressing.state, progressing.reason) == ("False", "ProgressDeadlineExceeded")
    revisions = await cluster.revisions(found)
    assert [(one.number, one.images["web"]) for one in revisions] == [
        (2, "lab/web:2-crash"), (1, "lab/web:1"),
    ]  # fmt: skip
    pods = await cluster.pods("gold", found.selector)
    crashing = [one for one in pods if one.hash == revisions[0].hash]
    assert len(pods) == 4
    assert [one.ready for one in crashing] == [False]
    [container] = crashing[0].containers
    assert container.phase is Phase.WAITING
    assert container.reason == "CrashLoopBackOff"
    assert container.restarts > 0
    events = await cluster.events("gold")
    assert any(one.warning and one.name == crashing[0].name for one in events)
    assert all(one.at for one in events)


async def test_scaling_asks_as_recorded(script: Scripted, cluster: Kubernetes) -> None:
    replay(script, "12")
    await cluster.scale("gold", "web", 3)
    recorded, [asked] = exchange("12")["request"], script.asked
    assert (asked.content, asked.body) == (recorded["contentType"], recorded["body"])


async def test_another_image_asks_as_recorded(script: Scripted, cluster: Kubernetes) -> None:
    replay(script, "14")
    found = await cluster.set_image("gold", "web", {"web": "lab/web:2-crash"})
    recorded, [asked] = exchange("14")["request"], script.asked
    assert (asked.content, asked.body) == (recorded["contentType"], recorded["body"])
    assert found.generation > found.observed_generation


async def test_a_watch_asks_as_recorded_and_reads_every_line(script: Scripted, cluster: Kubernetes) -> None:
    first = answer("04")
    script.on(path("04"), first, answer("13"))
    seen = []
    async with aclosing(cluster.watch_workloads("gold", turn=2)) as changes:
        async for change in changes:
            seen.append(change)
            if len(seen) == 1 + len(answer("13").lines or ()):
                break
    assert all(isinstance(one, Changed) for one in seen[1:])
    wanted = dict(parse_qsl(urlsplit(exchange("13")["request"]["path"]).query))
    assert wanted.items() <= dict(script.asked[1].query).items()


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("09", NotFound, '"nope" not found'),
        ("05", Moved, "conflict with"),
        ("10", Moved, "has been modified"),
        ("06", Unacceptable, "already exists"),
        ("07", Unacceptable, "`selector` does not match template `labels`"),
        ("08", Unacceptable, 'unknown field "spec.replica"'),
        ("32", Unacceptable, "invalid continue token"),
        ("35", NotAllowed, "exceeded quota: q"),
        ("25", NotAllowed, "does not let you list secrets in the namespace gold"),
    ],
)
async def test_a_recorded_refusal_becomes_its_error(
    script: Scripted, cluster: Kubernetes, name: str, error: type[SovereignError], words: str
) -> None:
    script.on("GET /apis/apps/v1/namespaces/gold/deployments/web", answer(name))
    with pytest.raises(error) as refused:
        await cluster.workload("gold", "web", as_who=ALICE)
    assert words in str(refused.value.public)
    assert not isinstance(refused.value, ClusterSilent)


async def test_logs_and_why_there_are_none(script: Scripted, cluster: Kubernetes) -> None:
    replay(script, "19")
    crashed = path("19").split("/")[-2]
    previous = await cluster.log("gold", LogRequest(pod=crashed, previous=True))
    assert "RuntimeError: DATABASE_URL is not set" in previous
    replay(script, "20")
    assert (await cluster.log("gold", LogRequest(pod=WEB, tail=2, timestamps=True))).count("\n") == 2
    assert {"tailLines": "2", "timestamps": "true"}.items() <= dict(script.asked[-1].query).items()
    replay(script, "21")
    with pytest.raises(Unacceptable, match="container zz is not valid"):
        await cluster.log("gold", LogRequest(pod=WEB, container="zz"))
    replay(script, "22")
    with pytest.raises(NotFound):
        await cluster.log("gold", LogRequest(pod="nope"))
    replay(script, "23")
    with pytest.raises(Unacceptable, match="previous terminated container"):
        await cluster.log("gold", LogRequest(pod=WEB, previous=True))


async def test_who_may_what(script: Scripted, cluster: Kubernetes) -> None:
    replay(script, "24")
    assert not await cluster.may(ALICE, Access(verb="delete", resource="pods", namespace="gold"))
    assert script.asked[0].body == exchange("24")["request"]["body"]


async def test_what_stands_behind_a_service(script: Scripted, cluster: Kubernetes) -> None:
    replay(script, "28")
    found = await cluster.endpoints("gold", "api")
    assert all(one.pod.startswith("web-") for one in found)
    assert [one.ready for one in found].count(False) == 1  # the one that crashes
    script.on("GET /api/v1/namespaces/gold/services/api", answer("27"))
    entry = await cluster.entry("gold", "api")
    assert (entry.selector, entry.ports) == ({"app": "web"}, (80,))
