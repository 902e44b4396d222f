"""Events a second from kept deliveries to committed outbox rows: in a new store, and in a full one."""

from __future__ import annotations

import asyncio
import time
from contextlib import redirect_stderr

from bench import _bodies as bodies
from bench import _processes as processes
from bench._filling import fill
from bench._processes import UNLIMITED
from bench._report import Numbers, arguments, say, tell
from sovereign.config.loader import parse
from sovereign.config.secrets import SecretSource
from sovereign.core import clock, collector, log
from sovereign.integrations._source import all_sources
from sovereign.services import setup
from sovereign.services.pipeline import Pipeline
from sovereign.store import keeping, outbox
from sovereign.store.commits import CALM
from sovereign.store.database import Database, opened
from sovereign.store.deliveries import NewDelivery

WARM_UP = 400
"""Events that are not counted: the first of a thread opens it."""


class Works:
    """The pipeline over a store, with everything told one by one."""

    def __init__(self, database: Database) -> None:
        discovery = parse(UNLIMITED, "discovery.yml", sources=all_sources().keys()).discovery
        made = setup.setup(discovery, SecretSource(environment={}, sandbox=True))
        self.database, self.sent = database, 0
        self.pipeline = Pipeline(database, made, lambda: None)

    async def rate(self, count: int) -> float:
        """Events a second. Raises SystemExit where an event has no row in the outbox."""
        for _ in range(0, count, 100):
            await asyncio.gather(*(self._accept() for _ in range(100)))
        await asyncio.sleep(CALM)  # the pipeline holds back until a crowd has been gone for so long
        before, _ = await self.database.read(outbox.backlog)
        began = time.perf_counter()
        await self.pipeline.drain()
        seconds = time.perf_counter() - began
        after, _ = await self.database.read(outbox.backlog)
        if after - before < count:
            raise SystemExit(f"{count} events made {after - before} rows in the outbox")
        return count / seconds

    async def _accept(self) -> None:
        self.sent += 1
        body, name = bodies.comment(self.sent), f"delivery-{self.sent}"
        accepted = NewDelivery(
            endpoint="git",
            source="github",
            idempotency=f"id:{name}",
            group=None,
            window=None,
            verdict="verified",
            headers=bodies.headers(body, name),
            body=body,
            received_at=clock.now(),
        )
        if not await self.database.keep(keeping.keep, accepted):
            raise SystemExit(f"{name} was taken for a repeat")


async def measure(events: int, stored: int) -> Numbers:
    async with processes.folder() as place:
        with (place / "log").open("w", encoding="utf-8") as written, redirect_stderr(written):
            log.set_up("info", "json")
            async with opened(place / "s.db") as database:
                works = Works(database)
                collector.settle()  # as the product does once it has started
                await works.rate(WARM_UP)
                fresh = await works.rate(events)
                began = time.perf_counter()
                await fill(database, stored)
                filling = time.perf_counter() - began
                full = await works.rate(events)
        size = (place / "s.db").stat().st_size / 1e6
    say(f"the store was filled in {filling:.0f} s and has {size:.0f} MB")
    return {
        "events_per_s": round(fresh),
        "with_million_events_per_s": round(full),
        "slowdown_percent": round(100 * (1 - full / fresh), 1),
        "stored_events": stored,
    }


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--events", type=int, default=5000, help="events of each measurement")
    parser.add_argument("--stored", type=int, default=1_000_000, help="events in the full store")
    given = parser.parse_args()
    tell("pipeline", asyncio.run(measure(given.events, given.stored)), as_json=given.json)


if __name__ == "__main__":
    main()
