"""The deployment controller: a replica set for each template, replicas moved from the old ones to the new."""

from __future__ import annotations

import hashlib
import json

from sovereign.core import clock
from sovereign.sandbox.cluster.controllers import progress, shares
from sovereign.sandbox.cluster.controllers.recording import Recorder
from sovereign.sandbox.cluster.controllers.replicasets import living_pods
from sovereign.sandbox.cluster.controllers.shares import Bounds, Share
from sovereign.sandbox.cluster.kinds import DEPLOYMENT, POD, REPLICA_SET
from sovereign.sandbox.cluster.objects import (
    Object,
    annotations_of,
    clone,
    is_going,
    labels_of,
    metadata,
    name_of,
    namespace_of,
    owner,
    spec_of,
    spelled,
    status_of,
    uid_of,
    with_metadata,
)
from sovereign.sandbox.cluster.writing import Manner, Writer

NAME = "deployment-controller"
REVISION = "deployment.kubernetes.io/revision"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MOST = "deployment.kubernetes.io/max-replicas"
HASH = "pod-template-hash"
_NOT_COPIED = frozenset(
    {
        "kubectl.kubernetes.io/last-applied-configuration",
        REVISION,
        DESIRED,
        MOST,
        "deployment.kubernetes.io/revision-history",
    }
)


class Deployments:
    def __init__(self, writer: Writer, recorder: Recorder) -> None:
        self._writer, self._recorder = writer, recorder
        self._came_on: dict[str, float] = {}
        """When each rollout came on the last time, by uid; the status has whole seconds only."""

    def reconcile(self, item: Object, speed: float) -> float | None:
        """Move one step towards what is wanted. Seconds after which to look again at the latest, or None."""
        if is_going(item):
            return None
        new, olds = self._sets(item)
        if spec_of(item).get("paused") or self._is_scaled(item, new, olds):
            self._scale(item, new, olds)
        elif _strategy(item) == "Recreate":
            new = self._recreate(item, new, olds)
        else:
            new = self._roll(item, new, olds)
        self._say_revision(item, new)
        new, olds = self._sets(item)
        self._clean_up(item, new, olds)
        current = self._current(item)
        now, sets = clock.monotonic(), [*olds, *([new] if new else [])]
        since = self._came_on.setdefault(uid_of(item), now - progress.passed(item))
        outcome = progress.judge(current, new, sets, _limits(item), (now - since) * speed)
        if outcome.moved:
            self._came_on[uid_of(item)] = now
        self._writer.set_status(DEPLOYMENT, current, outcome.status)
        return outcome.look_again

    def forget(self, item: Object) -> None:
        self._came_on.pop(uid_of(item), None)

    def _current(self, item: Object) -> Object:
        return self._writer.store.get(DEPLOYMENT, namespace_of(item), name_of(item)) or item

    def _sets(self, item: Object) -> tuple[Object | None, list[Object]]:
        """The replica set of the present template, if there is one, and the others, oldest first."""
        owned = self._writer.store.owned(REPLICA_SET, uid_of(item))
        wanted = _bare(spec_of(item)["template"])
        same = [each for each in owned if _bare(spec_of(each)["template"]) == wanted]
        new = min(same, key=_age) if same else None
        return new, sorted((each for each in owned if each is not new), key=_age)

    def _roll(self, item: Object, new: Object | None, olds: list[Object]) -> Object:
        replicas, limits = _replicas(item), _limits(item)
        made = new is None
        new = self._with_new(item, new, olds)
        wanted = shares.new_wanted(replicas, limits, _share(new), [_share(old) for old in olds])
        if self._resize(item, new, wanted) or made:
            return new
        left = shares.olds_wanted(replicas, limits, _share(new), [_share(old) for old in olds])
        for old, count in zip(olds, left, strict=True):
            self._resize(item, old, count)
        return new

    def _recreate(self, item: Object, new: Object | None, olds: list[Object]) -> Object | None:
        for old in olds:
            self._resize(item, old, 0)
        if any(self._writer.store.owned(POD, uid_of(old)) for old in olds):
            return new
        new = self._with_new(item, new, olds)
        self._resize(item, new, _replicas(item))
        return new

    def _with_new(self, item: Object, new: Object | None, olds: list[Object]) -> Object:
        """The replica set of the template, made if need be, with the newest revision."""
        revision = str(max((_revision(old) for old in olds), default=0) + 1)
        if new is None:
            return self._make(item, revision)
        if _revision(new) < int(revision):
            notes = {**annotations_of(new), **_copied(item), REVISION: revision}
            new = self._writer.change(REPLICA_SET, new, with_metadata(new, annotations=notes))
        return new

    def _make(self, item: Object, revision: str) -> Object:
        return self._writer.create(REPLICA_SET, namespace_of(item), replica_set_of(item, revision), Manner())

    def _resize(self, item: Object, one: Object, count: int) -> bool:
        """Whether the replica set had another size before."""
        now = int(spec_of(one).get("replicas") or 0)
        notes = {**annotations_of(one), **_sizes(item)}
        if now == count and (notes == annotations_of(one) or not count):
            return False
        after = with_metadata({**one, "spec": {**spec_of(one), "replicas": count}}, annotations=notes)
        self._writer.change(REPLICA_SET, one, after)
        if now != count:
            way = "up" if count > now else "down"
            told = f"Scaled {way} replica set {name_of(one)} from {now} to {count}"
            self._recorder.say(DEPLOYMENT, item, "ScalingReplicaSet", told, component=NAME)
        return now != count

    def _is_scaled(self, item: Object, new: Object | None, olds: list[Object]) -> bool:
        """Whether somebody has changed the number of replicas since the living sets were sized."""
        living = [each for each in [*olds, *([new] if new else [])] if spec_of(each).get("replicas")]
        return any(annotations_of(each).get(DESIRED) not in (None, str(_replicas(item))) for each in living)

    def _scale(self, item: Object, new: Object | None, olds: list[Object]) -> None:
        replicas, limits = _replicas(item), _limits(item)
        every = [*([new] if new else []), *reversed(olds)]
        living = [each for each in every if spec_of(each).get("replicas")]
        if len(living) <= 1:
            if every:
                self._resize(item, living[0] if living else every[0], replicas)
            return
        if new is not None and status_of(new).get("availableReplicas", 0) >= replicas:
            for old in olds:
                self._resize(item, old, 0)
            self._resize(item, new, replicas)
            return
        if _strategy(item) == "RollingUpdate":
            living.sort(key=lambda each: -int(spec_of(each)["replicas"]))
            before = max(int(annotations_of(each).get(MOST) or 0) for each in living)
            allowed = replicas + limits.surge if replicas else 0
            sizes = [int(spec_of(each)["replicas"]) for each in living]
            for each, count in zip(living, shares.proportional(allowed, sizes, before), strict=True):
                self._resize(item, each, count)

    def _say_revision(self, item: Object, new: Object | None) -> None:
        revision = annotations_of(new).get(REVISION) if new else None
        current = self._current(item)
        if revision and annotations_of(current).get(REVISION) != revision:
            notes = {**annotations_of(current), REVISION: revision}
            self._writer.change(
                DEPLOYMENT, current, with_metadata(current, annotations=notes), sub=progress.OWN_WRITES
            )

    def _clean_up(self, item: Object, new: Object | None, olds: list[Object]) -> None:
        limit = spec_of(item).get("revisionHistoryLimit")
        if limit is None or not progress.is_complete(self._current(item), new, olds):
            return
        idle = [
            old for old in sorted(olds, key=_revision)
            if not spec_of(old).get("replicas") and not living_pods(self._writer.store, old)
        ]  # fmt: skip
        for old in idle[: max(0, len(idle) - int(limit))]:
            self._writer.remove(REPLICA_SET, old)


def replica_set_of(item: Object, revision: str) -> Object:
    """The replica set for the deployment's present template, without replicas yet."""
    template = clone(spec_of(item)["template"])
    mark = _template_hash(template, int(status_of(item).get("collisionCount") or 0))
    labels = {**(metadata(template).get("labels") or {}), HASH: mark}
    template["metadata"] = {**(template.get("metadata") or {}), "labels": labels}
    selector = clone(spec_of(item)["selector"])
    selector["matchLabels"] = {**(selector.get("matchLabels") or {}), HASH: mark}
    spec: Object = {"replicas": 0, "selector": selector, "template": template}
    if spec_of(item).get("minReadySeconds"):
        spec["minReadySeconds"] = spec_of(item)["minReadySeconds"]
    return {
        "metadata": {
            "name": f"{name_of(item)}-{mark}", "labels": labels,
            "annotations": {**_copied(item), **_sizes(item), REVISION: revision},
            "ownerReferences": [owner("apps/v1", "Deployment", item)],
        },
        "spec": spec,
    }  # fmt: skip


def _sizes(item: Object) -> dict[str, str]:
    replicas = _replicas(item)
    surge = _limits(item).surge if _strategy(item) == "RollingUpdate" else 0
    return {DESIRED: str(replicas), MOST: str(replicas + surge)}


def _replicas(item: Object) -> int:
    return int(spec_of(item).get("replicas") or 0)


def _strategy(item: Object) -> str:
    return str((spec_of(item).get("strategy") or {}).get("type") or "RollingUpdate")


def _limits(item: Object) -> Bounds:
    rolling = (spec_of(item).get("strategy") or {}).get("rollingUpdate")
    if rolling is None:
        return Bounds(0, 0)
    return shares.bounds(
        _replicas(item), rolling.get("maxSurge", "25%"), rolling.get("maxUnavailable", "25%")
    )


def _share(one: Object) -> Share:
    wanted = int(spec_of(one).get("replicas") or 0)
    return Share(wanted, int(status_of(one).get("availableReplicas") or 0))


def _revision(one: Object) -> int:
    text = annotations_of(one).get(REVISION) or "0"
    return int(text) if text.isdecimal() else 0


def _age(one: Object) -> tuple[str, int]:
    return str(metadata(one).get("creationTimestamp")), int(metadata(one).get("resourceVersion") or 0)


def _copied(item: Object) -> dict[str, str]:
    return {key: value for key, value in annotations_of(item).items() if key not in _NOT_COPIED}


def _bare(template: Object) -> Object:
    labels = {key: value for key, value in labels_of(template).items() if key != HASH}
    return {**template, "metadata": {**metadata(template), "labels": labels}}


def _template_hash(template: Object, collisions: int) -> str:
    told = json.dumps(template, sort_keys=True) + str(collisions)
    return spelled(int.from_bytes(hashlib.sha256(told.encode()).digest()[:6]))[:10]
