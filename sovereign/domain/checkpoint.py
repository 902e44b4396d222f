"""A signed statement of how many records there are and which: a checkpoint as C2SP's tlog-checkpoint has it.

    sovereign-audit/<first 16 digits of the first record's hash>
    <number of records>
    <root of their tree, base64>
    time <microseconds since 1970 UTC>

    — <the first line again> <base64 of the key's id (4 bytes) and the Ed25519 signature (64 bytes)>

What is signed is the text above the empty line, with the end of its last line. The dash is U+2014.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from sovereign.core import signing
from sovereign.core.clock import from_micros, micros
from sovereign.core.signing import SigningKey

NAME = "sovereign-audit"
SHORT = 16
"""Digits of the first record's hash by which a log is known."""
ED25519 = b"\1"
KEY_ID = 4

_NOTE = re.compile(
    rf"(?P<text>(?P<origin>{NAME}/(?P<log>[0-9a-f]{{{SHORT}}}))\n(?P<size>[1-9][0-9]{{0,15}})\n"
    r"(?P<root>[A-Za-z0-9+/]{43}=)\ntime (?P<at>[0-9]{1,16})\n)\n"
    rf"— (?P<name>{NAME}/[0-9a-f]{{{SHORT}}}) (?P<signature>[A-Za-z0-9+/]{{91}}=)\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """`log` is by what the log is known: the beginning of its first record's hash."""

    log: str
    size: int
    root: bytes
    at: datetime

    @property
    def origin(self) -> str:
        return f"{NAME}/{self.log}"

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\ntime {micros(self.at)}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A checkpoint with its signature, as it goes around."""

    checkpoint: Checkpoint
    key_id: bytes
    signature: bytes

    @property
    def note(self) -> str:
        signature = _base64(self.key_id + self.signature)
        return f"{self.checkpoint.text}\n— {self.checkpoint.origin} {signature}\n"

    def is_by(self, public: bytes) -> bool:
        """Whether the owner of that public key has signed it."""
        ours = self.key_id == key_id(self.checkpoint.origin, public)
        return ours and signing.is_signed(self.checkpoint.text.encode(), self.signature, public)


def signed(checkpoint: Checkpoint, key: SigningKey) -> Signed:
    return Signed(
        checkpoint=checkpoint,
        key_id=key_id(checkpoint.origin, key.public),
        signature=key.sign(checkpoint.text.encode()),
    )


def read(note: str) -> Signed:
    """The checkpoint, in its one spelling. Raises ValueError; the signature is not checked."""
    match = _NOTE.fullmatch(note)
    if match is None:
        raise ValueError("it does not look like a checkpoint")
    signature = base64.b64decode(match["signature"])
    found = Signed(
        checkpoint=Checkpoint(
            log=match["log"],
            size=int(match["size"]),
            root=base64.b64decode(match["root"]),
            at=from_micros(int(match["at"])),
        ),
        key_id=signature[:KEY_ID],
        signature=signature[KEY_ID:],
    )
    if found.note != note:
        raise ValueError("it is spelt otherwise than a checkpoint is")
    return found


def key_id(origin: str, public: bytes) -> bytes:
    """By what a signature names its key, as C2SP's signed-note has it."""
    return hashlib.sha256(origin.encode() + b"\n" + ED25519 + public).digest()[:KEY_ID]


def log_of(first_hash: str) -> str:
    return first_hash[:SHORT]


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
