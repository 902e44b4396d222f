"""The ways in which a delivery proves where it came from. Each compares in constant time."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

from sovereign.core.errors import BadSignature
from sovereign.integrations._source import Headers, Inbound, Scheme

_TOLD_FIRST = ("stale_timestamp", "wrong_signature", "wrong_scheme", "missing_signature")


def token_in_clear(header: str) -> Scheme:
    """The secret itself in `header`. It proves who sent the delivery, not what it says."""

    def verify(inbound: Inbound, secrets: Sequence[str]) -> None:
        match([present(inbound.headers, header)], secrets, header)

    return Scheme(verify=verify, sign=lambda _, secret: {header: secret})


def bearer_or_basic() -> Scheme:
    """`Authorization: Bearer SECRET`, or HTTP basic with any user name and the secret as password."""

    def verify(inbound: Inbound, secrets: Sequence[str]) -> None:
        kind, _, given = present(inbound.headers, "authorization").partition(" ")
        if kind.lower() == "basic":
            given = _password(given)
        elif kind.lower() != "bearer":
            raise BadSignature("wrong_scheme", "Authorization must be Bearer or Basic.")
        match([given.strip()], secrets, "authorization")

    return Scheme(verify=verify, sign=lambda _, secret: {"authorization": f"Bearer {secret}"})


def hmac_sha256(header: str, *, prefix: str = "", optional_prefix: str = "") -> Scheme:
    """Hexadecimal HMAC-SHA256 of the raw body in `header`, after `prefix`, or after `optional_prefix`."""

    def verify(inbound: Inbound, secrets: Sequence[str]) -> None:
        given = present(inbound.headers, header).removeprefix(optional_prefix)
        match([given], [prefix + hexadecimal(inbound.body, secret) for secret in secrets if secret], header)

    def sign(inbound: Inbound, secret: str) -> Headers:
        return {header: (prefix or optional_prefix) + hexadecimal(inbound.body, secret)}

    return Scheme(verify=verify, sign=sign)


def any_of(*schemes: Scheme) -> Scheme:
    """Whichever proof holds; `sign` gives the first. A refusal is that of the proof which came nearest."""

    def verify(inbound: Inbound, secrets: Sequence[str]) -> None:
        refusals: list[BadSignature] = []
        for scheme in schemes:
            try:
                scheme.verify(inbound, secrets)
            except BadSignature as refusal:
                refusals.append(refusal)
            else:
                return
        raise min(refusals, key=lambda refusal: _TOLD_FIRST.index(refusal.reason))

    return Scheme(verify=verify, sign=schemes[0].sign)


def hexadecimal(body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def present(headers: Headers, name: str) -> str:
    if not headers.get(name):
        raise BadSignature("missing_signature", f"The header {name} is missing.")
    return headers[name]


def match(given: Sequence[str], expected: Sequence[str], header: str) -> None:
    """One of `given` must be one of `expected`. Every pair is compared, so that the time taken does not tell
    which one was near."""
    wanted = [one.encode() for one in expected if one]
    matches = [hmac.compare_digest(one.encode(errors="replace"), own) for one in given for own in wanted]
    if not any(matches):
        raise BadSignature("wrong_signature", f"The header {header} does not match the body and the secret.")


def _password(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[2]
    except ValueError:
        raise BadSignature("wrong_scheme", "Authorization: Basic is not base64.") from None
