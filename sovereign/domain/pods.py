"""What is wrong with a pod, in words a person reads at night, and what its revision has in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sovereign.domain.cluster import ClusterEvent, Container, Phase, Pod

SETTLING = timedelta(seconds=90)
"""How long a pod may be without readiness before that counts as trouble and not as starting."""
SHOWN_EVENT = 200
"""Characters of an event's message."""

_CANNOT_RUN = frozenset(
    {
        "CrashLoopBackOff",
        "CreateContainerConfigError",
        "CreateContainerError",
        "ErrImageNeverPull",
        "ErrImagePull",
        "ImageInspectError",
        "ImagePullBackOff",
        "InvalidImageName",
        "RunContainerError",
    }
)


class Trouble(StrEnum):
    """What kind; the value is what people know it by."""

    OOM = "OOMKilled"
    CRASH = "CrashLoopBackOff"
    IMAGE = "ImagePullBackOff"
    CONFIG = "CreateContainerConfigError"
    UNSCHEDULABLE = "Unschedulable"
    EVICTED = "Evicted"
    UNREADY = "Unready"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """`words` tell it without the pod's name; `lasting`: it will not mend by itself within a rollout."""

    pod: str
    trouble: Trouble
    words: str
    lasting: bool = True


def complaint(pod: Pod, now: datetime) -> Complaint | None:
    """Why a pod does not do its work; None where it does, is on its way up or on its way out."""
    if pod.deleting or pod.phase == "Succeeded":
        return None
    if pod.unscheduled:
        return _of(pod, Trouble.UNSCHEDULABLE, f"no node takes it: {pod.unscheduled}")
    if pod.phase == "Failed":
        kind = Trouble.EVICTED if pod.reason == "Evicted" else Trouble.FAILED
        return _of(pod, kind, f"{pod.reason or 'it failed'}{_colon(pod.message)}")
    for container in pod.containers:
        if found := _of_container(pod, container):
            return found
    if not pod.ready and pod.created_at and now - pod.created_at > SETTLING:
        return _of(pod, Trouble.UNREADY, "it runs and is not ready", lasting=False)
    return None


def _of_container(pod: Pod, container: Container) -> Complaint | None:
    oom = "OOMKilled" in (container.reason, container.last_reason)
    if oom and not container.ready:
        return _of(
            pod, Trouble.OOM, f"{container.name} needs more memory than it may have{_times(container)}"
        )
    if container.phase is Phase.WAITING and container.reason in _CANNOT_RUN:
        return _of(pod, _kind(container.reason), _waiting(container))
    ended = container.phase is Phase.TERMINATED and container.exit_code not in (0, None)
    if ended:
        return _of(
            pod, Trouble.CRASH, f"{container.name} ended with code {container.exit_code}{_times(container)}"
        )
    return None


def _waiting(container: Container) -> str:
    if container.reason == "CrashLoopBackOff":
        code = container.last_exit_code
        with_code = f" with code {code}" if code is not None else ""
        return f"{container.name} ends{with_code} again and again{_times(container)}"
    if "Image" in container.reason:
        return f"its image {container.image} cannot be pulled{_colon(container.message)}"
    return f"{container.reason}{_colon(container.message)}"


def _kind(reason: str) -> Trouble:
    if reason in ("CrashLoopBackOff", "RunContainerError"):
        return Trouble.CRASH
    return Trouble.IMAGE if "Image" in reason else Trouble.CONFIG


def _times(container: Container) -> str:
    return f", {container.restarts} restarts" if container.restarts > 1 else ""


def _colon(message: str) -> str:
    tidy = " ".join(message.split())
    return f": {tidy[:SHOWN_EVENT]}" if tidy else ""


def _of(pod: Pod, trouble: Trouble, words: str, *, lasting: bool = True) -> Complaint:
    return Complaint(pod=pod.name, trouble=trouble, words=words, lasting=lasting)


def complaints(pods: Sequence[Pod], now: datetime) -> Sequence[Complaint]:
    """The worst kinds first; pods of one kind stay in their order."""
    order: Mapping[Trouble, int] = {kind: place for place, kind in enumerate(Trouble)}
    found = [one for pod in pods if (one := complaint(pod, now))]
    return sorted(found, key=lambda one: order[one.trouble])


def summary(found: Sequence[Complaint]) -> str:
    """`3 CrashLoopBackOff, 1 Unready`; empty without a complaint."""
    counted = Counter(one.trouble for one in found)
    return ", ".join(f"{count} {kind}" for kind, count in counted.items())


def telling_event(events: Sequence[ClusterEvent], pod: str) -> str:
    """The newest warning about that pod, as `reason: message`; empty where there is none."""
    about = [one for one in events if one.warning and one.name == pod and one.at]
    newest = max(about, key=lambda one: (one.at, one.count), default=None)
    return f"{newest.reason}{_colon(newest.message)}" if newest else ""
