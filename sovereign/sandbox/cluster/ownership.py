"""Field sets: which fields of an object somebody wrote, in the form that `managedFields` has them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sovereign.sandbox.cluster import shapes
from sovereign.sandbox.cluster.objects import Object
from sovereign.sandbox.cluster.shapes import Path

Fields = dict[str, Any]
"""FieldsV1: nested, `{}` a leaf, `.` the thing itself."""

SERVER_SIDE = frozenset(
    {
        "creationTimestamp",
        "deletionGracePeriodSeconds",
        "deletionTimestamp",
        "generation",
        "managedFields",
        "name",
        "namespace",
        "resourceVersion",
        "selfLink",
        "uid",
    }
)
"""Metadata that nobody owns."""
_GONE = object()


def ownable(item: Object) -> Object:
    """The object without what nobody can own."""
    meta = {key: value for key, value in (item.get("metadata") or {}).items() if key not in SERVER_SIDE}
    rest = {key: value for key, value in item.items() if key not in ("apiVersion", "kind", "metadata")}
    return {"metadata": meta, **rest} if meta else rest


def applied(item: Object) -> Fields:
    """Every field that a configuration for an apply states."""
    return _stated((), ownable(item))


def changed(before: Object, after: Object) -> tuple[Fields, Fields]:
    """The fields that one object has otherwise than the other, and those that it lacks."""
    added: Fields = {}
    removed: Fields = {}
    _compare((), ownable(before), ownable(after), added, removed)
    return added, removed


def union(one: Fields, other: Fields) -> Fields:
    merged = dict(one)
    for key, value in other.items():
        merged[key] = union(merged[key], value) if key in merged else value
    return merged


def difference(one: Fields, other: Fields) -> Fields:
    """The fields of the one that the other does not have."""
    left: Fields = {}
    for key, value in one.items():
        if key not in other:
            left[key] = value
        elif value:
            rest = difference(value, other[key])
            if rest:
                left[key] = rest
    return left


def intersection(one: Fields, other: Fields) -> Fields:
    shared: Fields = {}
    for key, value in one.items():
        if key in other:
            inner = intersection(value, other[key]) if value and other[key] else {}
            if inner or not value or not other[key]:
                shared[key] = inner
    return shared


def leaves(fields: Fields, so_far: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The place of each field, as a tuple of FieldsV1 names; `.` ends the place of the thing itself."""
    for key, value in fields.items():
        if value:
            yield from leaves(value, (*so_far, key))
        else:
            yield (*so_far, key)


def told(place: tuple[str, ...]) -> str:
    """`.spec.template.spec.containers[name="web"].image`, as conflicts name a field."""
    text = ""
    for part in place:
        if part.startswith("f:"):
            text += "." + part[2:]
        elif part.startswith("k:"):
            pairs = json.loads(part[2:]).items()
            text += "[" + ",".join(f"{key}={json.dumps(value)}" for key, value in pairs) + "]"
        elif part.startswith("v:"):
            text += f"[={part[2:]}]"
    return text


def lookup(item: Any, place: tuple[str, ...]) -> tuple[bool, Any]:
    """Whether there is something at the place, and what."""
    path: Path = ()
    value = item
    for part in place:
        if part.startswith("f:"):
            if not isinstance(value, dict) or part[2:] not in value:
                return False, None
            path, value = (*path, part[2:]), value[part[2:]]
        elif part.startswith("k:"):
            value = shapes.find(path, value, part) if isinstance(value, list) else None
            if value is None:
                return False, None
        elif part.startswith("v:"):
            return isinstance(value, list) and json.loads(part[2:]) in value, None
    return True, value


def _stated(path: Path, value: Any) -> Fields:
    if isinstance(value, dict) and value and not shapes.is_atomic(path):
        return {f"f:{key}": _stated((*path, key), inner) for key, inner in value.items()}
    if isinstance(value, list) and value and shapes.merge_keys(path):
        return {shapes.item_key(path, item): {".": {}, **_item(path, item)} for item in value}
    if isinstance(value, list) and shapes.is_set(path):
        return {"v:" + json.dumps(item): {} for item in value}
    return {}


def _item(path: Path, item: Any) -> Fields:
    if path[-1] == "ownerReferences":
        return {}
    return {f"f:{key}": _stated((*path, key), inner) for key, inner in item.items()}


def _added(path: Path, value: Any) -> Fields:
    """What adding the value adds: all that is in it, and the thing itself."""
    fields: Fields = {}
    if isinstance(value, dict) and value and not shapes.is_atomic(path):
        fields = {f"f:{key}": _added((*path, key), inner) for key, inner in value.items()}
    elif isinstance(value, list) and value and shapes.merge_keys(path):
        fields = {shapes.item_key(path, item): _added_item(path, item) for item in value}
    elif isinstance(value, list) and shapes.is_set(path):
        fields = {"v:" + json.dumps(item): {} for item in value}
    if fields and not shapes.is_always_there(path):
        return {".": {}, **fields}
    return fields


def _added_item(path: Path, item: Any) -> Fields:
    if path[-1] == "ownerReferences":
        return {}
    return {".": {}, **{f"f:{key}": _added((*path, key), inner) for key, inner in item.items()}}


def _compare(path: Path, before: Any, after: Any, added: Fields, removed: Fields) -> None:
    """Fill `added` and `removed` with what differs below this place."""
    if isinstance(before, dict) and isinstance(after, dict) and not shapes.is_atomic(path):
        for key in {**before, **after}:
            one, other = before.get(key, _GONE), after.get(key, _GONE)
            _branch(f"f:{key}", (*path, key), one, other, added, removed)
    elif isinstance(before, list) and isinstance(after, list) and shapes.merge_keys(path):
        olds = {shapes.item_key(path, item): item for item in before}
        news = {shapes.item_key(path, item): item for item in after}
        for key in {**olds, **news}:
            _branch(key, path, olds.get(key, _GONE), news.get(key, _GONE), added, removed, is_item=True)


def _branch(
    key: str, path: Path, before: Any, after: Any, added: Fields, removed: Fields, *, is_item: bool = False
) -> None:
    if before == after:
        return
    if before is _GONE:
        added[key] = _added_item(path, after) if is_item else _added(path, after)
    elif after is _GONE:
        removed[key] = _added_item(path, before) if is_item else _added(path, before)
    elif _divisible(path, before, after, is_item=is_item):
        inner_added: Fields = {}
        inner_removed: Fields = {}
        if is_item:
            for name in {**before, **after}:
                one, other = before.get(name, _GONE), after.get(name, _GONE)
                _branch(f"f:{name}", (*path, name), one, other, inner_added, inner_removed)
        else:
            _compare(path, before, after, inner_added, inner_removed)
        added.update({key: inner_added} if inner_added else {})
        removed.update({key: inner_removed} if inner_removed else {})
    else:
        added[key] = _added(path, after) if not is_item else {}


def _divisible(path: Path, before: Any, after: Any, *, is_item: bool) -> bool:
    if is_item:
        return path[-1] != "ownerReferences"
    if not before or not after or shapes.is_atomic(path):
        return False
    if isinstance(before, dict) and isinstance(after, dict):
        return True
    return isinstance(before, list) and isinstance(after, list) and bool(shapes.merge_keys(path))
