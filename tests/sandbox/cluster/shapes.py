"""Compares an answer with a recorded one: the same fields of the same types, the same words where words matter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

OTHER_EACH_TIME = frozenset({
    "uid", "resourceVersion", "creationTimestamp", "time", "lastUpdateTime", "lastTransitionTime", "containerID",
    "imageID", "podIP", "hostIP", "ip", "startTime", "startedAt", "finishedAt", "firstTimestamp", "lastTimestamp",
    "eventTime", "nodeName", "clusterIP", "clusterIPs", "continue", "cpu", "memory", "timestamp", "manager",
    "name", "generateName", "pod-template-hash", "addresses", "host", "remainingItemCount", "reportingInstance",
    "endpoints.kubernetes.io/last-change-trigger-time", "generation", "observedGeneration", "count",
})  # fmt: skip
"""Fields whose value means nothing from one cluster to the next; that they are there, and of what type, does."""
_NUMBERS = re.compile(r"\d+(\.\d+)?(ms|s)\b")


def differences(
    wanted: Any, found: Any, allowed: Mapping[str, str], names: Mapping[str, str], path: str = ""
) -> Iterator[str]:
    """Each place where the answer is not as recorded, unless it is allowed there. `names` maps recorded names."""
    if any(re.fullmatch(pattern, path) for pattern in allowed):
        return
    if isinstance(wanted, dict):
        if not isinstance(found, dict):
            yield f"{path}: an object is {type(found).__name__}"
            return
        for key in sorted({*wanted, *found}):
            where = f"{path}.{key}"
            if any(re.fullmatch(pattern, where) for pattern in allowed):
                continue
            if key not in found:
                yield f"{where}: is missing"
            elif key not in wanted:
                yield f"{where}: is new: {str(found[key])[:80]}"
            else:
                yield from differences(wanted[key], found[key], allowed, names, where)
    elif isinstance(wanted, list):
        yield from _lists(wanted, found, allowed, names, path)
    elif type(wanted) is not type(found):
        yield f"{path}: {wanted!r} is {found!r}"
    elif path.rpartition(".")[2].rstrip("[]") not in OTHER_EACH_TIME and _told(wanted, names) != _told(
        found, {}
    ):
        yield f"{path}: {wanted!r} is {found!r}"


def _lists(
    wanted: list[Any], found: Any, allowed: Mapping[str, str], names: Mapping[str, str], path: str
) -> Iterator[str]:
    if not isinstance(found, list):
        yield f"{path}: a list is {type(found).__name__}"
    elif bool(wanted) != bool(found):
        yield f"{path}: {len(wanted)} items are {len(found)}"
    elif len(wanted) == len(found):
        for one, other in zip(wanted, found, strict=True):
            yield from differences(one, other, allowed, names, f"{path}[]")
    else:
        yield f"{path}: {len(wanted)} items are {len(found)}"


def _told(value: Any, names: Mapping[str, str]) -> Any:
    if not isinstance(value, str):
        return value
    for old, new in names.items():
        value = value.replace(old, new)
    return _NUMBERS.sub("#", value)
