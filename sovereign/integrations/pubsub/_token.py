"""How Pub/Sub proves itself: a token of OpenID Connect that Google signs, as the account of the subscription.

https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from sovereign.core.errors import BadPayload, BadSignature
from sovereign.integrations._keys import key_at, key_of_jwks, signed, unpadded
from sovereign.integrations._payload import Payload
from sovereign.integrations._source import Headers, Inbound, Scheme
from sovereign.integrations._verify import present

GOOGLE = "https://www.googleapis.com/oauth2/v3/certs"
ISSUERS = ("https://accounts.google.com", "accounts.google.com")
LONGEST = 8 * 1024
"""Characters of a token."""
SKEW = 60
"""Seconds that Google's clock and ours may differ."""


def keys(inbound: Inbound) -> Sequence[str]:
    """Raises BadSignature for a token that is not for us, or of somebody else."""
    _claims(inbound)
    return (GOOGLE,)


def verify(inbound: Inbound, secrets: Sequence[str]) -> None:
    """The token says who sends, and for whom; it does not cover the body."""
    head, signature = _claims(inbound)
    kid = _part(head.partition(".")[0]).text_at("kid")
    if not signed(key_of_jwks(key_at(inbound, GOOGLE), kid), signature, head.encode(), "sha256"):
        raise BadSignature("wrong_signature", "The token is not signed by Google.")


def _claims(inbound: Inbound) -> tuple[str, bytes]:
    """The signed text and the signature of a token whose claims are as they must be."""
    token = _token(inbound)
    head, _, last = token.rpartition(".")
    try:
        header, claims, signature = (
            _part(head.partition(".")[0]),
            _part(head.partition(".")[2]),
            unpadded(last),
        )
        header.text_at("kid")
        algorithm, issuer = header.text_at("alg"), claims.text_at("iss")
        whole = claims.text_at("aud"), claims.text_at("email")
        verified, until = claims.flag("email_verified"), claims.at("exp").integer()
        since = claims.integer_at("iat")
    except (BadPayload, ValueError):
        raise BadSignature("wrong_scheme", "Authorization is no token of OpenID Connect.") from None
    if algorithm != "RS256" or issuer not in ISSUERS:
        raise BadSignature("wrong_signature", "The token is not one that Google issues.")
    options = inbound.options
    ours = zip(whole, (options.audience, options.service_account), strict=True)
    if not verified or not all(_same(given, wanted) for given, wanted in ours):
        raise BadSignature("wrong_signature", "The token is of another account or for another audience.")
    now = inbound.received_at.timestamp()
    if not since - SKEW <= now <= until + SKEW:
        raise BadSignature("stale_timestamp", "The token is not valid now.")
    return head, signature


def _token(inbound: Inbound) -> str:
    if not inbound.options.service_account or not inbound.options.audience:
        raise BadSignature(
            "missing_signature", "No service account is named in the endpoint's configuration."
        )
    kind, _, token = present(inbound.headers, "authorization").partition(" ")
    if kind.lower() != "bearer" or token.count(".") != 2 or len(token) > LONGEST:
        raise BadSignature("wrong_scheme", "Authorization must be Bearer and a token of OpenID Connect.")
    return token.strip()


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


def _part(encoded: str) -> Payload:
    """Raises ValueError and BadPayload."""
    part = Payload.from_json(unpadded(encoded))
    part.require_object()
    return part


def sign(inbound: Inbound, secret: str) -> Headers:
    return {}  # only Google can


TOKEN = Scheme(
    verify=verify,
    sign=sign,
    keys=keys,
    secret=lambda options: not options.service_account,
    name="token signed by a published key",
)
