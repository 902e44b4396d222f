"""JSON Patch (RFC 6902) and JSON Merge Patch (RFC 7386)."""

from __future__ import annotations

from typing import Any

from sovereign.sandbox.cluster.objects import clone
from sovereign.sandbox.cluster.statuses import bad_request, refused


def merge_patch(target: Any, patch: Any) -> Any:
    """The target with what the patch says; null takes a field out."""
    if not isinstance(patch, dict):
        return clone(patch)
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), value)
    return merged


def json_patch(target: Any, operations: Any) -> Any:
    """The target after every operation. Raises 400 for a bad patch, 422 for one that does not fit."""
    if not isinstance(operations, list):
        raise bad_request(
            "error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch"
        )
    document = clone(target)
    for operation in operations:
        document = _operate(document, operation)
    return document


def _operate(document: Any, operation: Any) -> Any:
    if not isinstance(operation, dict) or "op" not in operation or "path" not in operation:
        raise bad_request("error decoding patch: an operation has `op` and `path`")
    name, path = operation["op"], _steps(operation["path"])
    match name:
        case "add":
            return _add(document, path, clone(operation.get("value")))
        case "remove":
            return _remove(document, path)
        case "replace":
            _at(document, path)
            return _add(_remove(document, path), path, clone(operation.get("value")))
        case "move" | "copy":
            source = _steps(operation.get("from", ""))
            value = clone(_at(document, source))
            return _add(_remove(document, source) if name == "move" else document, path, value)
        case "test":
            if _at(document, path) != operation.get("value"):
                raise _unfit(f"testing value {operation['path']} failed: test failed")
            return document
        case _:
            raise bad_request(f"Unexpected kind: {name}")


def _steps(path: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]


def _at(document: Any, steps: list[str]) -> Any:
    for step in steps:
        if isinstance(document, dict) and step in document:
            document = document[step]
        elif isinstance(document, list) and step.isdecimal() and int(step) < len(document):
            document = document[int(step)]
        else:
            raise _unfit(f"missing path: /{'/'.join(steps)}: missing value")
    return document


def _add(document: Any, steps: list[str], value: Any) -> Any:
    if not steps:
        return value
    parent, last = _at(document, steps[:-1]), steps[-1]
    if isinstance(parent, dict):
        parent[last] = value
    elif isinstance(parent, list) and last == "-":
        parent.append(value)
    elif isinstance(parent, list) and last.isdecimal() and int(last) <= len(parent):
        parent.insert(int(last), value)
    else:
        raise _unfit(f"add operation does not apply: doc is missing path: /{'/'.join(steps)}: missing value")
    return document


def _remove(document: Any, steps: list[str]) -> Any:
    _at(document, steps)
    if not steps:
        return None
    parent, last = _at(document, steps[:-1]), steps[-1]
    if isinstance(parent, dict):
        del parent[last]
    else:
        del parent[int(last)]
    return document


def _unfit(message: str) -> Exception:
    return refused(
        422, "Invalid", f"the server rejected our request due to an error in our request: {message}", {}
    )
