"""Strategic merge patches: items of lists are found by their key, and directives say what else is meant."""

from __future__ import annotations

from typing import Any

from sovereign.sandbox.cluster import shapes
from sovereign.sandbox.cluster.objects import Object, clone
from sovereign.sandbox.cluster.shapes import Path
from sovereign.sandbox.cluster.statuses import bad_request

_HOW, _KEEP, _ORDER, _FROM_LIST = "$patch", "$retainKeys", "$setElementOrder/", "$deleteFromPrimitiveList/"


def strategic_patch(target: Object, patch: Object, path: Path = ()) -> Object:
    """The target with what the patch says. Raises 400 when an item lacks its key."""
    if patch.get(_HOW) == "replace":
        return {key: clone(value) for key, value in patch.items() if key != _HOW}
    merged = dict(target)
    if _KEEP in patch:
        merged = {key: value for key, value in merged.items() if key in patch[_KEEP]}
    for key, value in patch.items():
        if key.startswith(_FROM_LIST):
            name = key.removeprefix(_FROM_LIST)
            merged[name] = [item for item in merged.get(name) or () if item not in value]
        elif not key.startswith("$"):
            _merge_field(merged, key, value, (*path, key))
    for key, order in patch.items():
        if key.startswith(_ORDER):
            name = key.removeprefix(_ORDER)
            merged[name] = _ordered(merged.get(name) or [], order, (*path, name))
    return merged


def _merge_field(merged: Object, key: str, value: Any, path: Path) -> None:
    known = merged.get(key)
    if value is None:
        merged.pop(key, None)
    elif isinstance(value, dict):
        if value.get(_HOW) == "delete":
            merged.pop(key, None)
        else:
            merged[key] = strategic_patch(known if isinstance(known, dict) else {}, value, path)
    elif isinstance(value, list):
        merged[key] = _merge_list(known if isinstance(known, list) else [], value, path)
    else:
        merged[key] = value


def _merge_list(known: list[Any], patch: list[Any], path: Path) -> list[Any]:
    if shapes.is_set(path):
        return [*known, *(item for item in patch if item not in known)]
    key = shapes.strategic_key(path)
    if not key:
        return list(clone(patch))
    if any(isinstance(item, dict) and item.get(_HOW) == "replace" for item in patch):
        return [clone(item) for item in patch if _HOW not in item]
    merged = list(known)
    fresh: list[Any] = []
    for item in patch:
        if not isinstance(item, dict) or key not in item:
            raise bad_request(f"map: {item} does not contain declared merge key: {key}")
        place = next((index for index, one in enumerate(merged) if one.get(key) == item[key]), None)
        if item.get(_HOW) == "delete":
            merged = [one for one in merged if one.get(key) != item[key]]
        elif place is None:
            fresh.append(strategic_patch({}, item, path))
        else:
            merged[place] = strategic_patch(merged[place], item, path)
    return [*fresh, *merged] if path[-1] in _FIRST else [*merged, *fresh]


_FIRST = frozenset({"env", "volumes", "volumeMounts", "containers", "initContainers", "ports"})
"""Lists in which the server puts what a patch adds before what is there."""


def _ordered(items: list[Any], order: list[Any], path: Path) -> list[Any]:
    """The items in the order that the patch wants; what it does not name keeps its place behind."""
    key = shapes.strategic_key(path)
    wanted = [entry.get(key) if isinstance(entry, dict) else entry for entry in order]

    def place(item: Any) -> int:
        name = item.get(key) if isinstance(item, dict) else item
        return wanted.index(name) if name in wanted else len(wanted)

    return sorted(items, key=place)
