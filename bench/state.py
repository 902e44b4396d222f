"""Milliseconds that an alert's change of state takes, from its delivery on, beside very many open alerts."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import statistics
import time
from contextlib import redirect_stderr
from functools import partial

from bench import _processes as processes
from bench._report import Numbers, arguments, say, tell
from bench.pipeline import Works
from sovereign.core import clock, log
from sovereign.core.ids import digest
from sovereign.integrations._source import all_sources
from sovereign.store import keeping
from sovereign.store.database import Database, opened
from sovereign.store.deliveries import NewDelivery
from sovereign.store.sqlite import Connection

AT_ONCE = 10_000
"""Rows for one transaction."""
GROUP = 20
"""Alerts of one conversation, and of its one incident."""


def body(number: int, status: str) -> bytes:
    """One alert as Alertmanager writes it, in the group that it shares with its neighbours."""
    now = clock.now().isoformat()
    labels = {"alertname": "PodCrashLooping", "severity": "warning", "pod": f"pod-{number}"}
    alert = {
        "status": status,
        "labels": labels,
        "annotations": {"summary": f"pod-{number} restarts again and again"},
        "startsAt": now,
        "endsAt": now if status == "resolved" else "0001-01-01T00:00:00Z",
        "fingerprint": f"{number:016x}",
    }
    return json.dumps(
        {"version": "4", "status": status, "groupKey": f"g{number // GROUP}", "alerts": [alert]}
    ).encode()


class Alerts:
    """A store full of alerts that fire, and the pipeline over it."""

    def __init__(self, database: Database) -> None:
        self._works, self._database = Works(database), database
        self._sent = 0

    async def fill(self, count: int) -> None:
        """One conversation goes through the pipeline; the others are copies of it."""
        for number in range(GROUP):
            await self.change(number, "firing")
        for first in range(1, count // GROUP, AT_ONCE // GROUP):
            last = min(first + AT_ONCE // GROUP, count // GROUP)
            await self._database.write(partial(_copy, range(first, last)))

    async def change(self, number: int, status: str) -> float:
        """Milliseconds until the change is committed, with whatever people are told of it."""
        self._sent += 1
        given = body(number, status)
        accepted = NewDelivery(
            endpoint="alertmanager",
            source="alertmanager",
            idempotency=f"body:{self._sent}",
            group=all_sources()["alertmanager"].transmission({}, given).group,
            window=None,
            verdict="verified",
            headers={"content-type": "application/json"},
            body=given,
            received_at=clock.now(),
        )
        began = time.perf_counter()
        await self._database.keep(keeping.keep, accepted)
        await self._works.pipeline.drain()
        return (time.perf_counter() - began) * 1000

    async def firing(self) -> int:
        counted = "SELECT COUNT(*) FROM alerts WHERE status = 'firing'"
        return await self._database.read(lambda tx: int(tx.execute(counted).fetchone()[0]))


def _copy(groups: range, tx: Connection) -> None:
    """The first conversation, its incident and its alerts, once for each of these groups."""
    (offset,) = tx.execute("SELECT MIN(id) FROM conversations").fetchone()
    for group in groups:
        key = f"alertmanager:{digest(f'g{group}')}"
        for table, identity, others in (
            ("conversations", "id", {"key": key}),
            ("incidents", "conversation_id", {"conversation_id": offset + group}),
        ):
            _repeat(tx, table, identity, offset, {**others, "id": offset + group})
        rows = tx.execute(
            "SELECT * FROM alerts WHERE conversation_id = ? ORDER BY rowid", (offset,)
        ).fetchall()
        for place, row in enumerate(rows):
            name = digest("alertmanager", f"{group * GROUP + place:016x}")
            _insert(tx, "alerts", {**dict(row), "fingerprint": name, "conversation_id": offset + group})


def _repeat(tx: Connection, table: str, identity: str, of: int, others: dict[str, object]) -> None:
    row = tx.execute(f"SELECT * FROM {table} WHERE {identity} = ?", (of,)).fetchone()
    _insert(tx, table, {**dict(row), **others})


def _insert(tx: Connection, table: str, row: dict[str, object]) -> None:
    places = ", ".join("?" * len(row))
    tx.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", tuple(row.values()))


async def measure(alerts: int, changes: int) -> Numbers:
    chance = random.Random(1)
    async with processes.folder() as place:
        with (place / "log").open("w", encoding="utf-8") as written, redirect_stderr(written):
            log.set_up("info", "json")
            async with opened(place / "s.db") as database:
                store = Alerts(database)
                await store.fill(alerts)
                firing = await store.firing()
                chosen = chance.sample(range(GROUP, alerts), changes)
                times = [
                    await store.change(number, status)
                    for number, status in itertools.product(chosen, ("resolved", "firing"))
                ]
                if await store.firing() != firing:
                    raise SystemExit("a change of state was not taken in")
    say(f"{len(times)} changes beside {firing:,} alerts that fire")
    return {
        "p50_ms": round(statistics.median(times), 1),
        "p95_ms": round(statistics.quantiles(times, n=20)[18], 1),
        "longest_ms": round(max(times), 1),
        "open_alerts": firing,
        "changes": len(times),
    }


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--alerts", type=int, default=100_000, help="alerts that fire meanwhile")
    parser.add_argument("--changes", type=int, default=200, help="alerts that resolve and fire again")
    given = parser.parse_args()
    tell("state", asyncio.run(measure(given.alerts, given.changes)), as_json=given.json)


if __name__ == "__main__":
    main()
