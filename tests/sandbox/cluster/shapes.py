"""Compares an answer with a recorded one: the same fields and types, the same words where words matter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

OTHER_EACH_TIME = frozenset({
    "uid", "resourceVersion", "creationTimestamp", "time", "lastUpdateTime", "lastTransitionTime",
    "containerID", "imageID", "podIP", "hostIP", "ip", "startTime", "startedAt", "finishedAt",
    "firstTimestamp", "lastTimestamp", "eventTime", "nodeName", "clusterIP", "clusterIPs", "continue", "cpu",
    "memory",
    "timestamp", "manager", "name", "generateName", "pod-template-hash", "addresses", "host",
    "remainingItemCount", "reportingInstance", "generation", "observedGeneration", "count",
})  # fmt: skip
"""Fields whose value means nothing elsewhere; that they are there, and of what type, does."""
_NUMBERS = re.compile(r"\d+(\.\d+)?(ms|s)\b")


@dataclass(frozen=True, slots=True)
class Comparison:
    """`allowed` are patterns of places that may differ; `names` says what recorded names are called now."""

    allowed: Mapping[str, str]
    names: Mapping[str, str]

    def differences(self, wanted: Any, found: Any, path: str = "") -> Iterator[str]:
        """Each place where the answer is not as recorded, in words."""
        if any(re.fullmatch(pattern, path) for pattern in self.allowed):
            return
        if type(wanted) is not type(found):
            yield f"{path}: {wanted!r} is {found!r}"
        elif isinstance(wanted, dict):
            yield from self._objects(wanted, found, path)
        elif isinstance(wanted, list):
            yield from self._lists(wanted, found, path)
        elif not _is_other_each_time(path) and _told(wanted, self.names) != _told(found, {}):
            yield f"{path}: {wanted!r} is {found!r}"

    def _objects(self, wanted: dict[str, Any], found: dict[str, Any], path: str) -> Iterator[str]:
        for key in sorted({*wanted, *found}):
            where = f"{path}.{key}"
            if key in wanted and key in found:
                yield from self.differences(wanted[key], found[key], where)
            elif not any(re.fullmatch(pattern, where) for pattern in self.allowed):
                yield f"{where}: " + ("is missing" if key in wanted else f"is new: {str(found[key])[:80]}")

    def _lists(self, wanted: list[Any], found: list[Any], path: str) -> Iterator[str]:
        if len(wanted) != len(found):
            yield f"{path}: {len(wanted)} items are {len(found)}"
            return
        for one, other in zip(wanted, found, strict=True):
            yield from self.differences(one, other, f"{path}[]")


def _is_other_each_time(path: str) -> bool:
    return path.rpartition(".")[2].rstrip("[]") in OTHER_EACH_TIME


def _told(value: Any, names: Mapping[str, str]) -> Any:
    if not isinstance(value, str):
        return value
    for old, new in names.items():
        value = value.replace(old, new)
    return _NUMBERS.sub("#", value)
