"""The simulation answers as a real control plane did, in the order in which that was recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.sandbox.cluster.conftest import Hand, cluster_in, complete, condition
from tests.sandbox.cluster.shapes import Comparison
from tests.sandbox.conftest import lacking

GOLDEN = Path(__file__).resolve().parents[4] / "shared" / "kubernetes" / "golden"
WEB = "/apis/apps/v1/namespaces/gold/deployments/web"
PODS = "/api/v1/namespaces/gold/pods"
LOGS = ("19-log-previous", "20-log-tail")
"""What is compared is that they are logs: their words were invented when they were recorded."""
LISTS_OF_EVENTS = ("18-events", "31-limit-continue")
"""Compared event by event, by reason: which come first follows from names that are random."""
WATCHES = ("13-watch-from-rv", "33-watch-rv-future")
ALLOWED: dict[str, dict[str, str]] = {
    "*": {r"(.*\.)?managedFields": "compared by themselves, below"},
    "28-endpointslices": {r".*last-change-trigger-time": "a time"},
    "17-pods-crashloop": {
        r".*\.spec\.volumes": "another distribution of Kubernetes mounts another set of certificates",
        r".*\.volumeMounts\[\]\.name": "random",
    },
}
"""Where answers may differ from the recorded ones, by exchange (`*`: all), and why."""


@dataclass(slots=True)
class Replay:
    hand: Hand
    names: dict[str, str] = field(default_factory=dict)
    """What recorded names are called now."""
    version: str = ""
    """The resourceVersion before the deployment was scaled."""

    async def before(self, case: str) -> None:
        """Bring the cluster to where the recorded one was."""
        if case == "03-deployment-ready":
            await self.hand.until(WEB, complete)
            await self._learn()
        elif case == "11-scale-get":
            self.version = (await self.hand.get(WEB))["metadata"]["resourceVersion"]
        elif case == "14-image-patch-crash":
            await self.hand.until(WEB, complete)
        elif case == "15-deployment-deadline-exceeded":
            await self.hand.until(PODS, _twice_restarted)
            await self.hand.until(WEB, lambda it: condition(it, "Progressing")["status"] == "False")
            self.hand.it.surface.timetable.hold(60)  # it stands still while it is looked at
            await self._learn()
        elif case == "28-endpointslices":
            self.hand.it.surface.timetable.hold(0)
            path = "/apis/discovery.k8s.io/v1/namespaces/gold/endpointslices"
            await self.hand.drive("speed", speed=1000)
            self.hand.it.surface.controllers.look_at_all()
            await self.hand.until(path, lambda it: it["items"] and len(it["items"][0]["endpoints"]) == 4)

    async def _learn(self) -> None:
        sets = (await self.hand.get("/apis/apps/v1/namespaces/gold/replicasets"))["items"]
        sets.sort(key=lambda one: one["metadata"]["annotations"]["deployment.kubernetes.io/revision"])
        for old, one in zip(("558b4fcc4c", "c484cf5c8"), sets, strict=False):
            mark = one["metadata"]["labels"]["pod-template-hash"]
            pods = [pod for pod in (await self.hand.get(PODS))["items"] if mark in pod["metadata"]["name"]]
            known = ("rjkfw", "vtfxm", "zp256") if old == "558b4fcc4c" else ("tj7cs",)
            for suffix, pod in zip(known, pods, strict=False):
                self.names[f"web-{old}-{suffix}"] = pod["metadata"]["name"]
                if suffix == "tj7cs":
                    self.names["7352413c-daf8-45d1-9100-82aa1e715b05"] = pod["metadata"]["uid"]
            self.names[f"web-{old}"] = one["metadata"]["name"]

    async def ask(self, request: Any) -> tuple[int, Any]:
        path = request["path"].replace("timeoutSeconds=2", "timeoutSeconds=1")
        path = path.replace("resourceVersion=1286", f"resourceVersion={self.version}")
        for old, new in self.names.items():
            path = path.replace(old, new)
        return await self.hand.call(
            request["method"], path, request["body"], kind=request["contentType"], headers=request["headers"]
        )


async def test_it_answers_as_a_real_control_plane(tmp_path: Path) -> None:
    exchanges = sorted(GOLDEN.glob("*.json"))
    if not exchanges:
        lacking("the recorded exchanges (shared/kubernetes/golden) are not beside the repository")
    found: list[str] = []
    async with cluster_in(tmp_path, speed=15.0) as hand:
        replay = Replay(hand)
        for path in exchanges:
            recorded = json.loads(path.read_text(encoding="utf-8"))
            await replay.before(path.stem)
            status, answer = await replay.ask(recorded["request"])
            wanted = recorded["response"]
            if status != wanted["status"]:
                found.append(f"{path.stem}: {wanted['status']} is {status}: {answer}")
            elif path.stem in WATCHES:
                found += [f"{path.stem}: {each}" for each in _watched(wanted["lines"], answer, replay)]
            elif path.stem in LOGS:
                found += [] if answer.endswith("\n") else [f"{path.stem}: no lines"]
            else:
                found += [
                    f"{path.stem}{each}" for each in _compared(path.stem, wanted["json"], answer, replay)
                ]
    assert not found, "\n".join(found)


def _compared(case: str, wanted: Any, found: Any, replay: Replay) -> Iterator[str]:
    allowed = ALLOWED["*"] | ALLOWED.get(case, {})
    if case in LISTS_OF_EVENTS:
        yield from _events(wanted, found, replay)
        return
    if isinstance(found, dict) and "items" in found:
        order = list(replay.names.values())
        found["items"].sort(key=lambda it: _place(order, it["metadata"]["name"]))
    if case == "28-endpointslices":
        found["items"][0]["endpoints"].sort(key=lambda it: not it["conditions"]["ready"])
    yield from Comparison(allowed, replay.names).differences(wanted, found)
    if wanted.get("kind") in ("Deployment", "Namespace", "Service", "Lease", "ResourceQuota"):
        yield from _managed(wanted, found)


def _place(order: list[str], name: str) -> int:
    return order.index(name) if name in order else len(order)


def _managed(wanted: Any, found: Any) -> Iterator[str]:
    """Who manages which fields is the same."""
    one, other = (_by_manner(item["metadata"].get("managedFields", [])) for item in (wanted, found))
    for manner in {**one, **other}:
        if one.get(manner) != other.get(manner):
            yield f" managed by {manner}: {one.get(manner)} is {other.get(manner)}"


def _by_manner(entries: list[Any]) -> dict[str, str]:
    return {
        f"{entry['operation']} {entry.get('subresource', '')}": json.dumps(entry["fieldsV1"], sort_keys=True)
        for entry in entries
    }


def _events(wanted: Any, found: Any, replay: Replay) -> Iterator[str]:
    """Every recorded reason is told here too, in the same fields and words."""
    yield from Comparison(ALLOWED["*"], {}).differences({**wanted, "items": []}, {**found, "items": []})
    if "continue" in wanted["metadata"]:
        if len(found["items"]) != len(wanted["items"]):
            yield f": {len(found['items'])} items"
        return
    known = {event["reason"]: event for event in found["items"]}
    for event in wanted["items"]:
        reason = event["reason"]
        if reason not in known:
            yield f": no event {reason}"
        else:
            said = {r"\.message": "of another object", r".*\.managedFields": "by another kubelet"}
            yield from (f" {reason}{each}" for each in Comparison(said, {}).differences(event, known[reason]))


def _watched(wanted: list[str], found: Any, replay: Replay) -> Iterator[str]:
    """As many steps as it takes; the first and the last show the same."""
    lines = [json.loads(line) for line in found.splitlines()] if isinstance(found, str) else [found]
    recorded = [json.loads(line) for line in wanted]
    if bool(lines) != bool(recorded):
        yield f"{len(recorded)} lines are {len(lines)}"
    elif lines:
        if any(line["type"] != "MODIFIED" for line in lines):
            yield "something else than MODIFIED"
        for index in (0, -1):
            yield from Comparison(ALLOWED["*"], replay.names).differences(recorded[index], lines[index])


def _twice_restarted(pods: Any) -> bool:
    return any(
        status["restartCount"] == 2 and "waiting" in status["state"]
        for pod in pods["items"]
        for status in pod["status"].get("containerStatuses", ())
    )
