"""A pipeline over a real store, with endpoints as the default configuration makes them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sovereign.config.loader import parse
from sovereign.config.secrets import SecretSource
from sovereign.core import clock, samples
from sovereign.core.errors import Unavailable
from sovereign.integrations._source import Inbound, all_sources
from sovereign.services import setup
from sovereign.services.gateway import Gateway
from sovereign.services.pipeline import Pipeline
from sovereign.store import conversations, errands
from sovereign.store.database import Database, opened
from sovereign.store.sqlite import Connection
from tests.store.prepared import prepared


@dataclass(slots=True)
class Sites:
    """The senders' own sites: what stands where, and where we have been."""

    pages: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    visited: list[str] = field(default_factory=list)

    async def key(self, url: str) -> bytes:
        self.asked.append(url)
        if url not in self.pages:
            raise Unavailable(f"{url} cannot be fetched")
        return self.pages[url]

    async def visit(self, url: str) -> None:
        if url not in self.pages:
            raise Unavailable(f"{url} cannot be fetched")
        self.visited.append(url)


@dataclass(slots=True)
class Works:
    """Everything between a request and the outbox."""

    database: Database
    gateway: Gateway
    pipeline: Pipeline
    setup: setup.Setup
    announced: list[None] = field(default_factory=list)
    sites: Sites = field(default_factory=lambda: Sites())

    async def sample(self, source: str, case: str, *, delivery: str | None = None) -> bool:
        found = samples.sample(source, case, clock.now())
        headers = {**found.headers, **({"x-github-delivery": delivery} if delivery else {})}
        return await self.post(source, found.body, headers)

    async def post(
        self, source: str, body: bytes | Mapping[str, Any], headers: Mapping[str, str] = {}
    ) -> bool:
        """Sign, accept and work off one delivery."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        path = {"github": "/git", "alertmanager": "/alert", "generic": "/event"}.get(
            source, f"/hooks/{source}"
        )
        slug = source if source in all_sources() else "generic"
        inbound = Inbound(headers=headers, body=raw, url="", received_at=clock.now())
        signed = {**headers, **all_sources()[slug].scheme.sign(inbound, "sandbox")}
        kept = await self.gateway.accept(path, signed, raw, "")
        await self.pipeline.drain()
        return kept

    async def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        return await self.database.read(lambda tx: [dict(row) for row in tx.execute(query, values)])

    async def outbox(self, op: str = "%") -> list[dict[str, Any]]:
        rows = await self.rows("SELECT * FROM outbox WHERE op LIKE ? ORDER BY id", op)
        return [row | {"payload": json.loads(row["payload_json"])} for row in rows]

    async def deliver(self) -> None:
        """As if Discord had taken everything that waits: heads get message ids, and then the rest goes."""
        for _ in range(100):
            waiting = await self.database.read(lambda tx: errands.ready(tx, clock.now(), ()))
            if not waiting:
                return
            for one in waiting:
                await self.database.write(partial(_take, one.id))
        raise AssertionError("the outbox never empties")


def _take(outbox_id: int, tx: Connection) -> None:
    errand = errands.begin(tx, outbox_id, clock.now())
    errands.finish(tx, errand)
    if errand.op == "post" and errand.conversation_id:
        conversations.set_message(tx, errand.conversation_id, 1, 1000 + outbox_id)


CONFIGURATION = """
event_gateway:
  endpoints:
    - path: /hooks/backup
      source: generic
      secret: env://BACKUP
      mapping:
        kind: incident.detected
        subject: "{job}"
        title: "{job} is {state}"
        status: "{state}"
        statuses: {down: firing, up: resolved}
        severity: "{level}"
        fingerprint: "{job}"
"""


def works_over(database: Database, configuration: str) -> Works:
    discovery = parse(configuration, "discovery.yml", sources=all_sources().keys()).discovery
    made = setup.setup(discovery, SecretSource(environment={}, sandbox=True))
    announced: list[None] = []
    sites = Sites()
    pipeline = Pipeline(database, made, lambda: announced.append(None))
    return Works(
        database=database,
        gateway=Gateway(database, made, pipeline.wake, sites),
        sites=sites,
        pipeline=pipeline,
        setup=made,
        announced=announced,
    )


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with opened(prepared(tmp_path / "s.db")) as it:
        yield it


@pytest.fixture
def works(database: Database) -> Works:
    return works_over(database, CONFIGURATION)
