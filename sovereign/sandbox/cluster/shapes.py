"""How lists and maps merge: by which keys the items of a list are told apart, and what is one piece."""

from __future__ import annotations

import json
from typing import Any

Path = tuple[str, ...]
"""Names of fields from the top, without what tells items of lists apart."""

_KEYS: dict[str, tuple[str, ...]] = {
    "containers": ("name",),
    "initContainers": ("name",),
    "ephemeralContainers": ("name",),
    "env": ("name",),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "volumeDevices": ("devicePath",),
    "imagePullSecrets": ("name",),
    "hostAliases": ("ip",),
    "conditions": ("type",),
    "ownerReferences": ("uid",),
    "podIPs": ("ip",),
    "secrets": ("name",),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
}
_SETS = frozenset({"finalizers"})
_ATOMIC = frozenset(
    {
        "selector",
        "nodeSelector",
        "resourceFieldRef",
        "fieldRef",
        "secretKeyRef",
        "configMapKeyRef",
        "involvedObject",
        "regarding",
        "related",
        "containerStatuses",
        "targetRef",
        "roleRef",
    }
)
"""Maps that are owned and replaced as one."""
_ALWAYS_THERE = frozenset(
    {
        "metadata",
        "spec",
        "status",
        "template",
        "strategy",
        "containers",
        "source",
        "loadBalancer",
        "resources",
    }
)
"""Fields that are never absent, so that nobody is said to have added them."""


def merge_keys(path: Path) -> tuple[str, ...]:
    """The fields that tell the items of the list there apart; nothing when the list is one piece."""
    name = path[-1] if path else ""
    if name == "ports":
        if "containers" in path or "initContainers" in path:
            return ("containerPort", "protocol")
        return ("port", "protocol") if path == ("spec", "ports") else ()
    return _KEYS.get(name, ())


def strategic_key(path: Path) -> str:
    """The one field by which a strategic merge patch finds the item to change."""
    keys = merge_keys(path)
    return keys[0] if keys and path[-1] != "topologySpreadConstraints" else ("topologyKey" if keys else "")


def is_set(path: Path) -> bool:
    return bool(path) and path[-1] in _SETS


def is_atomic(path: Path) -> bool:
    return bool(path) and (path[-1] in _ATOMIC or path[-2:-1] == ("ownerReferences",))


def is_always_there(path: Path) -> bool:
    return not path or path[-1] in _ALWAYS_THERE


def item_key(path: Path, item: Any) -> str:
    """`k:{"name":"web"}`, as managed fields write an item's place."""
    keys = merge_keys(path)
    found = {key: item.get(key, "TCP" if key == "protocol" else None) for key in sorted(keys)}
    return "k:" + json.dumps(found, separators=(",", ":"))


def find(path: Path, items: list[Any], key: str) -> Any:
    """The item of the list that has this place, or None."""
    return next((item for item in items if item_key(path, item) == key), None)
