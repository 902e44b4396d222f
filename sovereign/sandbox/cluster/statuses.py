"""Refusals in the words and with the bodies that Kubernetes uses for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus

from sovereign.sandbox.cluster.kinds import Kind
from sovereign.sandbox.cluster.objects import Object

Cause = tuple[str, str, str]
"""Reason, message and field of one thing that is wrong with an object."""


@dataclass(slots=True)
class Refused(Exception):
    """An answer other than success; `body` is the whole Status."""

    code: int
    body: Object
    headers: dict[str, str] = field(default_factory=dict)


def status(code: int, reason: str, message: str, details: Object | None = None) -> Object:
    body: Object = {
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
    }  # fmt: skip
    if reason:
        body["reason"] = reason
    if details is not None:
        body["details"] = details
    body["code"] = code
    return body


def refused(code: int, reason: str, message: str, details: Object | None = None) -> Refused:
    return Refused(code, status(code, reason, message, details))


def success(kind: Kind, name: str, uid: str) -> Object:
    """What a deletion answers when nothing is left to show."""
    return {
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
        "details": _details(kind, name) | {"uid": uid},
    }  # fmt: skip


def _details(kind: Kind, name: str = "", *, typed: bool = False) -> Object:
    found = {"name": name, "group": kind.group, "kind": kind.name if typed else kind.plural}
    return {key: value for key, value in found.items() if value}


def no_path() -> Refused:
    return refused(404, "NotFound", "the server could not find the requested resource", {})


def not_found(kind: Kind, name: str) -> Refused:
    return refused(404, "NotFound", f'{kind.resource} "{name}" not found', _details(kind, name))


def exists(kind: Kind, name: str) -> Refused:
    return refused(409, "AlreadyExists", f'{kind.resource} "{name}" already exists', _details(kind, name))


def conflict(kind: Kind, name: str, why: str = "") -> Refused:
    why = why or (
        "the object has been modified; please apply your changes to the latest version and try again"
    )
    message = f'Operation cannot be fulfilled on {kind.resource} "{name}": {why}'
    return refused(409, "Conflict", message, _details(kind, name))


def another(kind: Kind, name: str, wanted: str, found: str) -> Refused:
    """It has the name, and is not the one that was meant."""
    why = f"Precondition failed: UID in precondition: {wanted}, UID in object meta: {found}"
    return conflict(kind, name, why)


def bad_request(message: str) -> Refused:
    return refused(400, "BadRequest", message)


def method_not_allowed() -> Refused:
    return refused(
        405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {}
    )


def unsupported(content_type: str, known: str) -> Refused:
    message = (
        "the body of the request was in an unknown format - accepted media types include: " + known
        if content_type
        else "the body of the request was in an unknown format"
    )
    return refused(415, "UnsupportedMediaType", message, {})


def unauthorized() -> Refused:
    return refused(401, "Unauthorized", "Unauthorized")


def forbidden(kind: Kind, name: str, why: str) -> Refused:
    named = f'{kind.resource} "{name}"' if name else kind.resource
    return refused(403, "Forbidden", f"{named} is forbidden: {why}", _details(kind, name))


def expired(message: str) -> Refused:
    return refused(410, "Expired", message)


def too_old(asked: int, oldest: int) -> Object:
    """The body of the error that ends a watch whose past is forgotten."""
    return status(410, "Expired", f"too old resource version: {asked} ({oldest})")


def invalid(kind: Kind, name: str, causes: list[Cause]) -> Refused:
    """422; `causes` are (reason, message, field)."""
    lines = [f"{where}: {message}" for _, message, where in causes]
    text = lines[0] if len(lines) == 1 else f"[{', '.join(lines)}]"
    details = _details(kind, name, typed=True)
    details["causes"] = [
        {"reason": reason, "message": message, "field": where} for reason, message, where in causes
    ]
    return refused(422, "Invalid", f'{kind.typed} "{name}" is invalid: {text}', details)


def field_conflicts(conflicts: list[tuple[str, str]]) -> Refused:
    """409 of an apply; the conflicts are (manager as told, field)."""
    count = f"{len(conflicts)} conflict{'s' if len(conflicts) > 1 else ''}"
    by_manager: dict[str, list[str]] = {}
    for manager, where in conflicts:
        by_manager.setdefault(manager, []).append(where)
    if len(conflicts) == 1:
        told = f"conflict with {conflicts[0][0]}: {conflicts[0][1]}"
    else:
        told = "\n".join(
            f"conflicts with {manager}:\n" + "\n".join(f"- {where}" for where in places)
            for manager, places in by_manager.items()
        )
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {manager}", "field": where}
        for manager, where in conflicts
    ]
    return refused(409, "Conflict", f"Apply failed with {count}: {told}", {"causes": causes})


def internal(message: str) -> Refused:
    text = f"Internal error occurred: {message}"
    return refused(
        HTTPStatus.INTERNAL_SERVER_ERROR, "InternalError", text, {"causes": [{"message": message}]}
    )
