"""How a rollout goes: the status of a deployment, its conditions, and whether it has run out of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sovereign.core import clock
from sovereign.sandbox.cluster.controllers import conditions
from sovereign.sandbox.cluster.controllers.shares import Bounds
from sovereign.sandbox.cluster.objects import Object, metadata, moment_of, name_of, spec_of, status_of

OWN_WRITES = "status"
"""The controller manages the revision together with the status."""
_COUNTS = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas")


@dataclass(frozen=True, slots=True)
class Outcome:
    """`moved` says that the rollout has come on, so that its time begins anew."""

    status: Object
    look_again: float | None
    moved: bool


def judge(item: Object, new: Object | None, sets: Sequence[Object], limits: Bounds, passed: float) -> Outcome:
    """What the status says, so many of the cluster's seconds after the rollout came on the last time."""
    before = status_of(item)
    status = _counted(item, new, sets)
    known = _availability(item, status, before.get("conditions") or [], limits)
    known = _failure(known, sets)
    status["conditions"], look_again, moved = _progress(item, new, status, known, passed)
    return Outcome(status, look_again, moved)


def is_complete(item: Object, new: Object | None, olds: Sequence[Object]) -> bool:
    """Every pod is of the present template, and enough of them are available."""
    wanted, status = int(spec_of(item).get("replicas") or 0), status_of(new) if new else {}
    return (
        new is not None
        and status.get("availableReplicas", 0) >= wanted
        and not any(status_of(old).get("replicas") for old in olds)
    )


def _counted(item: Object, new: Object | None, sets: Sequence[Object]) -> Object:
    wanted = int(spec_of(item).get("replicas") or 0)
    total = _sum(sets, "replicas")
    available = _sum(sets, "availableReplicas")
    counts = {
        "replicas": total, "updatedReplicas": status_of(new).get("replicas", 0) if new else 0,
        "readyReplicas": _sum(sets, "readyReplicas"), "availableReplicas": available,
        "unavailableReplicas": max(0, max(wanted, sum(int(spec_of(one).get("replicas") or 0) for one in sets))
                                   - available),
    }  # fmt: skip
    status: Object = {"observedGeneration": metadata(item).get("generation", 1)}
    status |= {key: counts[key] for key in _COUNTS if counts[key]}
    status["terminatingReplicas"] = _sum(sets, "terminatingReplicas")
    return status


def _sum(sets: Sequence[Object], field: str) -> int:
    return sum(int(status_of(one).get(field) or 0) for one in sets)


def _availability(item: Object, status: Object, known: list[Object], limits: Bounds) -> list[Object]:
    enough = int(spec_of(item).get("replicas") or 0) - limits.unavailable
    if status.get("availableReplicas", 0) >= enough:
        return conditions.with_condition(
            known, "Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability."
        )
    return conditions.with_condition(
        known, "Available", "False", "MinimumReplicasUnavailable",
        "Deployment does not have minimum availability.",
    )  # fmt: skip


def _failure(known: list[Object], sets: Sequence[Object]) -> list[Object]:
    for one in sets:
        found = conditions.find(status_of(one).get("conditions") or (), "ReplicaFailure")
        if found:
            return conditions.with_condition(
                known, "ReplicaFailure", "True", found["reason"], found["message"]
            )
    return conditions.without(known, "ReplicaFailure")


def _progress(
    item: Object, new: Object | None, status: Object, known: list[Object], passed: float
) -> tuple[list[Object], float | None, bool]:
    spec, before = spec_of(item), conditions.find(known, "Progressing")
    deadline = spec.get("progressDeadlineSeconds")
    if spec.get("paused"):
        return _say(known, "Unknown", "DeploymentPaused", "Deployment is paused"), None, False
    if deadline is None:
        return conditions.without(known, "Progressing"), None, False
    if before and before["reason"] == "DeploymentPaused":
        return _say(known, "Unknown", "DeploymentResumed", "Deployment is resumed"), float(deadline), True
    if new is None:
        return known, None, False
    if _is_done(item, status):
        return _done(known, before, new), None, True
    if before is None or _is_of_another(before, new):
        return _say(known, "True", *_found(item, new), renew=True), float(deadline), True
    if before["reason"] == "NewReplicaSetAvailable":
        return known, None, False
    return _under_way(item, new, status, known, before, float(deadline) - passed)


def _done(known: list[Object], before: Object | None, new: Object) -> list[Object]:
    named = f'"{name_of(new)}"'
    if before and before["reason"] == "NewReplicaSetAvailable" and named in before["message"]:
        return known
    renew = bool(before and before["reason"] == "NewReplicaSetAvailable")
    told = f"ReplicaSet {named} has successfully progressed."
    return _say(known, "True", "NewReplicaSetAvailable", told, renew=renew)


def _under_way(
    item: Object, new: Object, status: Object, known: list[Object], before: Object, rest: float
) -> tuple[list[Object], float | None, bool]:
    called = f'ReplicaSet "{name_of(new)}"'
    if _has_progressed(status_of(item), status):
        deadline = float(spec_of(item)["progressDeadlineSeconds"])
        told = f"{called} is progressing."
        return _say(known, "True", "ReplicaSetUpdated", told, renew=True), deadline, True
    if before["status"] == "False":
        return known, None, False
    if rest > 0:
        return known, rest, False
    told = f"{called} has timed out progressing."
    return _say(known, "False", "ProgressDeadlineExceeded", told), None, False


def _say(known: list[Object], status: str, reason: str, message: str, *, renew: bool = False) -> list[Object]:
    return conditions.with_condition(known, "Progressing", status, reason, message, renew=renew)


def _found(item: Object, new: Object) -> tuple[str, str]:
    if metadata(new).get("generation", 1) > 1 and status_of(item).get("conditions"):
        return "FoundNewReplicaSet", f'Found new replica set "{name_of(new)}"'
    return "NewReplicaSetCreated", f'Created new replica set "{name_of(new)}"'


def _is_of_another(before: Object, new: Object) -> bool:
    """Whether the condition speaks of the rollout before this one."""
    return f'"{name_of(new)}"' not in before["message"] and before["reason"] != "DeploymentResumed"


def _is_done(item: Object, status: Object) -> bool:
    wanted = int(spec_of(item).get("replicas") or 0)
    counted = [status.get(field, 0) for field in ("replicas", "updatedReplicas", "availableReplicas")]
    return all(count == wanted for count in counted)


def _has_progressed(before: Object, after: Object) -> bool:
    def old(status: Object) -> int:
        return int(status.get("replicas", 0)) - int(status.get("updatedReplicas", 0))

    return (
        after.get("updatedReplicas", 0) > before.get("updatedReplicas", 0)
        or old(after) < old(before)
        or after.get("readyReplicas", 0) > before.get("readyReplicas", 0)
        or after.get("availableReplicas", 0) > before.get("availableReplicas", 0)
    )


def passed(item: Object) -> float:
    """Seconds since the rollout came on the last time, as its condition has it."""
    before = conditions.find(status_of(item).get("conditions") or (), "Progressing")
    since = moment_of(before.get("lastUpdateTime")) if before else None
    return (clock.now() - since).total_seconds() if since else 0.0
