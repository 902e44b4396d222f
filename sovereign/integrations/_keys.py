"""Signatures that anybody can check: the sender signs with a private key and publishes the other half."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qs

from sovereign.core.errors import BadPayload, BadSignature, Unavailable
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line
from sovereign.integrations._source import Headers, Inbound, Scheme
from sovereign.integrations._verify import present

if TYPE_CHECKING:  # cryptography takes a moment to import, and most senders need none of it
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

LARGEST_READ = 1024 * 1024
"""Bytes of a body that are decoded before it has proved itself."""
TRAVIS = "https://api.travis-ci.com/config"

Hash = Literal["sha1", "sha256"]


def signed(key: RSAPublicKey, signature: bytes, text: bytes, hash: Hash) -> bool:
    """Whether this is the RSA signature (PKCS #1 v1.5) of the text."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA1, SHA256

    algorithm = SHA256() if hash == "sha256" else SHA1()  # noqa: S303  some senders know no other
    try:
        key.verify(signature, text, PKCS1v15(), algorithm)
    except InvalidSignature:
        return False
    return True


def key_of_certificate(pem: bytes, at: datetime) -> RSAPublicKey:
    """The key of an X.509 certificate. Raises BadSignature for one that is not valid at that time, and
    Unavailable for what is none."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.x509 import load_pem_x509_certificate

    try:
        certificate = load_pem_x509_certificate(pem)
        key = certificate.public_key()
    except (ValueError, TypeError) as error:
        raise Unavailable("the signing certificate cannot be read") from error
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise BadSignature("wrong_signature", "The signing certificate is not valid now.")
    if not isinstance(key, RSAPublicKey):
        raise Unavailable("the signing certificate is not of RSA")
    return key


def key_of_pem(pem: str) -> RSAPublicKey:
    """Raises Unavailable for what is no RSA key."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, TypeError) as error:
        raise Unavailable("the public key cannot be read") from error
    if not isinstance(key, RSAPublicKey):
        raise Unavailable("the public key is not of RSA")
    return key


def key_of_jwks(jwks: bytes, kid: str) -> RSAPublicKey:
    """The RSA key of that id in a JSON Web Key Set. Raises BadSignature where there is none."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

    try:
        keys = Payload.from_json(jwks).at("keys").each()
        found = next((one for one in keys if line(one, "kid") == kid and line(one, "kty") == "RSA"), None)
        if found is None:
            raise BadSignature("wrong_signature", "The issuer has no key as the token names it.")
        modulus, exponent = (int.from_bytes(unpadded(found.at(name).text()), "big") for name in ("n", "e"))
        return RSAPublicNumbers(exponent, modulus).public_key()
    except (BadPayload, ValueError) as error:
        raise Unavailable("the issuer's keys cannot be read") from error


def key_at(inbound: Inbound, url: str) -> bytes:
    """What stands at a URL that the scheme asked for."""
    if url not in inbound.keys:
        raise BadSignature("wrong_signature", "The key of the signature is not at hand.")
    return inbound.keys[url]


def unpadded(text: str) -> bytes:
    """base64url without its padding. Raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def plain(text: str) -> bytes:
    """base64 as mail and headers have it; empty for what is none."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def travis_signature() -> Scheme:
    """`Signature`: base64 of the RSA signature (SHA-1) of the form's field `payload`, by Travis CI's own key.

    It says that Travis sent it, not whose build it is, and everybody may build there: it counts only for the
    `repos` that the endpoint's configuration names.

    https://docs.travis-ci.com/user/notifications/#verifying-webhook-requests
    """

    def keys(inbound: Inbound) -> Sequence[str]:
        _travis_payload(inbound)
        return (TRAVIS,)

    def verify(inbound: Inbound, secrets: Sequence[str]) -> None:
        text = _travis_payload(inbound)
        try:
            found = Payload.from_json(key_at(inbound, TRAVIS))
            pem = found.at("config", "notifications", "webhook", "public_key").text()
        except BadPayload as error:
            raise Unavailable("Travis CI's public key is not where it was") from error
        if not signed(key_of_pem(pem), plain(inbound.headers["signature"]), text, "sha1"):
            raise BadSignature("wrong_signature", "The header Signature does not match the payload.")

    def sign(inbound: Inbound, secret: str) -> Headers:
        return {}  # only Travis can

    return Scheme(
        verify=verify,
        sign=sign,
        keys=keys,
        secret=lambda options: not options.repos,
        name="signature by a published key",
    )


def _travis_payload(inbound: Inbound) -> bytes:
    """The signed bytes. Raises BadSignature for a body that is no build of the endpoint's `repos`."""
    present(inbound.headers, "signature")
    if len(inbound.body) > LARGEST_READ or not inbound.body.startswith(b"payload="):
        raise BadSignature("wrong_signature", "The body is not a form that begins with its payload.")
    try:
        fields = parse_qs(inbound.body.decode("ascii"), max_num_fields=100, encoding="latin-1")
        text = fields.get("payload", [""])[0].encode("latin-1")
        build = Payload.from_json(text)
        repo = f"{line(build, 'repository.owner_name')}/{line(build, 'repository.name')}".lower()
    except (ValueError, BadPayload):
        raise BadSignature("wrong_signature", "The body is not a form with a payload that is JSON.") from None
    if not any(fnmatchcase(repo, pattern.lower()) for pattern in inbound.options.repos):
        raise BadSignature("wrong_signature", "The build is of a repository that `repos` does not name.")
    return text
