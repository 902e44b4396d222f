"""Checks the audit of a database, and makes what others can check: exports and proofs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import BinaryIO

from sovereign.core.errors import NotFound, UserError
from sovereign.domain import checkpoint, evidence
from sovereign.domain.chain import Fault, Kind, Walk
from sovereign.domain.checkpoint import Signed
from sovereign.domain.evidence import Reading
from sovereign.store import audit, checkpoints
from sovereign.store.checkpoints import Kept
from sovereign.store.database import Database
from sovereign.store.sqlite import Connection

PAGE = 20_000
"""Records that are read in one go."""
Progress = Callable[[int, int], None]
"""Called with the records that are looked at, and all there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """
    matched   sizes of the checkpoints that fit
    unsigned  records after the last of those, which hang in the chain and are signed by nobody yet
    remarks   what is no fault, and good to know
    """

    log: str
    records: int
    matched: Sequence[int]
    unsigned: int
    signed_at: datetime | None
    faults: Sequence[Fault]
    remarks: Sequence[str] = ()


@dataclass(slots=True)
class _Checkpoints:
    """Those to compare with, by size, and what is wrong with others."""

    good: dict[int, Signed] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    strangers: dict[str, int] = field(default_factory=dict)


async def verify(
    database: Database, keys: Sequence[bytes], given: Sequence[Signed], progress: Progress
) -> Verdict:
    """Every record and every checkpoint. `keys` are the public keys that are trusted, raw; `given` are
    checkpoints from elsewhere, of which the log must be a continuation."""
    found = await _kept(database, keys)
    for signed in given:
        _given(found, signed, keys)
    walk = Walk(found.good)
    total = await database.read(checkpoints.records)
    after = 0
    while not walk.is_over:
        last = await database.read(partial(_walk, walk=walk, after=after))
        if last is None:
            break
        after = last
        progress(after, max(total, after))
    walk.end()
    size, matched = walk.frontier.size, walk.matched
    return Verdict(
        log=walk.log,
        records=size,
        matched=tuple(matched),
        unsigned=size - (matched[-1] if matched else 0),
        signed_at=found.good[matched[-1]].checkpoint.at if matched else None,
        faults=sorted([*walk.faults, *found.faults], key=lambda fault: fault.seq),
        remarks=tuple(_remarks(found.strangers)),
    )


def _walk(tx: Connection, walk: Walk, after: int) -> int | None:
    """Take the next page; the number of its last record, None where there is none."""
    last = None
    for seq, columns, text, hashed in checkpoints.rows(tx, after, PAGE):
        walk.take(text, hashed, columns)
        last = seq
    return last


async def _kept(database: Database, keys: Sequence[bytes]) -> _Checkpoints:
    found, after = _Checkpoints(), 0
    strangers: list[Kept] = []
    while page := await database.read(partial(checkpoints.after, size=after, limit=1000)):
        for kept in page:
            after = kept.size
            problem, signed = _problem(kept)
            if signed is None:
                words = f"the checkpoint of {kept.size} records was changed: {problem}"
                found.faults.append(Fault(kind=Kind.CHECKPOINT, seq=kept.size, said=words))
            else:
                found.good[kept.size] = signed
                if bytes.fromhex(kept.key) not in keys:
                    strangers.append(kept)
    _judge(found, strangers)
    return found


def _problem(kept: Kept) -> tuple[str, Signed | None]:
    """The checkpoint, where it is whole: signed by the key that stands beside it, and no column changed."""
    try:
        signed = kept.signed()
        if not signed.is_by(bytes.fromhex(kept.key)):
            return "the signature is not that of its key", None
    except ValueError as wrong:
        return str(wrong), None
    one = signed.checkpoint
    if (one.size, one.root, one.at) != (kept.size, kept.root, kept.at):
        return "its columns say something else", None
    return "", signed


def _judge(found: _Checkpoints, strangers: Sequence[Kept]) -> None:
    """A checkpoint by another key is fine where a later one by a key that is trusted covers its records."""
    theirs = {kept.size for kept in strangers}
    last = max((size for size in found.good if size not in theirs), default=0)
    for kept in strangers:
        if kept.size <= last:
            found.strangers[kept.key] = found.strangers.get(kept.key, 0) + 1
            continue
        words = f"the checkpoint of {kept.size} records is signed by {kept.key}, which is not trusted"
        found.faults.append(Fault(kind=Kind.CHECKPOINT, seq=kept.size, said=words))


def _given(found: _Checkpoints, signed: Signed, keys: Sequence[bytes]) -> None:
    """Raises UserError for one that nobody trusted has signed."""
    one = signed.checkpoint
    if not any(signed.is_by(key) for key in keys):
        raise UserError(
            f"The checkpoint of {one.size} records is signed by none of the keys that are trusted. Name its"
            " key with --key."
        )
    kept = found.good.get(one.size)
    if kept is not None and kept.checkpoint.root != one.root:
        words = f"the log has another checkpoint of {one.size} records than the one that is given"
        found.faults.append(Fault(kind=Kind.CHECKPOINT, seq=one.size, said=words))
    found.good[one.size] = signed


def _remarks(strangers: Mapping[str, int]) -> Iterator[str]:
    for key, count in strangers.items():
        yield (f"{count} earlier checkpoints are signed by {key}; later ones by a trusted key cover them.")


def verify_export(file: BinaryIO, keys: Sequence[bytes], progress: Progress) -> Verdict:
    """The same for an export. Raises UserError for a file that is none at all."""
    reading = Reading(keys=keys)
    for number, line in enumerate(file, start=1):
        reading.take(line)
        if number == 1 and reading.faults:
            raise UserError(f"This is no export that can be checked: {reading.faults[0].said}.")
        if reading.walk.is_over:
            break
        if number % PAGE == 0:
            progress(reading.walk.frontier.size, reading.promised)
    faults = reading.end()
    return Verdict(
        log=reading.walk.log,
        records=reading.walk.frontier.size,
        matched=tuple(reading.walk.matched),
        unsigned=0,
        signed_at=reading.last.checkpoint.at if reading.last else None,
        faults=faults,
    )


async def export(database: Database, write: Callable[[str], object], progress: Progress) -> tuple[int, int]:
    """Write every record that a checkpoint covers, with the checkpoints, a line at a time; how many records
    that were, and how many are left out because none covers them yet. Raises UserError without any."""
    last = await database.read(checkpoints.newest)
    if last is None:
        raise UserError("There is no checkpoint yet, so there is nothing that others could check.")
    kept, seen = list[Kept](), 0
    while page := await database.read(partial(checkpoints.after, size=seen, limit=1000)):
        seen = page[-1].size
        kept += [one for one in page if one.size <= last.size]
    write(evidence.header(last.signed().checkpoint.log, last.size, sorted({one.key for one in kept})) + "\n")
    notes = {one.size: one.note for one in kept}
    done = 0
    while done < last.size:
        limit = min(PAGE, last.size - done)
        texts = await database.read(partial(checkpoints.texts, after=done, limit=limit))
        if not texts:
            raise UserError(f"Record {done + 1} is missing. `sovereign audit verify` says more.")
        for text in texts:
            done += 1
            write(text + "\n")
            if done in notes:
                write(evidence.checkpoint_line(notes[done]) + "\n")
        progress(done, last.size)
    return done, await database.read(checkpoints.records) - done


async def prove(database: Database, seq: int) -> str:
    """A proof that the record is among those that the newest checkpoint covers. Raises NotFound."""
    found = await database.read(lambda tx: audit.by_seq(tx, seq))
    last = await database.read(checkpoints.newest)
    if found is None:
        raise NotFound(f"There is no record {seq}. `sovereign audit show` lists the newest.")
    if last is None or last.size < seq:
        raise NotFound(f"No checkpoint covers record {seq} yet. Make one: sovereign audit checkpoint")
    leaves = await _leaves(database, last.size)
    return evidence.inclusion(found.text, seq, leaves, last.note)


async def prove_consistency(database: Database, earlier: str) -> str:
    """A proof that the log went on from that checkpoint, given as its note. Raises UserError."""
    try:
        one = checkpoint.read(earlier).checkpoint
    except ValueError as wrong:
        raise UserError(f"This is no checkpoint: {wrong}.") from wrong
    last = await database.read(checkpoints.newest)
    if last is None or last.size < one.size:
        raise NotFound(
            f"The log has no checkpoint of {one.size} records or more: its end was cut off, or it is from a"
            " backup. `sovereign audit verify --checkpoint` says more."
        )
    leaves = await _leaves(database, last.size)
    return evidence.consistency(earlier, one.size, leaves, last.note)


async def _leaves(database: Database, size: int) -> Sequence[bytes]:
    found: list[bytes] = []
    while len(found) < size:
        limit = min(PAGE, size - len(found))
        page = await database.read(partial(checkpoints.hashes, after=len(found), limit=limit))
        if not page:
            raise UserError(f"Record {len(found) + 1} is missing. `sovereign audit verify` says more.")
        found += page
    return found
