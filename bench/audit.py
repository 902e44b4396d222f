"""Records a second appended to the audit, each awaited until it is kept, and the time to verify many."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from bench import _processes as processes
from bench._report import Numbers, arguments, say, tell
from sovereign.core import clock, signing
from sovereign.core.signing import SigningKey
from sovereign.domain.audit import Entry, Place
from sovereign.domain.permission import Actor, Role
from sovereign.services import checkpoints, evidence
from sovereign.services.auditing import Auditing
from sovereign.services.permissions import Permissions
from sovereign.store import audit
from sovereign.store.database import Database, opened
from sovereign.store.sqlite import Connection

AT_ONCE = 200
"""Records that are on their way at the same time; each is awaited until it is on the disk."""
BULK = 2000
"""Records in a transaction where only filling is meant."""
MEMBER = Actor(
    id=612345678901234567,
    name="Ada",
    roles=(Role(id=712345678901234567, name="DevOps"), Role(id=712345678901234568, name="On-Call")),
)


def entry(number: int) -> Entry:
    """As a press of a button leaves it."""
    return Entry(
        at=clock.now(),
        actor=MEMBER,
        action="alerts.acknowledge",
        subject=f"incident {number}",
        parameters={"message": str(812345678901234567 + number)},
        place=Place(channel=512345678901234567, guild=412345678901234567),
        trace=f"{number:032x}",
        duration_ms=number % 100,
    )


async def append(database: Database, count: int) -> float:
    """Records a second, each durable before its caller goes on."""
    numbers, auditing = iter(range(count)), Auditing(database, Permissions(()))

    async def caller() -> None:
        for number in numbers:
            one = entry(number)
            await auditing.write(one)

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(AT_ONCE)))
    return count / (time.perf_counter() - began)


async def fill(database: Database, upto: int, key: SigningKey) -> None:
    """So many records, with a checkpoint after each ten thousand."""
    while (have := (await database.read(audit.head)).seq) < upto:
        entries = [entry(number) for number in range(have, min(have + BULK, upto))]
        await database.write(_appending(entries))
        if have % 10_000 < BULK:
            await checkpoints.make(database, key)
    await checkpoints.make(database, key)


def _appending(entries: list[Entry]) -> Callable[[Connection], int]:
    return lambda tx: audit.append_all(tx, entries)


async def measure(count: int, stored: int) -> Numbers:
    async with processes.folder() as place:
        key = signing.create(place / "audit.key")
        async with opened(place / "s.db") as database:
            await append(database, min(count, 500))
            rate = await append(database, count)
            began = time.perf_counter()
            await fill(database, stored, key)
            say(f"the audit was filled in {time.perf_counter() - began:.0f} s")
            began = time.perf_counter()
            verdict = await evidence.verify(database, [key.public], [], lambda done, total: None)
            verifying = time.perf_counter() - began
            if verdict.faults or verdict.records < stored:
                raise SystemExit(f"{verdict.records} records, {verdict.faults}")
            export = await _exported(database, place / "export.jsonl")
            began = time.perf_counter()
            with (place / "export.jsonl").open("rb") as file:
                checked = evidence.verify_export(file, [key.public], lambda done, total: None)
            checking = time.perf_counter() - began
            if checked.faults:
                raise SystemExit(f"the export: {checked.faults}")
    return {
        "appended_per_s": round(rate),
        "records": verdict.records,
        "verify_s": round(verifying, 2),
        "verify_million_s": round(verifying * 1_000_000 / verdict.records, 2),
        "export_s": round(export, 2),
        "verify_export_s": round(checking, 2),
    }


async def _exported(database: Database, path: Path) -> float:
    began = time.perf_counter()
    with path.open("w", encoding="utf-8", newline="\n") as file:
        await evidence.export(database, file.write, lambda done, total: None)
    return time.perf_counter() - began


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--count", type=int, default=20_000, help="records that are appended one by one")
    parser.add_argument("--stored", type=int, default=1_000_000, help="records that are verified")
    given = parser.parse_args()
    tell("audit", asyncio.run(measure(given.count, given.stored)), as_json=given.json)


if __name__ == "__main__":
    main()
