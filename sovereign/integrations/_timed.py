"""Proofs that cover the time of sending too, so that a delivery which somebody kept is refused later."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from sovereign.core.errors import BadPayload, BadSignature
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import when
from sovereign.integrations._source import Headers, Inbound, Scheme
from sovereign.integrations._standard import by_published_key, by_shared_key, shared_keys
from sovereign.integrations._verify import MOST_TRIED, hexadecimal, match, present

SIGNED_WITHIN = timedelta(minutes=5)
"""How far a signed time may be from ours, either way: as the libraries of Standard Webhooks have it."""

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

    def once(inbound: Inbound) -> str | None:
        """Without a time it is a signature of the body alone, which may rightly come again."""
        timed = any(_UNIX_SECONDS.fullmatch(value) for value in inbound.headers.values())
        return inbound.headers.get(header) if timed else None

    return Scheme(
        verify=verify,
        sign=sign,
        once=once,
        name="signature with a time",
        elsewhere=lambda other: timed_hmac_sha256(other, time_header),
    )


def standard_webhooks() -> Scheme:
    """A list of signatures of `id.timestamp.body`, of which any one entry may hold: by a secret, `v1`, or by
    the sender's private key, `v1a`, where the public one stands in the place of a secret.

    https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    """

    def verify(inbound: Inbound, secrets: Sequence[str]) -> None:
        name, time = present(inbound.headers, "webhook-id"), present(inbound.headers, "webhook-timestamp")
        given = present(inbound.headers, "webhook-signature").split()[:MOST_TRIED]
        text = _standard(name, time, inbound.body)
        if not by_published_key(given, text, secrets):
            keys = [key for secret in secrets for key in shared_keys(secret)]
            match(given, [by_shared_key(text, key) for key in keys], "webhook-signature")
        _recent(time, inbound.received_at)

    def sign(inbound: Inbound, secret: str) -> Headers:
        name = inbound.headers.get("webhook-id") or f"msg_{hashlib.sha256(inbound.body).hexdigest()[:24]}"
        time = _seconds(inbound.received_at)
        key = (shared_keys(secret) or [b""])[-1]
        signature = by_shared_key(_standard(name, time, inbound.body), key)
        return {"webhook-id": name, "webhook-timestamp": time, "webhook-signature": signature}

    def once(inbound: Inbound) -> str | None:
        """Of the list of signatures only one must hold, so that it does not name the request."""
        name, time = inbound.headers.get("webhook-id"), inbound.headers.get("webhook-timestamp")
        return f"{name}.{time}" if name and time else None

    return Scheme(verify=verify, sign=sign, once=once, name="signature with a time")


def slack() -> Scheme:
    """`v0=` and hexadecimal HMAC-SHA256 of `v0:unix seconds:body`.

    https://api.slack.com/authentication/verifying-requests-from-slack
    """
    header, time_header = "x-slack-signature", "x-slack-request-timestamp"

    def signature(inbound: Inbound, time: str, secret: str) -> str:
        return "v0=" + hexadecimal(b"v0:" + time.encode() + b":" + inbound.body, secret)

    def verify(inbound: Inbound, secrets: Sequence[str]) -> None:
        given, time = present(inbound.headers, header), present(inbound.headers, time_header)
        match([given], [signature(inbound, time, secret) for secret in secrets if secret], header)
        _recent(time, inbound.received_at)

    def sign(inbound: Inbound, secret: str) -> Headers:
        time = _seconds(inbound.received_at)
        return {header: signature(inbound, time, secret), time_header: time}

    return Scheme(
        verify=verify,
        sign=sign,
        once=lambda inbound: inbound.headers.get(header),
        name="signature with a time",
    )


def listed_hmac_sha256(header: str) -> Scheme:
    """`timestamp=…,signature=…` in one header: hexadecimal HMAC-SHA256 of `unix seconds.body`."""

    def signature(inbound: Inbound, time: str, secret: str) -> str:
        return hexadecimal(time.encode(errors="surrogatepass") + b"." + inbound.body, secret)

    def parts(inbound: Inbound) -> tuple[str, str]:
        entries = (entry.strip().partition("=") for entry in inbound.headers.get(header, "").split(","))
        named = {name: value for name, _, value in entries}
        return named.get("timestamp", ""), named.get("signature", "")

    def verify(inbound: Inbound, secrets: Sequence[str]) -> None:
        present(inbound.headers, header)
        time, given = parts(inbound)
        if not time or not given:
            raise BadSignature("wrong_scheme", f"The header {header} has no timestamp and signature.")
        match([given], [signature(inbound, time, secret) for secret in secrets if secret], header)
        _recent(time, inbound.received_at)

    def sign(inbound: Inbound, secret: str) -> Headers:
        time = _seconds(inbound.received_at)
        return {header: f"timestamp={time},signature={signature(inbound, time, secret)}"}

    # The same parts can be written in more than one way; the signature covers the time.
    return Scheme(
        verify=verify,
        sign=sign,
        once=lambda inbound: parts(inbound)[1] or None,
        name="signature with a time",
        elsewhere=listed_hmac_sha256,
    )


def hmac_sha256_with_time_inside(header: str, field: str, within: timedelta) -> Scheme:
    """Hexadecimal HMAC-SHA256 of the raw body, which itself says in `field` when it was sent."""

    def verify(inbound: Inbound, secrets: Sequence[str]) -> None:
        given = present(inbound.headers, header)
        match([given], [hexadecimal(inbound.body, secret) for secret in secrets if secret], header)
        sent = _time_inside(inbound.body, field)
        if sent is None or abs(inbound.received_at - sent) > within:
            seconds = int(within.total_seconds())
            raise BadSignature("stale_timestamp", f"The time in {field} is more than {seconds} s from ours.")

    def sign(inbound: Inbound, secret: str) -> Headers:
        return {header: hexadecimal(inbound.body, secret)}

    return Scheme(
        verify=verify,
        sign=sign,
        once=lambda inbound: inbound.headers.get(header),
        name="signature with a time",
        elsewhere=lambda other: hmac_sha256_with_time_inside(other, field, within),
    )


def _time_inside(body: bytes, field: str) -> datetime | None:
    try:
        return when(Payload.from_json(body), field)
    except BadPayload:
        return None


def _of_body_at(time: str, inbound: Inbound, secret: str) -> str:
    return hexadecimal(time.encode() + b":" + inbound.body, secret)


def _standard(name: str, time: str, body: bytes) -> bytes:
    """What is signed. No two headers may give the same bytes, or a replay could go under another id."""
    return f"{name}.{time}.".encode(errors="surrogatepass") + body


def _seconds(moment: datetime) -> str:
    return str(int(moment.timestamp()))


def _recent(time: str, now: datetime) -> None:
    if not _UNIX_SECONDS.fullmatch(time) or abs(now.timestamp() - int(time)) > SIGNED_WITHIN.total_seconds():
        minutes = int(SIGNED_WITHIN.total_seconds() // 60)
        raise BadSignature("stale_timestamp", f"The signed time is more than {minutes} minutes from ours.")
