"""The scheduler and the kubelets: each pod's next step follows from where it stands, also after a restart.

A pod is scheduled, its images are pulled, its containers start and become ready; some images prevent it.
"""

from __future__ import annotations

from collections.abc import Callable

from sovereign.sandbox.cluster.controllers import podstatus
from sovereign.sandbox.cluster.controllers.recording import WARNING, Recorder
from sovereign.sandbox.cluster.images import SLOWNESS, Fate
from sovereign.sandbox.cluster.kinds import NODE, POD
from sovereign.sandbox.cluster.objects import (
    Object,
    is_going,
    name_of,
    namespace_of,
    spec_of,
    status_of,
    uid_of,
)
from sovereign.sandbox.cluster.registry import Registry
from sovereign.sandbox.cluster.timetable import Timetable
from sovereign.sandbox.cluster.writing import Writer

SCHEDULE, CREATE, PULL, START, READY, RUN, PROBE, STOP = 0.05, 0.1, 0.5, 0.2, 0.6, 0.4, 2.0, 0.4
"""Seconds of the cluster's time that each step takes."""
RETRY, LONGEST = 1.0, 60.0
"""The first pause before a container that failed, or an image that could not be pulled, is tried again."""


class Pods:
    def __init__(self, writer: Writer, recorder: Recorder, timetable: Timetable, registry: Registry) -> None:
        self._writer, self._recorder, self._timetable = writer, recorder, timetable
        self._registry = registry
        self._pulled: set[tuple[str, str]] = set()
        """Images on each node."""
        self._pulls_failed: dict[tuple[str, str], int] = {}

    def remember(self, pod: Object) -> None:
        """After a start: the images of what runs are on its node."""
        for status in status_of(pod).get("containerStatuses") or ():
            if status.get("imageID"):
                self._pulled.add((spec_of(pod).get("nodeName", ""), status["image"]))

    def plan(self, pod: Object) -> None:
        """See to it that the pod's next step happens, if it has one."""
        uid = uid_of(pod)
        if is_going(pod):
            self._timetable.once(STOP * self._slowness(pod), (uid, "stop"), self._step(pod, self._stop))
        elif not spec_of(pod).get("nodeName"):
            self._timetable.once(SCHEDULE, (uid, ""), self._step(pod, self._schedule))
        elif not status_of(pod).get("startTime"):
            self._timetable.once(CREATE, (uid, ""), self._step(pod, self._accept))
        elif status_of(pod).get("phase") not in ("Succeeded", "Failed"):
            for index, status in enumerate(status_of(pod).get("containerStatuses") or ()):
                self._plan_container(pod, index, status)

    def delete(self, pod: Object, seconds: int | None = None) -> None:
        """Begin to stop it; with no time at all it is gone at once."""
        grace = int(spec_of(pod).get("terminationGracePeriodSeconds", 30)) if seconds is None else seconds
        if grace == 0 or not spec_of(pod).get("nodeName"):
            self._timetable.cancel((uid_of(pod), "stop"))
            self._writer.remove(POD, pod)
            return
        if is_going(pod):
            return
        for container in spec_of(pod).get("containers") or ():
            self._say(pod, "Killing", f"Stopping container {container['name']}", container=container["name"])
        self._writer.begin_deletion(POD, pod, grace)

    def forget(self, pod: Object) -> None:
        uid = uid_of(pod)
        for key in ("", "stop", *(container["name"] for container in spec_of(pod).get("containers") or ())):
            self._timetable.cancel((uid, key))
        for failed in [key for key in self._pulls_failed if key[0] == uid]:
            del self._pulls_failed[failed]

    def _plan_container(self, pod: Object, index: int, status: Object) -> None:
        seconds, act = self._next(pod, index, status)
        if act is not None:
            key = (uid_of(pod), status["name"])
            self._timetable.once(seconds, key, self._step(pod, lambda fresh: act(fresh, index)))

    def _next(
        self, pod: Object, index: int, status: Object
    ) -> tuple[float, Callable[[Object, int], None] | None]:
        """In how many seconds what happens to the container."""
        image, times = _image(pod, index), self._slowness(pod)
        state, fate = status["state"], self._registry.fate(image)
        reason = (state.get("waiting") or {}).get("reason")
        if reason == "ContainerCreating":
            pulled = (spec_of(pod)["nodeName"], image) in self._pulled
            return (START if pulled else PULL) * times, self._pull
        if reason == "ErrImagePull":
            return PULL, self._back_off_pull
        if reason == "ImagePullBackOff":
            failed = self._pulls_failed.get((uid_of(pod), status["name"]), 1)
            return min(LONGEST, RETRY * 2 ** (failed - 1)), self._pull
        if reason == "CrashLoopBackOff":
            return pause(status["restartCount"]), self._restart
        if "running" in state and not status["ready"]:
            if fate in (Fate.CRASH, Fate.OOM):
                return RUN, self._fail
            if fate is Fate.UNREADY:
                return PROBE, self._probe
            return READY * times, self._become_ready
        return 0.0, None

    def _step(self, pod: Object, act: Callable[[Object], None]) -> Callable[[], None]:
        """Act on the pod as it is when the time has come, if it still is; then plan what follows."""
        namespace, name, uid = namespace_of(pod), name_of(pod), uid_of(pod)

        def step() -> None:
            current = self._writer.store.get(POD, namespace, name)
            if current is None or uid_of(current) != uid:
                return
            act(current)
            after = self._writer.store.get(POD, namespace, name)
            if after is not None:
                self.plan(after)

        return step

    def _schedule(self, pod: Object) -> None:
        nodes = [name_of(node) for node in self._writer.store.items(NODE)] or ["node-a"]
        node = nodes[int(uid_of(pod)[:4], 16) % len(nodes)]
        self._recorder.scheduled(POD, pod, node)
        bound = {**pod, "spec": {**spec_of(pod), "nodeName": node}, "status": podstatus.scheduled(pod)}
        self._writer.change(POD, pod, bound, "kube-scheduler", "binding")

    def _accept(self, pod: Object) -> None:
        self._keep(pod, podstatus.accepted(pod))
        for container in spec_of(pod).get("containers") or ():
            if (spec_of(pod)["nodeName"], container["image"]) not in self._pulled:
                told = f'Pulling image "{container["image"]}"'
                self._say(pod, "Pulling", told, container=container["name"])

    def _pull(self, pod: Object, index: int) -> None:
        container, image, node = (
            spec_of(pod)["containers"][index],
            _image(pod, index),
            spec_of(pod)["nodeName"],
        )
        why = self._registry.refusal(image)
        if why:
            key = (uid_of(pod), container["name"])
            self._pulls_failed[key] = self._pulls_failed.get(key, 0) + 1
            self._keep(pod, podstatus.waiting(pod, index, "ErrImagePull", why))
            for told in (f'Failed to pull image "{image}": {why}', "Error: ErrImagePull"):
                self._say(pod, "Failed", told, container=container["name"], type_=WARNING)
            return
        if (node, image) in self._pulled:
            told = f'Container image "{image}" already present on machine'
        else:
            size = self._registry.size(image)
            took = "501ms (501ms including waiting)"
            told = f'Successfully pulled image "{image}" in {took}. Image size: {size} bytes.'
        self._pulled.add((node, image))
        self._say(pod, "Pulled", told, container=container["name"])
        self._start(pod, index)

    def _back_off_pull(self, pod: Object, index: int) -> None:
        image, name = _image(pod, index), spec_of(pod)["containers"][index]["name"]
        told = f'Back-off pulling image "{image}"'
        self._keep(pod, podstatus.waiting(pod, index, "ImagePullBackOff", told))
        self._say(pod, "BackOff", told, container=name)
        self._say(pod, "Failed", "Error: ImagePullBackOff", container=name, type_=WARNING)

    def _start(self, pod: Object, index: int) -> None:
        name, image = spec_of(pod)["containers"][index]["name"], _image(pod, index)
        self._keep(pod, podstatus.started(pod, index, image, self._registry.image_id(image)))
        self._say(pod, "Created", "Container created", container=name)
        self._say(pod, "Started", "Container started", container=name)

    def _restart(self, pod: Object, index: int) -> None:
        name = spec_of(pod)["containers"][index]["name"]
        told = f'Container image "{_image(pod, index)}" already present on machine'
        self._say(pod, "Pulled", told, container=name)
        self._start(pod, index)

    def _become_ready(self, pod: Object, index: int) -> None:
        self._keep(pod, podstatus.ready(pod, index))

    def _fail(self, pod: Object, index: int) -> None:
        """The container ends, and waits before it is started again."""
        name = spec_of(pod)["containers"][index]["name"]
        oom = self._registry.fate(_image(pod, index)) is Fate.OOM
        whole = f"{name_of(pod)}_{namespace_of(pod)}({uid_of(pod)})"
        restarts = status_of(pod)["containerStatuses"][index]["restartCount"]
        told = f"back-off {pause(restarts):.0f}s restarting failed container={name} pod={whole}"
        self._keep(pod, podstatus.ended(pod, index, oom=oom, told=told))
        self._say(
            pod, "BackOff", f"Back-off restarting failed container {name} in pod {whole}", container=name,
            type_=WARNING,
        )  # fmt: skip

    def _probe(self, pod: Object, index: int) -> None:
        name = spec_of(pod)["containers"][index]["name"]
        told = "Readiness probe failed: HTTP probe failed with statuscode: 503"
        self._say(pod, "Unhealthy", told, container=name, type_=WARNING)

    def _stop(self, pod: Object) -> None:
        self._writer.remove(POD, pod)

    def _keep(self, pod: Object, status: Object) -> None:
        current = self._writer.store.get(POD, namespace_of(pod), name_of(pod)) or pod
        self._writer.set_status(POD, current, status, "kubelet")

    def _say(self, pod: Object, reason: str, told: str, *, container: str, type_: str = "Normal") -> None:
        self._recorder.say(
            POD, pod, reason, told, component="kubelet", host=str(spec_of(pod).get("nodeName") or "node-a"),
            container=container, type_=type_,
        )  # fmt: skip

    def _slowness(self, pod: Object) -> float:
        images = [container.get("image", "") for container in spec_of(pod).get("containers") or ()]
        return SLOWNESS if any(self._registry.fate(image) is Fate.SLOW for image in images) else 1.0


def pause(restarts: int) -> float:
    """Seconds before a container that has failed so often is started again."""
    return float(min(LONGEST, RETRY * 2 ** min(restarts, 10)))


def _image(pod: Object, index: int) -> str:
    return str(spec_of(pod)["containers"][index]["image"])
