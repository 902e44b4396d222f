"""How Sentry signs: HMAC-SHA256 of the body, raw or, as its own examples compute it, written anew."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from sovereign.core.errors import BadSignature
from sovereign.integrations._source import Inbound, Scheme
from sovereign.integrations._verify import hmac_sha256

LARGEST_REWRITTEN = 1024 * 1024
"""Bytes. A body is decoded before it has proved itself only up to here; Sentry's events end before that."""

RAW = hmac_sha256("sentry-hook-signature")


def verify(inbound: Inbound, secrets: Sequence[str]) -> None:
    """The raw bytes first; then what JavaScript's `JSON.stringify` makes of them. Raises BadSignature."""
    try:
        RAW.verify(inbound, secrets)
    except BadSignature as refusal:
        again = _stringified(inbound.body) if refusal.reason == "wrong_signature" else None
        if again is None:
            raise
        RAW.verify(replace(inbound, body=again), secrets)


def _stringified(body: bytes) -> bytes | None:
    """The JSON as JavaScript writes it; None for what is too large or no JSON."""
    if len(body) > LARGEST_REWRITTEN:
        return None
    try:
        value = json.loads(body, parse_float=_number)
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        return None


def _number(text: str) -> float | int:
    """JavaScript writes 1.0 as 1."""
    value = float(text)
    return int(value) if value.is_integer() else value


SCHEME = Scheme(verify=verify, sign=RAW.sign, name=RAW.name)
