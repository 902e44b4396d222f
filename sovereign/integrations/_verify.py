"""The ways in which a delivery proves where it came from. Each compares in constant time."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

from sovereign.core.errors import BadSignature
from sovereign.integrations._source import Headers, Inbound, Scheme


def hmac_sha256(header: str, *, prefix: str = "", optional_prefix: str = "") -> Scheme:
    """Hexadecimal HMAC-SHA256 of the raw body in `header`, after `prefix`, or after `optional_prefix`."""

    def verify(inbound: Inbound, secrets: Sequence[str]) -> None:
        given = _present(inbound.headers, header).removeprefix(optional_prefix)
        _match(given, [prefix + _hexadecimal(inbound.body, secret) for secret in secrets if secret], header)

    def sign(inbound: Inbound, secret: str) -> Headers:
        return {header: (prefix or optional_prefix) + _hexadecimal(inbound.body, secret)}

    return Scheme(verify=verify, sign=sign)


def bearer_or_basic() -> Scheme:
    """`Authorization: Bearer SECRET`, or HTTP basic with any user name and the secret as password."""

    def verify(inbound: Inbound, secrets: Sequence[str]) -> None:
        kind, _, given = _present(inbound.headers, "authorization").partition(" ")
        if kind.lower() == "basic":
            given = _password(given)
        elif kind.lower() != "bearer":
            raise BadSignature("wrong_scheme", "Authorization must be Bearer or Basic.")
        _match(given.strip(), list(secrets), "authorization")

    def sign(inbound: Inbound, secret: str) -> Headers:
        return {"authorization": f"Bearer {secret}"}

    return Scheme(verify=verify, sign=sign)


def _hexadecimal(body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _present(headers: Headers, name: str) -> str:
    if not headers.get(name):
        raise BadSignature("missing_signature", f"The header {name} is missing.")
    return headers[name]


def _match(given: str, expected: list[str], header: str) -> None:
    """Every secret is tried, so that the time taken does not tell which one was near."""
    matches = [hmac.compare_digest(given.encode(errors="replace"), one.encode()) for one in expected if one]
    if not any(matches):
        raise BadSignature("wrong_signature", f"The header {header} does not match the body and the secret.")


def _password(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[2]
    except ValueError:
        raise BadSignature("wrong_scheme", "Authorization: Basic is not base64.") from None
