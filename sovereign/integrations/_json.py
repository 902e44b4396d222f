"""From bytes to a JSON value, with patience for what senders do to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NoReturn

from pydantic_core import from_json

from sovereign.core.errors import BadPayload


def decoded(body: bytes) -> object:
    """The value of a JSON body. Raises BadPayload."""
    try:
        return from_json(body, allow_inf_nan=False, cache_strings="keys")  # values hardly ever repeat
    except ValueError:  # half of a surrogate pair, UTF-16, a byte-order mark, deep nesting, or no JSON
        return _patiently(body)


def is_form(headers: Mapping[str, str], body: bytes) -> bool:
    """Whether the body says that it is a form and may be one: curl calls everything so."""
    said = headers.get("content-type", "").lower()
    return said.startswith("application/x-www-form-urlencoded") and body.lstrip()[:1] not in (b"{", b"[")


def _patiently(body: bytes) -> object:
    if not body.strip():
        raise BadPayload("$", "is empty")
    try:
        return _loaded(body)
    except (ValueError, RecursionError) as error:
        raise BadPayload("$", "is not JSON") from error


def _loaded(body: bytes) -> object:
    """A byte that is no UTF-8 spoils the letter that it stands for, and not the alert that it is part of."""
    try:
        return json.loads(body, parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        return json.loads(body.decode(errors="replace"), parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
