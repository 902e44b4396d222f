"""Short identifiers that people read aloud and that survive in a message's footer."""

from __future__ import annotations

import hashlib
import secrets

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u
"""32 letters, so that five bits make one."""


def short(name: str, length: int = 8) -> str:
    """The same name gives the same `length` letters (5 bits each; 8 letters hold 40 bits)."""
    number = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=16).digest())
    return _letters(number, length)


def reference(length: int = 8) -> str:
    """A new random reference, for an error that a person can quote and the log can find."""
    return _letters(secrets.randbits(5 * length), length)


def digest(*parts: str) -> str:
    """32 hexadecimal digits that tell one tuple of texts from every other."""
    joined = "".join([f"{len(part)}:{part}" for part in parts])
    return hashlib.blake2b(joined.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def _letters(number: int, length: int) -> str:
    return "".join([ALPHABET[(number >> (5 * i)) & 31] for i in range(length)])
