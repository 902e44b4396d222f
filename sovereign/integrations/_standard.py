"""The entries of a signature of Standard Webhooks: by a key that both sides have, or one that is published.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator, Sequence

SHARED, PUBLISHED = "whsec_", "whpk_"


def shared_keys(secret: str) -> list[bytes]:
    """`whsec_` and base64. Without the prefix some senders mean base64, some the text itself; but a key that
    is published is none that only the sender has, and nobody may sign with its text."""
    if secret.startswith(PUBLISHED):
        return []
    encoded = secret.removeprefix(SHARED)
    plain = secret.encode() if encoded == secret else b""
    return [key for key in (plain, _decoded(encoded)) if key]


def by_shared_key(text: bytes, key: bytes) -> str:
    """The entry `v1,` and base64 HMAC-SHA256 of the text."""
    return "v1," + base64.b64encode(hmac.digest(key, text, "sha256")).decode()


def by_published_key(given: Sequence[str], text: bytes, secrets: Sequence[str]) -> bool:
    """Whether one of the entries is `v1a,` and the base64 ed25519 signature of the text, by one of those of
    the secrets that are `whpk_` and base64 of a public key."""
    keys = [_decoded(secret.removeprefix(PUBLISHED)) for secret in secrets if secret.startswith(PUBLISHED)]
    return any(_signed(key, signature, text) for signature in _of_published(given) for key in keys)


def _of_published(given: Sequence[str]) -> Iterator[bytes]:
    return (_decoded(entry.removeprefix("v1a,")) for entry in given if entry.startswith("v1a,"))


def _signed(key: bytes, signature: bytes, text: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, text)
    except (InvalidSignature, ValueError):  # a key of another length is none
        return False
    return True


def _decoded(encoded: str) -> bytes:
    """base64 with or without its padding; empty for what is none."""
    try:
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except ValueError:
        return b""
