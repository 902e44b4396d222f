"""From Kubernetes' JSON to what we know of a cluster. What is missing there is empty here; nothing raises."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime

from sovereign.domain.cluster import (
    RESTARTED_AT,
    ClusterEvent,
    Condition,
    Container,
    Endpoint,
    Entry,
    Phase,
    Pod,
    Revision,
    Workload,
)

Raw = Mapping[str, object]
REVISION = "deployment.kubernetes.io/revision"
HASH = "pod-template-hash"
_EMPTY: Raw = {}


def workload(raw: Raw) -> Workload:
    meta, spec, status = _map(raw, "metadata"), _map(raw, "spec"), _map(raw, "status")
    template = _map(spec, "template")
    return Workload(
        name=_text(meta, "name"),
        namespace=_text(meta, "namespace"),
        uid=_text(meta, "uid"),
        version=_text(meta, "resourceVersion"),
        generation=_number(meta, "generation"),
        observed_generation=_number(status, "observedGeneration"),
        desired=_number(spec, "replicas", 1),
        replicas=_number(status, "replicas"),
        updated=_number(status, "updatedReplicas"),
        ready=_number(status, "readyReplicas"),
        available=_number(status, "availableReplicas"),
        images=_images(template),
        selector=_texts(_map(_map(spec, "selector"), "matchLabels")),
        created_at=_time(meta, "creationTimestamp"),
        conditions=tuple(_condition(one) for one in _list(status, "conditions")),
        revision=_revision(meta),
        restarted_at=_text(_map(_map(template, "metadata"), "annotations"), RESTARTED_AT),
        deadline=_optional(spec, "progressDeadlineSeconds"),
        paused=spec.get("paused") is True,
        labels=_texts(_map(meta, "labels")),
        template=template,
    )


def revision(raw: Raw) -> Revision:
    """Of a ReplicaSet."""
    meta, spec, status = _map(raw, "metadata"), _map(raw, "spec"), _map(raw, "status")
    template = _map(spec, "template")
    return Revision(
        name=_text(meta, "name"),
        number=_revision(meta) or 0,
        images=_images(template),
        desired=_number(spec, "replicas", 1),
        ready=_number(status, "readyReplicas"),
        hash=_text(_map(meta, "labels"), HASH),
        created_at=_time(meta, "creationTimestamp"),
        template=template,
    )


def owners(raw: Raw) -> Sequence[str]:
    """The uids of what owns it."""
    return [_text(one, "uid") for one in _list(_map(raw, "metadata"), "ownerReferences")]


def pod(raw: Raw) -> Pod:
    meta, spec, status = _map(raw, "metadata"), _map(raw, "spec"), _map(raw, "status")
    conditions = {_text(one, "type"): one for one in _list(status, "conditions")}
    scheduled = conditions.get("PodScheduled", _EMPTY)
    states = {_text(one, "name"): one for one in _list(status, "containerStatuses")}
    first = {_text(one, "name"): one for one in _list(status, "initContainerStatuses")}
    owner = next(iter(_list(meta, "ownerReferences")), _EMPTY)
    stuck = [
        _container(one, first[name])
        for one in _list(spec, "initContainers")
        if (name := _text(one, "name")) in first and _text(_map(first[name], "state", "waiting"), "reason")
    ]
    return Pod(
        name=_text(meta, "name"),
        namespace=_shared(meta, "namespace"),
        uid=_text(meta, "uid"),
        phase=_shared(status, "phase"),
        ready=_text(conditions.get("Ready", _EMPTY), "status") == "True",
        containers=(
            *(_container(one, states.get(_text(one, "name"), _EMPTY)) for one in _list(spec, "containers")),
            *(one for one in stuck if one.reason not in ("PodInitializing", "ContainerCreating")),
        ),
        hash=_shared(_map(meta, "labels"), HASH),
        owner=_shared(owner, "name"),
        node=_shared(spec, "nodeName"),
        created_at=_time(meta, "creationTimestamp"),
        deleting="deletionTimestamp" in meta,
        reason=_text(status, "reason"),
        message=_text(status, "message"),
        unscheduled=_text(scheduled, "message") if _text(scheduled, "status") == "False" else "",
    )


def event(raw: Raw) -> ClusterEvent:
    about = _map(raw, "involvedObject")
    times = [_time(raw, key) for key in ("lastTimestamp", "eventTime", "firstTimestamp")]
    series = _map(raw, "series")
    return ClusterEvent(
        kind=_text(about, "kind"),
        name=_text(about, "name"),
        reason=_text(raw, "reason"),
        message=_text(raw, "message"),
        warning=_text(raw, "type") == "Warning",
        count=max(_number(raw, "count", 1), _number(series, "count", 1), 1),
        at=_time(series, "lastObservedTime")
        or next((each for each in times if each), _time(_map(raw, "metadata"), "creationTimestamp")),
    )


def entry(raw: Raw) -> Entry:
    """Of a Service."""
    meta, spec = _map(raw, "metadata"), _map(raw, "spec")
    return Entry(
        name=_text(meta, "name"),
        namespace=_text(meta, "namespace"),
        version=_text(meta, "resourceVersion"),
        selector=_texts(_map(spec, "selector")),
        ports=tuple(_number(one, "port") for one in _list(spec, "ports")),
    )


def endpoints(raw: Raw) -> Sequence[Endpoint]:
    """Of one EndpointSlice. A condition that is not said counts as the API has it: ready."""
    return [
        Endpoint(
            address=address,
            pod=_text(_map(one, "targetRef"), "name"),
            ready=_map(one, "conditions").get("ready") is not False,
            terminating=_map(one, "conditions").get("terminating") is True,
        )
        for one in _list(raw, "endpoints")
        for address in _strings(one, "addresses")[:1]
    ]


def items(raw: Raw) -> Sequence[Raw]:
    return _list(raw, "items")


def place_of(raw: Raw) -> str:
    """The resourceVersion of a list or a thing."""
    return _text(_map(raw, "metadata"), "resourceVersion")


def next_page(raw: Raw) -> str:
    return _text(_map(raw, "metadata"), "continue")


def name(raw: Raw) -> str:
    return _text(_map(raw, "metadata"), "name")


def _container(spec: Raw, status: Raw) -> Container:
    state, last = _map(status, "state"), _map(_map(status, "lastState"), "terminated")
    phase = next((each for each in Phase if each.value in state), Phase.UNKNOWN)
    now = _map(state, phase.value)
    return Container(
        name=_shared(spec, "name"),
        image=_shared(spec, "image"),
        ready=status.get("ready") is True,
        restarts=_number(status, "restartCount"),
        phase=phase,
        reason=_shared(now, "reason"),
        message=_text(now, "message"),
        exit_code=_optional(now, "exitCode"),
        last_reason=_shared(last, "reason"),
        last_exit_code=_optional(last, "exitCode"),
        image_id=_shared(status, "imageID"),
    )


def _condition(raw: Raw) -> Condition:
    return Condition(
        kind=_shared(raw, "type"),
        state=_shared(raw, "status"),
        reason=_shared(raw, "reason"),
        message=_text(raw, "message"),
        changed_at=_time(raw, "lastTransitionTime"),
    )


def _images(template: Raw) -> Mapping[str, str]:
    return {_text(one, "name"): _text(one, "image") for one in _list(_map(template, "spec"), "containers")}


def _revision(meta: Raw) -> int | None:
    given = _text(_map(meta, "annotations"), REVISION)
    return int(given) if given.isascii() and given.isdigit() else None


def _map(raw: Raw, *path: str) -> Raw:
    for key in path:
        found = raw.get(key)
        raw = found if isinstance(found, dict) else _EMPTY
    return raw


def _list(raw: Raw, key: str) -> Sequence[Raw]:
    found = raw.get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _strings(raw: Raw, key: str) -> Sequence[str]:
    found = raw.get(key)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def _text(raw: Raw, key: str) -> str:
    found = raw.get(key)
    return found if isinstance(found, str) else ""


def _shared(raw: Raw, key: str) -> str:
    """As `_text`, for what thousands of things say alike: they hold it once."""
    return sys.intern(_text(raw, key))


def _texts(raw: Raw) -> Mapping[str, str]:
    return {key: value for key, value in raw.items() if isinstance(value, str)}


def _number(raw: Raw, key: str, default: int = 0) -> int:
    found = _optional(raw, key)
    return default if found is None else found


def _optional(raw: Raw, key: str) -> int | None:
    found = raw.get(key)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _time(raw: Raw, key: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(_text(raw, key))
    except ValueError:
        return None
    return found if found.tzinfo else None
