"""The fields that each kind has, and what is wrong with a body that has others or gives them another type."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

from sovereign.sandbox.cluster.kinds import Kind
from sovereign.sandbox.cluster.objects import Object
from sovereign.sandbox.cluster.statuses import bad_request

Types = dict[str, dict[str, str]]

_PYTHON: dict[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,)
}  # fmt: skip
_GO = {"string": "string", "integer": "int32", "number": "float64", "boolean": "bool"}
_TYPES = {"Event": "CoreV1Event", "events.k8s.io": "EventsV1Event"}


@cache
def types() -> Types:
    """Every type by name: its fields, each with the name of its type (`[]` a list, `{}` a map of it)."""
    text = resources.files(__package__).joinpath("fields.json").read_text(encoding="utf-8")
    found: Types = json.loads(text)
    return found


def type_name(kind: Kind) -> str:
    if kind.name == "Event":
        return _TYPES.get(kind.group, "CoreV1Event")
    return kind.name


def check(kind: Kind, body: Object, *, strict: bool) -> list[str]:
    """The unknown fields, as paths. Raises 400 for a type that cannot be; for them too if `strict`."""
    known = type_name(kind)
    if known not in types():
        return []
    unknown = list(_problems(kind, known, body, ""))
    if unknown and strict:
        told = ", ".join(f'unknown field "{path}"' for path in unknown)
        raise bad_request(
            f'{kind.name} in version "{kind.version}" cannot be handled as a {kind.name}: '
            f"strict decoding error: {told}"
        )
    return unknown


def without_unknown(kind: Kind, body: Object) -> Object:
    """The body as the server decodes it: what it does not know is dropped, and null is absence."""
    known = type_name(kind)
    decoded = _decoded(known, body) if known in types() else body
    return decoded if isinstance(decoded, dict) else body


def _problems(kind: Kind, type_: str, value: Any, path: str) -> Iterator[str]:
    if value is None or type_ == "any":
        return
    if type_.startswith("[]"):
        for index, item in enumerate(_expected(kind, value, list, path)):
            yield from _problems(kind, type_[2:], item, f"{path}[{index}]")
    elif type_.startswith("{}"):
        for key, item in _expected(kind, value, dict, path).items():
            yield from _problems(kind, type_[2:], item, f"{path}.{key}")
    elif type_ in _PYTHON:
        _check_plain(kind, type_, value, path)
    else:
        yield from _of_object(kind, type_, value, path)


def _check_plain(kind: Kind, type_: str, value: Any, path: str) -> None:
    if not isinstance(value, _PYTHON[type_]) or (isinstance(value, bool) and type_ != "boolean"):
        _mismatch(kind, value, path, _GO[type_])


def _of_object(kind: Kind, type_: str, value: Any, path: str) -> Iterator[str]:
    known = types()[type_]
    for key, item in _expected(kind, value, dict, path).items():
        where = f"{path}.{key}" if path else key
        if key in known:
            yield from _problems(kind, known[key], item, where)
        elif known:
            yield where


def _expected(kind: Kind, value: Any, wanted: type, path: str) -> Any:
    if not isinstance(value, wanted):
        _mismatch(kind, value, path, "[]interface {}" if wanted is list else "map[string]interface {}")
    return value


def _mismatch(kind: Kind, value: Any, path: str, wanted: str) -> None:
    given = {str: "string", bool: "bool", list: "array", dict: "object"}.get(type(value), "number")
    raise bad_request(
        f'{kind.name} in version "{kind.version}" cannot be handled as a {kind.name}: '
        f"json: cannot unmarshal {given} into Go struct field {kind.name}.{path} of type {wanted}"
    )


def _decoded(type_: str, value: Any) -> Any:
    if type_.startswith("[]") and isinstance(value, list):
        return [_decoded(type_[2:], item) for item in value]
    if type_.startswith("{}") and isinstance(value, dict):
        return {key: _decoded(type_[2:], item) for key, item in value.items() if item is not None}
    fields = types().get(type_)
    if not fields or not isinstance(value, dict):
        return value
    return {
        key: _decoded(fields[key], item)
        for key, item in value.items()
        if key in fields and (item is not None or key in _NULLS)
    }


_NULLS = frozenset({"eventTime", "firstTimestamp", "lastTimestamp", "lastProbeTime"})
"""Times that are written as null rather than left out."""
