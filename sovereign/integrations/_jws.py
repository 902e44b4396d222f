"""A JSON web signature over the hash of the body, as Netlify has it.

https://docs.netlify.com/deploy/deploy-notifications/#payload-signature
https://datatracker.ietf.org/doc/html/rfc7515
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence

from sovereign.core.errors import BadSignature
from sovereign.integrations._source import Headers, Inbound, Scheme
from sovereign.integrations._verify import match, present

LONGEST = 4096
"""Characters of a token; nothing of a longer one is decoded."""
_HEADER = {"alg": "HS256", "typ": "JWT"}


def jws_of_body(header: str, issuer: str) -> Scheme:
    """`HEADER.CLAIMS.SIGNATURE` in `header`, HMAC-SHA256 by the secret; the claims are `iss`, which is
    `issuer`, and `sha256`, the hexadecimal hash of the raw body. Claims are read once the signature holds."""

    def verify(inbound: Inbound, secrets: Sequence[str]) -> None:
        token = present(inbound.headers, header).strip()
        text, _, given = token.rpartition(".")
        if (
            len(token) > LONGEST
            or token.count(".") != 2
            or _read(text.partition(".")[0]).get("alg") != "HS256"
        ):
            raise BadSignature("wrong_scheme", f"The header {header} is no JSON web signature with HS256.")
        match([given.rstrip("=")], [_signature(text, secret) for secret in secrets if secret], header)
        claims = _read(text.partition(".")[2])
        said, own = str(claims.get("sha256", "")), hashlib.sha256(inbound.body).hexdigest()
        same = hmac.compare_digest(said.lower().encode(errors="replace"), own.encode())
        if not same or claims.get("iss") != issuer:
            raise BadSignature("wrong_signature", f"The header {header} signs another body.")

    def sign(inbound: Inbound, secret: str) -> Headers:
        claims = {"iss": issuer, "sha256": hashlib.sha256(inbound.body).hexdigest()}
        text = f"{_written(_HEADER)}.{_written(claims)}"
        return {header: f"{text}.{_signature(text, secret)}"}

    return Scheme(
        verify=verify,
        sign=sign,
        name=f"signature in {header}",
        elsewhere=lambda other: jws_of_body(other, issuer),
    )


def _signature(text: str, secret: str) -> str:
    raw = hmac.digest(secret.encode(), text.encode(errors="replace"), "sha256")
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _written(value: object) -> str:
    text = json.dumps(value, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(part: str) -> dict[str, object]:
    """Empty for what is no object of JSON in base64."""
    try:
        found: object = json.loads(base64.b64decode(part + "=" * (-len(part) % 4), "-_", validate=True))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
