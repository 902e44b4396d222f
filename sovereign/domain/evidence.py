"""What leaves the house to be checked by others: the export of the audit, line by line, and single proofs.

docs/audit.md describes both for those who check them with other programs.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sovereign.domain import canonical, checkpoint, merkle
from sovereign.domain.audit import digest
from sovereign.domain.audit import record as read_record
from sovereign.domain.chain import Fault, Kind, Walk
from sovereign.domain.checkpoint import Signed

EXPORT, PROOF = "sovereign-audit-export/1", "sovereign-audit-proof/1"


def header(log: str, records: int, keys: Sequence[str]) -> str:
    """The first line. `keys` are the public keys of the checkpoints, hexadecimal."""
    return canonical.canonical({"format": EXPORT, "log": log, "records": records, "keys": [*keys]})


def checkpoint_line(note: str) -> str:
    return canonical.canonical({"checkpoint": note})


def inclusion(text: str, seq: int, leaves: Sequence[bytes], note: str) -> str:
    """That the record is the one of that number among those that the checkpoint covers."""
    path = [base64.b64encode(each).decode() for each in merkle.inclusion(leaves, seq - 1)]
    return canonical.canonical(
        {"format": PROOF, "kind": "inclusion", "record": text, "checkpoint": note, "path": path}
    )


def consistency(earlier: str, size: int, leaves: Sequence[bytes], note: str) -> str:
    """That the records of an earlier checkpoint, of that size, are the first of those of a later one."""
    path = [base64.b64encode(each).decode() for each in merkle.consistency(leaves, size)]
    return canonical.canonical(
        {"format": PROOF, "kind": "consistency", "earlier": earlier, "checkpoint": note, "path": path}
    )


def check_proof(line: str, keys: Iterable[bytes]) -> str:
    """What a proof proves, in words. Raises ValueError where it proves nothing."""
    found = canonical.read(line)
    if found.get("format") != PROOF:
        raise ValueError("it is no proof of this form")
    path = [base64.b64decode(each, validate=True) for each in _texts(found.get("path"))]
    later = _trusted(str(found.get("checkpoint")), keys)
    size, root = later.checkpoint.size, later.checkpoint.root
    if found.get("kind") == "inclusion":
        text = str(found.get("record"))
        seq = read_record(text).seq
        if not merkle.includes(digest(text), seq - 1, size, path, root):
            raise ValueError(f"record {seq} is not among those that the checkpoint covers")
        at = later.checkpoint.at
        return f"record {seq} is among the {size} that were signed at {at:%Y-%m-%d %H:%M:%S} UTC"
    earlier = _trusted(str(found.get("earlier")), keys).checkpoint
    if earlier.log != later.checkpoint.log:
        raise ValueError("the two checkpoints are of different logs")
    if not merkle.extends(earlier.size, earlier.root, size, root, path):
        raise ValueError("the later records do not begin with the earlier ones")
    return f"the {size} records begin with the {earlier.size} that were signed before"


@dataclass(slots=True)
class Reading:
    """Reads an export line by line. `keys` are the public keys that are trusted, raw."""

    keys: Sequence[bytes]
    walk: Walk = field(default_factory=lambda: Walk({}))
    faults: list[Fault] = field(default_factory=list)
    promised: int = 0
    log: str = ""
    last: Signed | None = None
    _lines: int = 0

    def take(self, raw: bytes) -> None:
        """The next line, with its end."""
        self._lines += 1
        try:
            if not raw.endswith(b"\n"):
                raise ValueError("it has no end")
            line = raw[:-1].decode()
            if self._lines == 1:
                self._header(line)
            elif line.startswith('{"checkpoint":'):
                self._checkpoint(line)
            else:
                self.walk.take(line)
        except (ValueError, KeyError, TypeError, RecursionError) as wrong:
            self._fault(f"line {self._lines} was changed: {wrong}")

    def end(self) -> list[Fault]:
        """Everything that is wrong, in order."""
        self.walk.end()
        size = self.walk.frontier.size
        covered = self.last.checkpoint.size if self.last else 0
        if self._lines == 0:
            self._fault("it is empty")
        elif not self.faults and not self.walk.faults:
            self._compare_with_header(size, covered)
        return sorted([*self.walk.faults, *self.faults], key=lambda fault: fault.seq)

    def _compare_with_header(self, size: int, covered: int) -> None:
        if (size, covered) != (self.promised, self.promised):
            words = (
                f"its first line names {self.promised} records; there are {size}, and {covered} are signed"
            )
            self.faults.append(Fault(kind=Kind.CUT, seq=min(size, covered) + 1, said=words))
        elif self.walk.log != self.log:
            self._fault(
                f"its first line was changed: it names the log {self.log}, and this is {self.walk.log}"
            )

    def _header(self, line: str) -> None:
        found = canonical.read(line)
        keys = found["keys"]
        if found.get("format") != EXPORT or not isinstance(keys, list):
            raise ValueError(f"it is no {EXPORT}")
        trusted = {key.hex() for key in self.keys}
        unknown = [str(key) for key in keys if key not in trusted]
        if unknown or not keys:
            raise ValueError(f"it names the key {', '.join(unknown) or '(none)'}, which is not trusted")
        self.promised, self.log = int(str(found["records"])), str(found["log"])

    def _checkpoint(self, line: str) -> None:
        found = canonical.read(line)
        signed = _trusted(str(found["checkpoint"]), self.keys)
        if self.last is not None and signed.checkpoint.size <= self.last.checkpoint.size:
            raise ValueError("it covers no more than the checkpoint before it")
        self.last = signed
        self.walk.compare(signed)

    def _fault(self, words: str) -> None:
        self.faults.append(Fault(kind=Kind.CHANGED, seq=self.walk.frontier.size, said=words))


def _trusted(note: str, keys: Iterable[bytes]) -> Signed:
    signed = checkpoint.read(note)
    if not any(signed.is_by(key) for key in keys):
        raise ValueError("the checkpoint is signed by none of the keys that are trusted, or was changed")
    return signed


def _texts(given: object) -> Sequence[str]:
    return [str(each) for each in given] if isinstance(given, list) else ()
