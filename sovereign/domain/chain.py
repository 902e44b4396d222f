"""Walks through the audit record by record, and names what was changed, taken away, put in or moved.

Each record says its number and the hash of the one before it, so that most changes are named by the records
alone. A chain that was made anew from some record on is whole in itself: signed checkpoints show that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from sovereign.domain import audit
from sovereign.domain.audit import GENESIS, digest
from sovereign.domain.checkpoint import Signed, log_of
from sovereign.domain.merkle import Frontier
from sovereign.domain.record_text import is_due, names, read

MOST_FAULTS = 20
"""After so many nothing more is looked for: a log that is wrong in twenty places is wrong."""
MOST_EARLY = 1000
"""Records that came before their turn and are kept in mind."""


class Kind(StrEnum):
    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    MOVED = "reordered"
    CUT = "cut"
    CHECKPOINT = "checkpoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`seq` is the first record at fault, `last` the last where there are several."""

    kind: Kind
    seq: int
    said: str
    last: int | None = None


@dataclass(slots=True)
class _Early:
    prev: str | None
    hash: str


class Walk:
    """`checkpoints` are those to compare with, by size; their signatures are checked elsewhere."""

    def __init__(self, checkpoints: Mapping[int, Signed]) -> None:
        self.faults: list[Fault] = []
        self.matched: list[int] = []
        self.frontier = Frontier()
        self._checkpoints, self._sizes = checkpoints, iter(sorted(checkpoints))
        self._due = next(self._sizes, 0)
        self._next = 1
        self._prev: str | None = GENESIS
        self._before: str | None = GENESIS
        self._either: str | None = None
        self._unfit: Fault | None = None
        self._doubtful: int | None = None
        self._early: dict[int, _Early] = {}
        self._missing: list[tuple[int, int]] = []
        self.log = ""

    @property
    def is_over(self) -> bool:
        return len(self.faults) >= MOST_FAULTS

    def take(self, text: str, claimed: bytes | None = None, columns: Sequence[object] | None = None) -> None:
        """The next record. `claimed` is the hash that stands beside it, `columns` what else does."""
        hashed = digest(text)
        self.frontier.add(hashed)
        hexed = hashed.hex()
        if columns is not None:
            as_due = hashed == claimed and is_due(text, self._next, self._prev, columns)
        else:
            as_due = claimed is None and names(text, self._next, self._prev)
        if as_due:
            self._accept(hexed)
        else:
            self._look_closely(text, hexed, claimed, columns)
        size = self.frontier.size
        if size == 1:
            self.log = log_of(hexed)
        if size == self._due:
            self.compare(self._checkpoints[size])
            self._due = next(self._sizes, 0)

    def _look_closely(
        self, text: str, hashed: str, claimed: bytes | None, columns: Sequence[object] | None
    ) -> None:
        found = read(text)
        if found is None:
            self._unreadable(claimed)
            return
        seq, prev = cast(int, found["seq"]), cast(str, found["prev"])
        if claimed is not None and claimed.hex() != hashed:
            self._fault(Kind.CHANGED, seq, f"record {seq} was changed: its hash is another")
            self._accept_either(seq, prev, hashed, claimed.hex())
            return
        if columns is not None and audit.columns(found) != tuple(columns):
            self._fault(Kind.CHANGED, seq, f"record {seq} was changed: its columns say something else")
        if seq == self._next and self._follows(prev):
            self._accept(hashed)
        elif seq == self._next:
            self._does_not_follow(seq, hashed)
        elif seq > self._next:
            self._comes_early(seq, prev, hashed)
        else:
            self._comes_late(seq, prev, hashed)

    def end(self) -> None:
        """There are no more records."""
        if self._doubtful is not None:
            self._fault(
                Kind.CHANGED,
                self._doubtful,
                f"record {self._doubtful}, the last, does not follow from the one before it: one of them was"
                " changed",
            )
        self._gaps()
        for first, last in self._missing:
            self._fault(Kind.REMOVED, first, f"{_records(first, last)} removed", last)
        if self._unfit is not None and not self.faults:
            self.faults.append(self._unfit)
        if self._due and not self.faults:
            first, signed = self.frontier.size + 1, self._checkpoints[max(self._checkpoints)].checkpoint
            self._fault(
                Kind.CUT,
                first,
                f"the end is cut off: {_records(first, signed.size)} gone, which a checkpoint of"
                f" {signed.at:%Y-%m-%d %H:%M:%S} UTC covers",
                signed.size,
            )
        self.faults.sort(key=lambda fault: fault.seq)

    def _accept(self, hashed: str) -> None:
        """It is the one whose turn it is, and it holds on to the one before it."""
        if self._doubtful is not None:
            seq, self._doubtful = self._doubtful - 1, None
            self._fault(Kind.CHANGED, seq, f"record {seq} was changed: record {seq + 1} followed another one")
        self._before, self._prev, self._either = self._prev, hashed, None
        self._next += 1
        while self._early and (early := self._early.pop(self._next, None)) is not None:
            if early.prev not in (None, self._prev):
                self._fault(
                    Kind.INSERTED, self._next, f"a record {self._next} was inserted that is not the log's"
                )
                return
            self._fault(Kind.MOVED, self._next, f"record {self._next} stands before record {self._next - 1}")
            self._before, self._prev = self._prev, early.hash
            self._next += 1

    def _follows(self, prev: str) -> bool:
        """Whether it holds on to the one before it; to what was spoilt anything may."""
        return self._prev is None or prev == self._prev or prev == self._either

    def _accept_either(self, seq: int, prev: str, hashed: str, claimed: str) -> None:
        """It is known to be changed; what follows tells whether its text or its hash was."""
        if seq == self._next and self._follows(prev):
            self._accept(claimed)
        else:
            self._before, self._prev, self._next = self._prev, claimed, max(self._next, seq + 1)
        self._either = hashed

    def _does_not_follow(self, seq: int, hashed: str) -> None:
        """Either this record or the one before it is another: what comes next holds on to one of them."""
        if self._doubtful is not None:
            self._fault(Kind.CHANGED, self._doubtful, f"record {self._doubtful} was changed")
            self._doubtful = None
        elif seq == 1:
            self._fault(Kind.CHANGED, 1, "record 1 was changed: it does not begin a log")
        else:
            self._doubtful = seq
        self._before, self._prev = self._prev, hashed
        self._next = seq + 1

    def _comes_early(self, seq: int, prev: str, hashed: str) -> None:
        before = self._early.get(seq - 1)
        if before is None and len(self._early) < MOST_EARLY:
            self._early[seq] = _Early(prev=prev, hash=hashed)
            return
        self._early.pop(seq - 1, None)
        self._gap(min([*self._early, seq - 1]))
        self._early.clear()
        if before is not None and before.hash != prev:
            self._fault(
                Kind.CHANGED, seq - 1, f"record {seq - 1} was changed: record {seq} followed another one"
            )
        self._before, self._prev, self._next = self._prev, hashed, seq + 1

    def _comes_late(self, seq: int, prev: str, hashed: str) -> None:
        for place, (first, last) in enumerate(self._missing):
            if first <= seq <= last:
                parts = [(first, seq - 1), (seq + 1, last)]
                self._missing[place : place + 1] = [(a, b) for a, b in parts if a <= b]
                self._fault(Kind.MOVED, seq, f"record {seq} stands after record {self._next - 1}")
                return
        if seq == self._next - 1 and prev == self._before and self._doubtful is None:
            self._fault(Kind.INSERTED, seq, f"a record was inserted before record {seq}, under its number")
            self._prev = hashed
            return
        self._fault(Kind.INSERTED, seq, f"a second record {seq} was inserted before record {self._next}")

    def _gaps(self) -> None:
        """Records that came early and whose predecessors never came."""
        for seq in sorted(self._early):
            self._gap(seq)
            self._next = seq + 1
        self._early.clear()

    def _gap(self, seq: int) -> None:
        if seq > self._next:
            self._missing.append((self._next, seq - 1))

    def _unreadable(self, claimed: bytes | None) -> None:
        self._fault(Kind.CHANGED, self._next, f"record {self._next} was changed: it cannot be read")
        self._before, self._prev = self._prev, claimed.hex() if claimed else None
        self._next += 1
        self._doubtful = None

    def compare(self, signed: Signed) -> None:
        """Whether the records so far are those that this checkpoint covers."""
        checkpoint = signed.checkpoint
        if checkpoint.size != self.frontier.size:
            words = f"a checkpoint of {checkpoint.size} records stands after record {self.frontier.size}"
            self._does_not_fit(min(checkpoint.size, self.frontier.size), None, words)
        elif checkpoint.root == self.frontier.root() and checkpoint.log == self.log:
            self.matched.append(checkpoint.size)
        else:
            first = self.matched[-1] + 1 if self.matched else 1
            self._does_not_fit(
                first,
                checkpoint.size,
                f"{_records(first, checkpoint.size)} not those that were signed at"
                f" {checkpoint.at:%Y-%m-%d %H:%M:%S} UTC: the log was written anew from one of them on",
            )

    def _does_not_fit(self, seq: int, last: int | None, words: str) -> None:
        """Told in the end, if nothing else explains it: one record too few, and no later checkpoint fits."""
        self._unfit = self._unfit or Fault(kind=Kind.CHECKPOINT, seq=seq, said=words, last=last)

    def _fault(self, kind: Kind, seq: int, words: str, last: int | None = None) -> None:
        if not self.is_over:
            self.faults.append(Fault(kind=kind, seq=seq, said=words, last=last))


def _records(first: int, last: int) -> str:
    return f"record {first} is" if first >= last else f"records {first} to {last} are"
