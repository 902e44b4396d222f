"""The API's objects as they travel: nested dictionaries, read and changed without altering a stored one.

What the store holds is shared by all and never changed in place: `clone` it, or build a new one around it.
"""

from __future__ import annotations

import secrets
import uuid
from datetime import UTC, datetime
from typing import Any, TypeAlias

from sovereign.core import clock

Object: TypeAlias = dict[str, Any]
Labels: TypeAlias = dict[str, str]

_SUFFIX = "bcdfghjklmnpqrstvwxz2456789"
"""The letters of generated names: no vowels, so that no words come out."""


def clone(value: Any) -> Any:
    """A deep copy of JSON; several times faster than `copy.deepcopy`."""
    if isinstance(value, dict):
        return {key: clone(item) for key, item in value.items()}
    if isinstance(value, list):
        return [clone(item) for item in value]
    return value


def metadata(item: Object) -> Object:
    found = item.get("metadata")
    return found if isinstance(found, dict) else {}


def name_of(item: Object) -> str:
    return str(metadata(item).get("name") or "")


def namespace_of(item: Object) -> str:
    return str(metadata(item).get("namespace") or "")


def uid_of(item: Object) -> str:
    return str(metadata(item).get("uid") or "")


def labels_of(item: Object) -> Labels:
    return metadata(item).get("labels") or {}


def annotations_of(item: Object) -> Labels:
    return metadata(item).get("annotations") or {}


def spec_of(item: Object) -> Object:
    return item.get("spec") or {}


def status_of(item: Object) -> Object:
    return item.get("status") or {}


def with_status(item: Object, status: Object) -> Object:
    return {**item, "status": status}


def with_metadata(item: Object, **changed: Any) -> Object:
    """Fields of the metadata set, or taken out where None is given."""
    merged = {**metadata(item), **changed}
    return {**item, "metadata": {key: value for key, value in merged.items() if value is not None}}


def is_going(item: Object) -> bool:
    """Whether its deletion has begun."""
    return bool(metadata(item).get("deletionTimestamp"))


def controller_of(item: Object) -> Object:
    """The owner that controls it, or nothing."""
    owners = metadata(item).get("ownerReferences") or ()
    return next((owner for owner in owners if owner.get("controller")), {})


def owner(api_version: str, kind: str, item: Object) -> Object:
    """A reference to the controlling owner, for what it makes."""
    return {
        "apiVersion": api_version, "kind": kind, "name": name_of(item), "uid": uid_of(item),
        "controller": True, "blockOwnerDeletion": True,
    }  # fmt: skip


def new_uid() -> str:
    return str(uuid.uuid4())


def suffix(length: int = 5) -> str:
    return "".join(secrets.choice(_SUFFIX) for _ in range(length))


def spelled(number: int) -> str:
    """A number in the letters of generated names, for hashes."""
    letters = ""
    while number:
        number, digit = divmod(number, len(_SUFFIX))
        letters += _SUFFIX[digit]
    return letters


def stamp(moment: datetime | None = None) -> str:
    """A time in whole seconds, as metadata has it."""
    return (moment or clock.now()).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def micro_stamp(moment: datetime | None = None) -> str:
    return (moment or clock.now()).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment_of(text: object) -> datetime | None:
    """The time that a stamp says; None when it is none."""
    if not isinstance(text, str):
        return None
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
