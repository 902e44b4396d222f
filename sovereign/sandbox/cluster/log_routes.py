"""`pods/log` over HTTP: the tail, what is newer, what is timestamped, the life before, and following."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus

from aiohttp import web

from sovereign.core import clock
from sovereign.sandbox.cluster import asking, logs, statuses
from sovereign.sandbox.cluster.faults import Faults
from sovereign.sandbox.cluster.images import Fate
from sovereign.sandbox.cluster.logs import Run
from sovereign.sandbox.cluster.objects import Object, moment_of, name_of, spec_of, status_of

STEP = 0.25
"""Seconds between two looks of somebody who follows."""
Read = Callable[[], Object | None]
"""The pod as it is now; None when it is gone."""


class Logs:
    def __init__(self, fate: Callable[[str], Fate], faults: Faults) -> None:
        self._fate, self._faults = fate, faults
        self.closing = False

    async def serve(self, request: web.Request, pod: Object, read: Read) -> web.StreamResponse:
        """Raises 400 when there is no such container, or nothing that it wrote."""
        index = _index(request, pod)
        run = self._run(pod, index, previous=asking.flag(request, "previous"))
        response = web.StreamResponse(status=HTTPStatus.OK, headers={"Content-Type": "text/plain"})
        response.enable_chunked_encoding()
        stamped, now = asking.flag(request, "timestamps"), clock.now()
        await response.prepare(request)
        text = "".join(line.shown(stamped=stamped) for line in _chosen(request, run, now))
        await response.write(_cut(text.encode(), asking.number(request, "limitBytes")))
        if asking.flag(request, "follow") and run.ended is None:
            await self._follow(response, read, index, now, stamped=stamped)
        return response

    async def _follow(
        self, response: web.StreamResponse, read: Read, index: int, since: datetime, *, stamped: bool
    ) -> None:
        """Until the container ends, or the pod is gone."""
        while not self.closing:
            await asyncio.sleep(STEP)
            await self._faults.thawed()
            pod, now = read(), clock.now()
            if pod is None:
                return
            run = self._run(pod, index, previous=False)
            text = "".join(
                line.shown(stamped=stamped) for line in run.lines(now, since=since) if line.at > since
            )
            if text:
                await response.write(text.encode())
            if run.ended is not None:
                return
            since = now

    def _run(self, pod: Object, index: int, *, previous: bool) -> Run:
        container = spec_of(pod)["containers"][index]
        statuses_ = status_of(pod).get("containerStatuses") or ()
        status = statuses_[index] if index < len(statuses_) else {}
        fate = self._fate(container["image"])
        if previous:
            found = logs.previous(pod, container, status, fate)
            if found is None:
                raise statuses.bad_request(
                    f'previous terminated container "{container["name"]}" in pod "{name_of(pod)}" not found'
                )
            return found
        found = logs.current(pod, container, status, fate)
        if found is None:
            raise statuses.bad_request(_waiting(pod, container, status))
        return found


def _waiting(pod: Object, container: Object, status: Object) -> str:
    reason = ((status.get("state") or {}).get("waiting") or {}).get("reason", "ContainerCreating")
    called = f'container "{container["name"]}" in pod "{name_of(pod)}" is waiting to start: '
    if reason in ("ErrImagePull", "ImagePullBackOff"):
        return called + "trying and failing to pull image"
    return f"{called}{reason}"


def _index(request: web.Request, pod: Object) -> int:
    names = [container["name"] for container in spec_of(pod).get("containers") or ()]
    asked = request.query.get("container", "")
    if asked:
        if asked not in names:
            raise statuses.bad_request(f"container {asked} is not valid for pod {name_of(pod)}")
        return names.index(asked)
    if len(names) > 1:
        listed = " ".join(names)
        raise statuses.bad_request(
            f"a container name must be specified for pod {name_of(pod)}, choose one of: [{listed}]"
        )
    return 0


def _chosen(request: web.Request, run: Run, now: datetime) -> list[logs.Line]:
    seconds, tail = asking.number(request, "sinceSeconds"), asking.number(request, "tailLines")
    since = moment_of(request.query.get("sinceTime"))
    if seconds is not None:
        if seconds <= 0:
            raise statuses.bad_request("sinceSeconds: Invalid value: must be greater than 0")
        since = now - timedelta(seconds=seconds)
    lines = run.lines(now, since=since, tail=tail)
    return list(lines) if tail is None else list(deque(lines, maxlen=max(0, tail)))


def _cut(text: bytes, limit: int | None) -> bytes:
    return text if limit is None else text[:limit]
