"""Proofs that cover the time of sending too, so that a delivery which somebody kept is refused later."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from sovereign.core.errors import BadSignature
from sovereign.integrations._source import Headers, Inbound, Scheme
from sovereign.integrations._verify import hexadecimal, match, present

SIGNED_WITHIN = timedelta(minutes=5)
"""How far a signed time may be from ours, either way: as the libraries of Standard Webhooks have it."""
MOST_TRIED = 8
"""How many entries of a list of signatures, or headers that could hold the signed time, are tried."""

_UNIX_SECONDS = re.compile(r"[0-9]{10}")


def timed_hmac_sha256(header: str, time_header: str) -> Scheme:
    """Hexadecimal HMAC-SHA256 of `unix seconds:body`, the seconds being in a header whose name the sender's
    administrator chooses: every header that could be it is tried. `sign` uses `time_header`."""

    def verify(inbound: Inbound, secrets: Sequence[str]) -> None:
        given = present(inbound.headers, header)
        times = [value for value in inbound.headers.values() if _UNIX_SECONDS.fullmatch(value)]
        times = times[:MOST_TRIED]
        keys = [secret for secret in secrets if secret]
        match([given], [_of_body_at(time, inbound, key) for time in times for key in keys], header)
        # Which of them it was is no secret any more.
        signed = next(time for time in times for key in keys if given == _of_body_at(time, inbound, key))
        _recent(signed, inbound.received_at)

    def sign(inbound: Inbound, secret: str) -> Headers:
        time = _seconds(inbound.received_at)
        return {header: _of_body_at(time, inbound, secret), time_header: time}

    return Scheme(verify=verify, sign=sign)


def standard_webhooks() -> Scheme:
    """A list of `v1,` and base64 HMAC-SHA256 of `id.timestamp.body`, of which any one entry may hold.

    https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    """

    def verify(inbound: Inbound, secrets: Sequence[str]) -> None:
        name, time = present(inbound.headers, "webhook-id"), present(inbound.headers, "webhook-timestamp")
        given = present(inbound.headers, "webhook-signature").split()[:MOST_TRIED]
        keys = [key for secret in secrets for key in _keys(secret)]
        match(given, [_standard(name, time, inbound.body, key) for key in keys], "webhook-signature")
        _recent(time, inbound.received_at)

    def sign(inbound: Inbound, secret: str) -> Headers:
        name = inbound.headers.get("webhook-id") or f"msg_{hashlib.sha256(inbound.body).hexdigest()[:24]}"
        time = _seconds(inbound.received_at)
        key = (_keys(secret) or [b""])[-1]
        signature = _standard(name, time, inbound.body, key)
        return {"webhook-id": name, "webhook-timestamp": time, "webhook-signature": signature}

    return Scheme(verify=verify, sign=sign)


def _of_body_at(time: str, inbound: Inbound, secret: str) -> str:
    return hexadecimal(time.encode() + b":" + inbound.body, secret)


def _standard(name: str, time: str, body: bytes, key: bytes) -> str:
    # No two headers may give the same bytes, or a replay could go under another id.
    signed = f"{name}.{time}.".encode(errors="surrogatepass") + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def _keys(secret: str) -> list[bytes]:
    """`whsec_` and base64. Without the prefix some senders mean base64, some the text itself."""
    encoded = secret.removeprefix("whsec_")
    try:
        decoded = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except ValueError:
        decoded = b""
    plain = secret.encode() if encoded == secret else b""
    return [key for key in (plain, decoded) if key]


def _seconds(moment: datetime) -> str:
    return str(int(moment.timestamp()))


def _recent(time: str, now: datetime) -> None:
    if not _UNIX_SECONDS.fullmatch(time) or abs(now.timestamp() - int(time)) > SIGNED_WITHIN.total_seconds():
        minutes = int(SIGNED_WITHIN.total_seconds() // 60)
        raise BadSignature("stale_timestamp", f"The signed time is more than {minutes} minutes from ours.")
