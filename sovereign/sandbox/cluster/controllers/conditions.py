"""Conditions of a status: set one, and the times that go with it."""

from __future__ import annotations

from collections.abc import Sequence

from sovereign.sandbox.cluster.objects import Object, stamp


def find(conditions: Sequence[Object], type_: str) -> Object | None:
    return next((condition for condition in conditions if condition["type"] == type_), None)


def with_condition(
    conditions: Sequence[Object], type_: str, status: str, reason: str, message: str, *, renew: bool = False
) -> list[Object]:
    """The conditions with this one, which moves to the end when it changes. `renew` counts it as changed."""
    known = find(conditions, type_)
    if known and (known["status"], known["reason"]) == (status, reason) and not renew:
        return list(conditions)
    since = known["lastTransitionTime"] if known and known["status"] == status else stamp()
    fresh = {
        "type": type_, "status": status, "lastUpdateTime": stamp(), "lastTransitionTime": since,
        "reason": reason, "message": message,
    }  # fmt: skip
    return [*(one for one in conditions if one["type"] != type_), fresh]


def without(conditions: Sequence[Object], type_: str) -> list[Object]:
    return [one for one in conditions if one["type"] != type_]
