"""How Gitee proves itself, and what names a delivery: the time of sending, which it signs, and the body."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import parse_qs, unquote, urlencode

from sovereign.core.errors import BadSignature
from sovereign.integrations._inside import without
from sovereign.integrations._source import Headers, Inbound, Scheme, Transmission, by_body
from sovereign.integrations._verify import any_of, match, present, token_in_clear

HEADER, TIME_HEADER = "x-gitee-token", "x-gitee-timestamp"
SIGNED_WITHIN = timedelta(hours=1)
"""How far the signed time may be from ours, as Gitee says. That it does not come again within the hour is
seen by `transmission`."""
FORM_FIELD = "hook"
SECRETS = (without("password"), without("sign"))

_MILLISECONDS = re.compile(r"[0-9]{13}")


def timed() -> Scheme:
    """Base64 HMAC-SHA256 of the milliseconds since 1970, a line break and the secret itself.

    It proves who sent the delivery, and when, not what it says. Gitee's description has it written as in
    an address; it comes without that.
    """

    def verify(inbound: Inbound, secrets: Sequence[str]) -> None:
        given, time = unquote(present(inbound.headers, HEADER)), present(inbound.headers, TIME_HEADER)
        match([given], [_signature(time, secret) for secret in secrets if secret], HEADER)
        now = inbound.received_at.timestamp()
        far = not _MILLISECONDS.fullmatch(time) or abs(now - int(time) / 1000) > SIGNED_WITHIN.total_seconds()
        if far:
            raise BadSignature("stale_timestamp", "The signed time is more than an hour from ours.")

    def sign(inbound: Inbound, secret: str) -> Headers:
        time = str(int(inbound.received_at.timestamp() * 1000))
        return {HEADER: _signature(time, secret), TIME_HEADER: time}

    return Scheme(
        verify=verify,
        sign=sign,
        once=lambda inbound: inbound.headers.get(TIME_HEADER),
        name="signature with a time",
    )


SCHEME = any_of(timed(), token_in_clear(HEADER))


def transmission(headers: Headers, body: bytes) -> Transmission:
    """Two deliveries may be sent in one millisecond, hence the body too."""
    if not (time := headers.get(TIME_HEADER)):
        return by_body(headers, body)
    return Transmission(key=f"sent:{hashlib.sha256(time.encode(errors='replace') + b' ' + body).hexdigest()}")


def without_secrets(body: bytes) -> bytes:
    """The body as it is kept: without the password, and without the signature that stands in for it for an
    hour. The form that old webhooks send stays a form."""
    payload = _of_form(body) if body.startswith(FORM_FIELD.encode() + b"=") else None
    if payload is None:
        return _hidden(body)
    kept = _hidden(payload)
    return body if kept == payload else urlencode({FORM_FIELD: kept}).encode()


def _hidden(body: bytes) -> bytes:
    for hidden in SECRETS:
        body = hidden(body)
    return body


def _of_form(body: bytes) -> bytes | None:
    try:
        fields = parse_qs(body.decode("ascii"), max_num_fields=100)
    except ValueError:
        return None
    return fields[FORM_FIELD][0].encode(errors="surrogatepass") if FORM_FIELD in fields else None


def _signature(time: str, secret: str) -> str:
    text = f"{time}\n{secret}".encode(errors="replace")
    return base64.b64encode(hmac.digest(secret.encode(), text, "sha256")).decode()
