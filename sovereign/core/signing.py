"""Ed25519 keys: made, kept in a file that is its owner's alone, and used."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sovereign.core.errors import ConfigError

if TYPE_CHECKING:  # it takes a moment to import, and only a checkpoint needs it
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PUBLIC, SIGNATURE = 32, 64
"""Bytes."""
LARGEST_FILE = 64 * 1024
PRIVATE = 0o600


class SigningKey:
    """`public` is the raw public key, PUBLIC bytes."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = private.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)


def create(path: Path) -> SigningKey:
    """Make a key and keep it there, as PEM. Raises ConfigError where a file is, or none can be."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    made = Ed25519PrivateKey.generate()
    pem = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE), "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise ConfigError(f"{path} exists already; a key is never written over. Name another file.") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be written ({(error.strerror or str(error)).lower()}).") from None
    return SigningKey(made)


def load(path: Path) -> SigningKey:
    """The key in that file. Raises ConfigError, which says what to do."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        with path.open("rb") as file:
            found = load_pem_private_key(file.read(LARGEST_FILE), password=None)
    except FileNotFoundError:
        raise ConfigError(
            f"There is no signing key {path}. Mount it there, or make it: sovereign audit key --create {path}"
        ) from None
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise ConfigError(f"The signing key {path} cannot be read ({why}); check its permissions.") from None
    except (ValueError, TypeError):
        raise ConfigError(f"{path} is no private key in PEM without a password.") from None
    if not isinstance(found, Ed25519PrivateKey):
        raise ConfigError(f"{path} is a key of another kind; the audit is signed with Ed25519.")
    return SigningKey(found)


def is_signed(message: bytes, signature: bytes, public: bytes) -> bool:
    """Whether the owner of that public key has signed that message."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
