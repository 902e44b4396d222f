"""Signatures over JSON as JavaScript writes it, as the examples of some senders compute them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sovereign.core.errors import BadSignature
from sovereign.core.records import replace
from sovereign.integrations._source import Inbound, Scheme

LARGEST_REWRITTEN = 1024 * 1024
"""Bytes of a body that is decoded before it has proved itself."""


def raw_or_stringified(raw: Scheme) -> Scheme:
    """The proof over the raw bytes; failing that, over what `JSON.stringify` makes of them."""

    def verify(inbound: Inbound, secrets: Sequence[str]) -> None:
        try:
            raw.verify(inbound, secrets)
        except BadSignature as refusal:
            again = _stringified(inbound.body) if refusal.reason == "wrong_signature" else None
            if again is None:
                raise
            raw.verify(replace(inbound, body=again), secrets)

    elsewhere = raw.elsewhere
    moved = (lambda other: raw_or_stringified(elsewhere(other))) if elsewhere else None
    return replace(raw, verify=verify, elsewhere=moved)


def _stringified(body: bytes) -> bytes | None:
    """The JSON as JavaScript writes it; None for what is too large or no JSON."""
    if len(body) > LARGEST_REWRITTEN:
        return None
    try:
        value = json.loads(body, parse_float=_number)
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except (ValueError, OverflowError, RecursionError):
        return None


def _number(text: str) -> float | int:
    """JavaScript writes 1.0 as 1."""
    value = float(text)
    return int(value) if value.is_integer() else value
