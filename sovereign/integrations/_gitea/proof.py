"""How Gitea, Forgejo and Gogs prove themselves, of which the oldest way lies in the body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs, urlencode

from sovereign.core.records import replace
from sovereign.integrations._inside import passcode_in_body, without
from sovereign.integrations._json import is_form
from sovereign.integrations._source import Headers, Inbound, Scheme
from sovereign.integrations._verify import any_of, hmac_sha256

BARE = ("x-gitea-signature", "x-forgejo-signature", "x-gogs-signature")
PREFIXED = "x-hub-signature-256"
SIGNED = any_of(*(hmac_sha256(name) for name in BARE), hmac_sha256(PREFIXED, prefix="sha256="))
IN_BODY = passcode_in_body("secret")
FIELD = b"payload="


def scheme_of(slug: str) -> Scheme:
    """A signature of the JSON, also where it travels as a form; without one, the secret itself.

    It stands in the field `secret` of bodies that old versions send, or in the header `Authorization` that
    newer ones can be given. A signature that is there must hold.
    """
    own = hmac_sha256(f"x-{slug}-signature")

    def verify(inbound: Inbound, secrets: Sequence[str]) -> None:
        signed = replace(inbound, body=_json(inbound.headers, inbound.body))
        (SIGNED if _is_signed(inbound.headers) else IN_BODY).verify(signed, secrets)

    return Scheme(verify=verify, sign=own.sign)


def without_secret(body: bytes) -> bytes:
    """The body as it is kept: a form stays a form."""
    hidden = without("secret")
    payload = _of_form(body) if body.startswith(FIELD) else None
    if payload is None:
        return hidden(body)
    kept = hidden(payload)
    return body if kept == payload else urlencode({"payload": kept}).encode()


def _is_signed(headers: Mapping[str, str]) -> bool:
    """Without a secret of its own a hook is sent with the same headers, and nothing in them."""
    return any(headers.get(name, "") not in ("", "sha256=") for name in (*BARE, PREFIXED))


def _json(headers: Headers, body: bytes) -> bytes:
    return (_of_form(body) if is_form(headers, body) else None) or body


def _of_form(body: bytes) -> bytes | None:
    """What `Payload.from_body` reads of a form; None for what is no such form."""
    try:
        fields = parse_qs(body.decode("ascii"), max_num_fields=100)
    except ValueError:
        return None
    return fields["payload"][0].encode(errors="surrogatepass") if "payload" in fields else None
