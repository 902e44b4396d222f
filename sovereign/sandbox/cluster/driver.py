"""The driver under `/sandbox/`: how tests and people break the cluster, move tags, grant and make crowds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from http import HTTPStatus

from aiohttp import web

from sovereign.core import clock
from sovereign.sandbox.cluster import grants, seed, weather, workloads
from sovereign.sandbox.cluster.images import Reference
from sovereign.sandbox.cluster.kinds import (
    CLUSTER_ROLE_BINDING,
    NAMESPACE,
    POD,
    ROLE_BINDING,
    SERVICE,
    Kind,
)
from sovereign.sandbox.cluster.objects import Object, clone, name_of, status_of
from sovereign.sandbox.cluster.settling import Settling
from sovereign.sandbox.cluster.surface import Surface
from sovereign.sandbox.cluster.weather import Wrong, number

_Do = Callable[[Surface, Object], Object | Awaitable[Object]]


def serve(it: Surface) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(request: web.Request) -> web.StreamResponse:
        name = request.path.removeprefix("/sandbox/")
        if request.method == "GET" and name == "state":
            return web.json_response(_state(it))
        do = _CALLS.get(name) if request.method == "POST" else None
        if do is None:
            told = f"There is POST /sandbox/ with one of {', '.join(_CALLS)}, and GET /sandbox/state."
            return web.json_response({"error": told}, status=HTTPStatus.NOT_FOUND)
        try:
            body = json.loads(await request.read() or b"{}")
            if not isinstance(body, dict):
                raise Wrong("The body must be a JSON object.")
            done = do(it, body)
            return web.json_response(await done if isinstance(done, Awaitable) else done)
        except ValueError:
            return web.json_response({"error": "The body is not JSON."}, status=HTTPStatus.BAD_REQUEST)
        except Wrong as problem:
            return web.json_response({"error": str(problem)}, status=HTTPStatus.BAD_REQUEST)

    return answer


def _state(it: Surface) -> Object:
    return {
        "version": it.store.version, "oldest": it.store.oldest, "speed": it.timetable.speed,
        "watches": it.watches.open, "watches_started": it.watches.started, "registry": it.registry.host,
        "faults": it.faults.shown(),
    }  # fmt: skip


def _reset(it: Surface, body: Object) -> Object:
    """Back to the beginning; `empty` leaves the sample services out."""
    it.faults.clear()
    it.timetable.clear()
    it.store.listeners = [one for one in it.store.listeners if one != it.controllers.hear]
    it.watches.end_all()
    it.store.reset()
    it.registry.reset()
    seed.sow(it, services=not body.get("empty"))
    it.controllers.start()
    return _state(it)


def _speed(it: Surface, body: Object) -> Object:
    it.timetable.speed = number(body, "speed", None, 0.01, 10_000.0)
    return _state(it)


def _tag(it: Surface, body: Object) -> Object:
    """Publish a tag, or move it to another build: a new one, or that of the tag `to`."""
    image = Reference.parse(str(body.get("image") or ""))
    if not image.name or not image.tag:
        raise Wrong("image is the name of a repository with a tag, such as acme/shop:v2.0.")
    to = str(body.get("to") or "")
    known = it.registry.repositories.get(image.name)
    if to and (known is None or to not in known.tags):
        raise Wrong(f"There is no tag {to} of {image.name}.")
    if body.get("move") or to:
        digest = it.registry.move(image.name, image.tag, to)
    else:
        it.registry.publish(image.name, image.tag)
        digest = it.registry.digest(image.name, image.tag) or ""
    return {"image": f"{it.registry.host}/{image.name}:{image.tag}", "digest": digest}


def _grant(it: Surface, body: Object) -> Object:
    """Bind a user or a group to a cluster role, in one namespace or everywhere."""
    kind, namespace, bound = _binding(body)
    if namespace and it.store.get(NAMESPACE, "", namespace) is None:
        raise Wrong(f"There is no namespace {namespace}.")
    Settling(it.writer, it.registry).put(kind, namespace, bound, clock.now())
    return {"granted": name_of(bound)}


def _revoke(it: Surface, body: Object) -> Object:
    """Undo a grant; without a role, every binding of that user or group."""
    subject = _subject(body)
    namespace, role = str(body.get("namespace") or ""), body.get("role")
    gone = []
    for kind in (CLUSTER_ROLE_BINDING, ROLE_BINDING):
        for bound in it.store.items(kind, namespace if kind is ROLE_BINDING else ""):
            same = any(one["name"] == subject["name"] for one in bound.get("subjects") or ())
            here = not namespace or kind is ROLE_BINDING
            if same and here and role in (None, bound["roleRef"]["name"]):
                it.store.remove(kind, bound)
                gone.append(name_of(bound))
    return {"revoked": gone}


def _binding(body: Object) -> tuple[Kind, str, Object]:
    role = body.get("role")
    if role not in grants.CLUSTER_ROLES:
        raise Wrong(f"role is one of {', '.join(grants.CLUSTER_ROLES)}.")
    namespace = str(body.get("namespace") or "")
    kind = ROLE_BINDING if namespace else CLUSTER_ROLE_BINDING
    return kind, namespace, grants.binding(_subject(body), str(role))


def _subject(body: Object) -> Object:
    user, group = body.get("user"), body.get("group")
    if bool(user) == bool(group):
        raise Wrong("Name a user or a group.")
    return grants.of_user(str(user)) if user else grants.of_group(str(group))


async def _many(it: Surface, body: Object) -> Object:
    """Deployments with so many pods between them, rolled out already, and pods that keep changing."""
    count, pods = int(number(body, "deployments", 0, 0, 5000)), int(number(body, "pods", 0, 0, 20_000))
    namespace, rate = (
        str(body.get("namespace") or "load"),
        number(body, "changes_per_second", 0.0, 0.0, 2000.0),
    )
    settling = Settling(it.writer, it.registry)
    born = clock.now() - timedelta(days=3)
    settling.put(NAMESPACE, "", {"metadata": {"name": namespace}}, born)
    for index in range(count):
        name = f"service-{index + 1:03d}"
        it.registry.publish(f"{workloads.ORG}/{name}", *workloads.TAGS)
        replicas = pods // count + (1 if index < pods % count else 0)
        image = workloads.image(it.registry.host, name, "v1.4.2")
        settling.put(SERVICE, namespace, workloads.service(name), born)
        settling.roll_out(namespace, workloads.deployment(name, image, replicas), [image], born)
        await asyncio.sleep(0)
    it.timetable.cancel("churn")
    if rate:
        names = [name_of(pod) for pod in it.store.items(POD, namespace)]
        _churn(it, namespace, names, rate, clock.monotonic(), 0)
    return _state(it)


def _churn(it: Surface, namespace: str, names: list[str], rate: float, since: float, turn: int) -> None:
    """Change as many pods as are due, and come back: each counts a restart that nobody noticed."""
    due = int((clock.monotonic() - since) * rate)
    for each in range(turn, due if names else turn):
        pod = it.store.get(POD, namespace, names[each * 7919 % len(names)])
        if pod is not None:
            status = clone(status_of(pod))
            for container in status.get("containerStatuses") or ():
                container["restartCount"] += 1
            it.writer.set_status(POD, pod, status, "kubelet")
    again = max(0.01, 1 / rate) * it.timetable.speed
    it.timetable.after(again, "churn", lambda: _churn(it, namespace, names, rate, since, max(turn, due)))


_CALLS: dict[str, _Do] = {
    "reset": _reset,
    "speed": _speed,
    "fault": weather.change,
    "tag": _tag,
    "grant": _grant,
    "revoke": _revoke,
    "many": _many,
}
