#!/usr/bin/env python3
"""Checks an export or a proof of Sovereign's audit with nothing but the public key.

It shares no code with Sovereign, so that a mistake there is not repeated here. It needs Python 3.10 or newer
and the package `cryptography`. docs/audit.md describes what it reads.

    verify_audit.py --key HEX export.jsonl proof.json …
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
from collections.abc import Sequence
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

GENESIS = hashlib.sha256(b"sovereign audit, version 1").hexdigest()
EXPORT, PROOF = "sovereign-audit-export/1", "sovereign-audit-proof/1"
NOTE = re.compile(
    "((sovereign-audit/([0-9a-f]{16}))\n([1-9][0-9]*)\n([A-Za-z0-9+/=]+)\ntime [0-9]+\n)"
    "\n\u2014 (sovereign-audit/[0-9a-f]{16}) ([A-Za-z0-9+/=]+)\n"
)


class Wrong(Exception):
    """What was found to be wrong, in words."""


class Log:
    """The records so far: how many, what the next must follow, and the whole subtrees of their tree."""

    def __init__(self) -> None:
        self.size, self.prev, self.covered, self.name = 0, GENESIS, 0, ""
        self.peaks: list[tuple[int, bytes]] = []  # (leaves, hash), the largest first

    def record(self, found: dict[str, Any], raw: bytes, where: str) -> None:
        if found.get("seq") != self.size + 1:
            raise Wrong(f"{where}: it is record {found.get('seq')} where {self.size + 1} is due")
        if found.get("prev") != self.prev:
            raise Wrong(f"{where}: record {self.size + 1} does not follow from record {self.size}")
        leaf = hashlib.sha256(b"\0" + raw[:-1]).digest()
        self.size, self.prev = self.size + 1, leaf.hex()
        self.name = self.name or self.prev[:16]
        _grow(self.peaks, leaf)

    def checkpoint(self, note: Any, keys: Sequence[bytes], where: str) -> None:
        log, size, root = _note(note, keys, where)
        if size != self.size or size == self.covered:
            raise Wrong(f"{where}: a checkpoint of {size} records stands after record {self.size}")
        if log != self.name or root != _root(self.peaks):
            raise Wrong(f"{where}: records {self.covered + 1} to {size} are not those that were signed")
        self.covered = size


def _named(found: dict[str, Any], name: str, kind: type, where: str) -> Any:
    """What stands under a name. Raises Wrong where nothing of that kind does."""
    if not isinstance(found.get(name), kind):
        raise Wrong(f"{where}: it has no {name}")
    return found[name]


def check_export(file: BinaryIO, keys: Sequence[bytes]) -> tuple[int, str]:
    """How many records the export has, and which log it is. Raises Wrong."""
    head = _object(file.readline(), "line 1")
    if head.get("format") != EXPORT:
        raise Wrong(f"line 1: it is no {EXPORT}")
    for key in _named(head, "keys", list, "line 1"):
        if key not in [one.hex() for one in keys]:
            raise Wrong(f"line 1: the key {key} is not among those that you trust")
    log = Log()
    for number, raw in enumerate(file, start=2):
        where = f"line {number}"
        found = _object(raw, where)
        if list(found) == ["checkpoint"]:
            log.checkpoint(found["checkpoint"], keys, where)
        else:
            log.record(found, raw, where)
    if not log.size or (log.size, log.covered, log.name) != (head.get("records"), log.size, head.get("log")):
        promised = head.get("records")
        raise Wrong(
            f"the end: {promised} records of log {head.get('log')} were promised; there are {log.size}"
            f" of log {log.name}, and {log.covered} are signed"
        )
    return log.size, log.name


def check_proof(raw: bytes, keys: Sequence[bytes]) -> str:
    """What a proof proves. Raises Wrong."""
    found = _object(raw, "the proof")
    if found.get("format") != PROOF:
        raise Wrong(f"it is no {PROOF}")
    try:
        return _proven(found, keys)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Wrong(f"a part of the proof is missing or of another kind ({error})") from None


def _proven(found: dict[str, Any], keys: Sequence[bytes]) -> str:
    path = [base64.b64decode(one, validate=True) for one in found["path"]]
    log, size, root = _note(found["checkpoint"], keys, "the checkpoint")
    if found.get("kind") == "inclusion":
        text = found["record"]
        seq = json.loads(text)["seq"]
        if _climb(hashlib.sha256(b"\0" + text.encode()).digest(), seq - 1, size, path) != root:
            raise Wrong(f"record {seq} is not among the {size} that were signed")
        return f"record {seq} is among the {size} records of log {log}:\n{text}"
    before, earlier, old = _note(found["earlier"], keys, "the earlier checkpoint")
    if before != log or not _extends(earlier, old, size, root, path):
        raise Wrong("the log does not go on from the earlier checkpoint")
    return f"the {size} records of log {log} begin with the {earlier} that were signed earlier"


def _object(raw: bytes, where: str) -> dict[str, Any]:
    """The object of a line, in its only spelling: sorted, without spaces, UTF-8, one line end."""
    try:
        line = raw.decode("utf-8")
        found = json.loads(line)
        spelt = json.dumps(found, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"
    except (ValueError, RecursionError) as error:
        raise Wrong(f"{where}: it cannot be read ({error})") from None
    if not isinstance(found, dict) or spelt != line:
        raise Wrong(f"{where}: it is not canonical JSON, or has no end")
    return found


def _note(note: Any, keys: Sequence[bytes], where: str) -> tuple[str, int, bytes]:
    """Log, size and root of a checkpoint whose signature holds."""
    match = NOTE.fullmatch(note) if isinstance(note, str) else None
    if match is None or match[6] != match[2]:
        raise Wrong(f"{where}: it is no checkpoint")
    try:
        root, signature = (base64.b64decode(match[group], validate=True) for group in (5, 7))
    except ValueError as error:
        raise Wrong(f"{where}: its base64 is damaged ({error})") from None
    if [base64.b64encode(one).decode() for one in (root, signature)] != [match[5], match[7]]:
        raise Wrong(f"{where}: its base64 is not the canonical one")
    for key in keys:
        if signature[:4] != hashlib.sha256(match[2].encode() + b"\n\x01" + key).digest()[:4]:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(signature[4:], match[1].encode())
        except InvalidSignature:
            break
        return match[3], int(match[4]), root
    raise Wrong(f"{where}: no key that you trust has signed the checkpoint")


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def _grow(peaks: list[tuple[int, bytes]], leaf: bytes) -> None:
    count = 1
    while peaks and peaks[-1][0] == count:
        leaf, count = _node(peaks.pop()[1], leaf), 2 * count
    peaks.append((count, leaf))


def _root(peaks: Sequence[tuple[int, bytes]]) -> bytes:
    found = peaks[-1][1] if peaks else hashlib.sha256(b"").digest()
    for _, peak in reversed(peaks[:-1]):
        found = _node(peak, found)
    return found


def _climb(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that a path leads to, by halving as RFC 6962 does. Raises Wrong for another length."""
    if not 0 <= index < size:
        raise Wrong("the record is not among the signed ones")
    sides, low, high = [], 0, size  # from the root downwards: does the leaf lie on the left
    while high - low > 1:
        middle = low + (1 << ((high - low - 1).bit_length() - 1))
        sides.append(index < middle)
        low, high = (low, middle) if index < middle else (middle, high)
    if len(sides) != len(path):
        raise Wrong("the path has another length than it must have")
    for other, left in zip(path, reversed(sides), strict=True):
        leaf = _node(leaf, other) if left else _node(other, leaf)
    return leaf


def _extends(earlier: int, old: bytes, size: int, new: bytes, path: Sequence[bytes]) -> bool:
    """Whether the path leads from both roots to what they say: SUBPROOF of RFC 6962, followed downwards."""
    if not 0 < earlier <= size:
        return False
    rest = list(path)

    def follow(count: int, total: int, whole: bool) -> tuple[bytes, bytes]:
        """The roots of the first `count` and of all `total` leaves below here."""
        if count == total:
            found = old if whole else rest.pop(0)
            return found, found
        half = 1 << ((total - 1).bit_length() - 1)
        if count <= half:
            before, after = follow(count, half, whole)
            return before, _node(after, rest.pop(0))
        before, after = follow(count - half, total - half, False)
        left = rest.pop(0)
        return _node(left, before), _node(left, after)

    try:
        return follow(earlier, size, True) == (old, new) and not rest
    except IndexError:
        return False


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--key", action="append", required=True, type=bytes.fromhex, help="a public key, hex")
    parser.add_argument("files", nargs="+", help="exports (*.jsonl) and proofs")
    given = parser.parse_args()
    wrong = 0
    for name in given.files:
        try:
            with open(name, "rb") as file:
                if EXPORT.encode() in file.readline():
                    file.seek(0)
                    size, log = check_export(file, given.key)
                    sys.stdout.write(f"{name}: {size} records of log {log}, whole and signed\n")
                else:
                    file.seek(0)
                    sys.stdout.write(f"{name}: {check_proof(file.read(), given.key)}\n")
        except (Wrong, OSError, KeyError, TypeError, ValueError) as problem:
            wrong += 1
            sys.stderr.write(f"{name}: {problem}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
