"""The ways in which a delivery proves where it came from. Each compares in constant time."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from urllib.parse import parse_qs, urlsplit

from sovereign.core.errors import BadSignature
from sovereign.integrations._source import Headers, Inbound, Scheme

MOST_TRIED = 8
"""How many entries of a list of signatures are tried."""
_TOLD_FIRST = ("stale_timestamp", "wrong_signature", "wrong_scheme", "missing_signature")


def token_in_clear(header: str) -> Scheme:
    """The secret itself in `header`. It proves who sent the delivery, not what it says."""

    def verify(inbound: Inbound, secrets: Sequence[str]) -> None:
        match([present(inbound.headers, header)], secrets, header)

    return Scheme(verify=verify, sign=lambda _, secret: {header: secret}, name=f"secret in {header}")


def signed(header: str, signature: Callable[[Inbound, str], str], *, optional_prefix: str = "") -> Scheme:
    """What `signature` makes of delivery and secret, in `header`, with or without `optional_prefix`."""

    def verify(inbound: Inbound, secrets: Sequence[str]) -> None:
        given = present(inbound.headers, header).removeprefix(optional_prefix)
        match([given], [signature(inbound, secret) for secret in secrets if secret], header)

    return Scheme(
        verify=verify,
        sign=lambda one, secret: {header: optional_prefix + signature(one, secret)},
        name=f"signature in {header}",
        elsewhere=lambda other: signed(other, signature, optional_prefix=optional_prefix),
    )


def hmac_sha256(header: str, *, prefix: str = "", optional_prefix: str = "") -> Scheme:
    """Hexadecimal HMAC-SHA256 of the raw body in `header`, after `prefix`, or after `optional_prefix`."""
    return signed(
        header, lambda one, secret: prefix + hexadecimal(one.body, secret), optional_prefix=optional_prefix
    )


def hmac_sha256_base64(header: str) -> Scheme:
    """Base64 HMAC-SHA256 of the raw body in `header`."""
    return signed(header, lambda one, secret: _base64(hmac.digest(secret.encode(), one.body, "sha256")))


def hmac_sha1(header: str, *, prefix: str = "") -> Scheme:
    """Hexadecimal HMAC-SHA1 of the raw body in `header`, after `prefix`: some senders have no better."""
    return signed(header, lambda one, secret: prefix + hmac.digest(secret.encode(), one.body, "sha1").hex())


def hmac_sha1_of_body_and_url(header: str) -> Scheme:
    """Base64 HMAC-SHA1 of the body and, after it, the address that the sender calls, as Trello has it."""

    def signature(inbound: Inbound, secret: str) -> str:
        text = inbound.body + inbound.url.encode(errors="surrogatepass")
        return _base64(hmac.digest(secret.encode(), text, "sha1"))

    return signed(header, signature)


def static_secret(*headers: str) -> Scheme:
    """For senders that sign nothing: the secret as bearer token, as password of HTTP basic, whole in one of
    `headers` or `X-Api-Key`, or as `?token=` of the address, for those that can be given no more than one.

    It proves who sent the delivery, not what it says.
    """

    def verify(inbound: Inbound, secrets: Sequence[str]) -> None:
        found = [inbound.headers[name] for name in (*headers, "x-api-key") if inbound.headers.get(name)]
        found += _tokens(urlsplit(inbound.url).query)
        kind, _, rest = inbound.headers.get("authorization", "").partition(" ")
        found += [_password(rest) if kind.lower() == "basic" else rest or kind] if kind else []
        if not found:
            raise BadSignature("missing_signature", "The delivery brings no secret: no Authorization header.")
        match([one.strip() for one in found], secrets, "Authorization")

    return Scheme(
        verify=verify, sign=lambda _, secret: {"authorization": f"Bearer {secret}"}, name="secret as it is"
    )


def hmac_list(header: str, version: str) -> Scheme:
    """A list such as `v1=…,v1=…,v2=…` of hexadecimal HMAC-SHA256 of the body; one of that version holds."""

    def verify(inbound: Inbound, secrets: Sequence[str]) -> None:
        entries = [entry.strip() for entry in present(inbound.headers, header).split(",")]
        given = [entry.partition("=")[2] for entry in entries if entry.startswith(f"{version}=")]
        if not given:
            raise BadSignature("wrong_scheme", f"The header {header} has no signature of version {version}.")
        match(given[:MOST_TRIED], [hexadecimal(inbound.body, secret) for secret in secrets if secret], header)

    return Scheme(
        verify=verify,
        sign=lambda one, secret: {header: f"{version}={hexadecimal(one.body, secret)}"},
        name=f"signature in {header}",
        elsewhere=lambda other: hmac_list(other, version),
    )


def any_of(*schemes: Scheme) -> Scheme:
    """Whichever proof holds; `sign` gives the first. A refusal is that of the proof which came nearest."""

    def keys(inbound: Inbound) -> Sequence[str]:
        found: list[str] = []
        for scheme in schemes:
            with suppress(BadSignature):  # `verify` raises it again, and another proof may hold
                found += scheme.keys(inbound)
        return found

    def once(inbound: Inbound) -> str | None:
        return next((name for scheme in schemes if (name := scheme.once(inbound)) is not None), None)

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

    return Scheme(
        verify=verify,
        sign=schemes[0].sign,
        keys=keys,
        secret=lambda options: all(scheme.secret(options) for scheme in schemes),
        once=once,
        name=" or ".join(scheme.name for scheme in schemes),
        parts=schemes,
        elsewhere=partial(_elsewhere, schemes) if any(scheme.elsewhere for scheme in schemes) else None,
    )


def _elsewhere(schemes: Sequence[Scheme], header: str) -> Scheme:
    return any_of(*(one.elsewhere(header) if one.elsewhere else one for one in schemes))


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def hexadecimal(body: bytes, secret: str) -> str:
    return hmac.digest(secret.encode(), body, "sha256").hex()


def present(headers: Headers, name: str) -> str:
    if not headers.get(name):
        raise BadSignature("missing_signature", f"The header {name} is missing.")
    return headers[name]


def match(given: Sequence[str], expected: Sequence[str], header: str, *, otherwise: str = "") -> None:
    """One of `given` must be one of `expected`. Every pair is compared, so that the time taken does not tell
    which one was near. `otherwise` is what to say where it was no header that had them."""
    wanted = [one.encode() for one in expected if one]
    matches = [hmac.compare_digest(one.encode(errors="replace"), own) for one in given for own in wanted]
    if not any(matches):
        raise BadSignature(
            "wrong_signature",
            otherwise or f"The header {header} does not fit: another secret, or another body was signed.",
        )


def _tokens(query: str) -> list[str]:
    """The first `token`, as forms are written and as it stands: whoever puts base64 into an address does not
    think of a plus as a space."""
    return [one for text in (query, query.replace("+", "%2B")) for one in parse_qs(text).get("token", [])[:1]]


def _password(encoded: str) -> str:
    return decoded(encoded).partition(":")[2]


def decoded(encoded: str) -> str:
    """`user:password` of HTTP basic: UTF-8, or Latin-1, as older senders write it (RFC 7617, 2 and B.3)."""
    try:
        raw = base64.b64decode(encoded, validate=True)
    except ValueError:
        raise BadSignature("wrong_scheme", "Authorization: Basic is not base64.") from None
    with suppress(UnicodeDecodeError):
        return raw.decode()
    return raw.decode("latin-1")
