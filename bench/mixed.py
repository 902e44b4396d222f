"""Twenty senders at a steady rate while Discord is down: what is accepted, and that it is told once."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import aiohttp

from bench import _bodies as bodies
from bench import _processes as processes
from bench._paced import Shot, paced
from bench._processes import UNLIMITED
from bench._report import Numbers, arguments, say, tell
from sovereign.config.loader import parse
from sovereign.config.secrets import SecretSource
from sovereign.core import clock, samples
from sovereign.integrations._source import Inbound, all_sources
from sovereign.services import setup
from sovereign.services.endpoints import Endpoint

SENDERS = (
    "github", "gitlab", "bitbucket", "gitea", "forgejo", "gogs", "bitbucket_server", "snyk", "rollbar",
    "sonarqube", "alertmanager", "grafana", "pagerduty", "sentry", "datadog", "opsgenie", "linear", "jira",
    "flux", "honeybadger",
)  # fmt: skip
MARK = re.compile(r"fact-(\d{6})")
"""What GitHub's comments say: their order in each thread is looked at."""
NUMBERED = re.compile(rb'"event": \{\s*"id": "')
"""Where PagerDuty numbers its events."""
MAKING = timedelta(seconds=20)
"""What making and signing all of them may take; the senders' clocks are that much ahead until then."""
DOWN = 3600.0
"""Seconds for which Discord is told to be away; it comes back when everything is sent."""


def deliveries(rate: float, seconds: float) -> Iterator[Shot]:
    """The senders one after the other, each signed by its own scheme at its own time."""
    discovery = parse(UNLIMITED, "discovery.yml", sources=all_sources().keys()).discovery
    endpoints = setup.setup(discovery, SecretSource(environment={}, sandbox=True)).endpoints
    by_source = {one.source.slug: one for one in endpoints.values()}
    begins = clock.now() + MAKING
    for number in range(round(rate * seconds)):
        turn, place = divmod(number, len(SENDERS))
        due = number / rate
        yield _shot(by_source[SENDERS[place]], turn, due, begins + timedelta(seconds=due))


def _shot(endpoint: Endpoint, turn: int, due: float, at: datetime) -> Shot:
    """One that is sent about then: some senders sign the time, and what is a minute old is refused."""
    source = endpoint.source
    if source.slug == "github":
        body = bodies.comment(turn, words=f"fact-{turn:06}")
        return Shot(due=due, path=endpoint.path, headers=bodies.headers(body, str(uuid.uuid4())), body=body)
    cases = samples.cases()[source.slug]
    sample = samples.sample(source.slug, cases[turn % len(cases)], at)
    body = b'{"bench": %d, ' % turn + sample.body.lstrip()[1:]  # other bytes each time: no repeat
    body = NUMBERED.sub(rb"\g<0>%d-" % turn, body)
    headers = {"content-type": "application/json", **sample.headers}
    if source.delivery_header:
        headers[source.delivery_header] = str(uuid.uuid4())
    inbound = Inbound(headers=headers, body=body, url=endpoint.path, received_at=at)
    headers |= source.scheme.sign(inbound, endpoint.secrets()[0])
    return Shot(due=due, path=endpoint.path, headers=headers, body=body)


@dataclass(slots=True)
class Watched:
    """What Discord was asked to post, as its traffic tells."""

    messages: set[str] = field(default_factory=set)
    facts: dict[str, list[int]] = field(default_factory=dict)
    rate_limited: int = 0

    async def follow(self, http: aiohttp.ClientSession, discord: str) -> None:
        """Until cancelled. The traffic is read often, for Discord remembers the newest only."""
        since = 0
        while True:
            async with http.get(f"{discord}/sandbox/traffic", params={"since": str(since)}) as answer:
                for line in (await answer.text()).splitlines():
                    since = self._take(json.loads(line))
            await asyncio.sleep(0.5)

    def _take(self, one: dict[str, object]) -> int:
        self.rate_limited += one["status"] == 429
        place = re.fullmatch(r".*/channels/(\d+)/messages", str(one["path"]))
        answer = one["response"]
        if one["method"] == "POST" and one["status"] == 200 and place and isinstance(answer, dict):
            if answer["id"] not in self.messages:  # a repeated nonce has the same answer
                found = [int(number) for number in MARK.findall(json.dumps(one["body"]))]
                self.facts.setdefault(place[1], []).extend(found)
            self.messages.add(str(answer["id"]))
        return int(str(one["index"]))


def _left(product: processes.Product) -> dict[str, int]:
    """What the store says of the outbox: rows by state, and messages that it knows of."""
    with closing(sqlite3.connect(f"{(product.data / 'sovereign.db').as_uri()}?mode=ro", uri=True)) as store:
        states = dict(store.execute("SELECT state, COUNT(*) FROM outbox GROUP BY state").fetchall())
        (parts,) = store.execute("SELECT COUNT(DISTINCT message_id) FROM outbox_parts").fetchone()
        (events,) = store.execute("SELECT COUNT(*) FROM events").fetchone()
    return {**states, "messages": int(parts), "events": int(events)}


def _in_digests(product: processes.Product) -> frozenset[int]:
    """The comments that digests stand for: their titles are in a file, and their words are not."""
    with closing(sqlite3.connect(f"{(product.data / 'sovereign.db').as_uri()}?mode=ro", uri=True)) as store:
        rows = store.execute("SELECT payload_json FROM outbox WHERE state = 'digested' AND op = 'line'")
        return frozenset(int(number) for (payload,) in rows for number in MARK.findall(payload))


async def measure(rate: float, seconds: float, patience: float) -> Numbers:
    async with (
        processes.folder() as place,
        processes.discord() as discord,
        processes.product(discord, place / "data") as product,
        aiohttp.ClientSession() as http,
    ):
        watched = Watched()
        watching = asyncio.ensure_future(watched.follow(http, discord))
        await _fault(http, discord, kind="down", seconds=DOWN)
        load = await paced("mixed", product.gateway, {"rate": rate, "seconds": seconds})
        say(f"{load.sent} sent in {load.seconds:.1f} s, the loader {load.behind_ms:.0f} ms behind at worst")
        say(f"they were answered in {load.p50_ms:.0f} ms, 99 of 100 in {load.p99_ms:.0f} ms")
        lag = await product.worked_off(patience)
        say(f"they were worked off {lag:.0f} s later; Discord comes back")
        before = _left(product)
        await _fault(http, discord, kind="clear")
        drained = await _drained(product, patience)
        await asyncio.sleep(2)
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        after, stored = _left(product), product.count()
        troubled, gathered = product.count("state <> 'ingested'"), _in_digests(product)
    return {
        "sent": load.sent,
        "lost": max(0, load.sent - load.errors - stored),
        "refused": load.errors,
        "not_understood": troubled,
        "p50_ms": round(load.p50_ms, 1),
        "p99_ms": round(load.p99_ms, 1),
        "worked_off_s": round(lag, 1),
        "waited_for_discord": before.get("waiting", 0),
        "drained_s": round(drained, 1),
        "still_waiting": after.get("waiting", 0),
        "failed": after.get("failed", 0),
        "digested": after.get("digested", 0),
        "messages": len(watched.messages),
        "messages_doubled": len(watched.messages) - after["messages"],
        "facts_lost_or_doubled": _wrong(watched, gathered, load.sent),
        "threads_out_of_order": sum(found != sorted(found) for found in watched.facts.values()),
        "rate_limited": watched.rate_limited,
        "events": after["events"],
    }


def _wrong(watched: Watched, gathered: frozenset[int], sent: int) -> int:
    """Comments of GitHub's that were neither told exactly once nor are in a digest alone."""
    told = Counter(number for found in watched.facts.values() for number in found)
    told.update(gathered)
    return sum(told[number] != 1 for number in range(-(-sent // len(SENDERS))))


async def _fault(http: aiohttp.ClientSession, discord: str, **fault: object) -> None:
    async with http.post(f"{discord}/sandbox/fault", json=fault) as answer:
        answer.raise_for_status()


async def _drained(product: processes.Product, patience: float) -> float:
    """Seconds until nothing waits for Discord any more, or those that were granted."""
    began = time.monotonic()
    while (taken := time.monotonic() - began) < patience:
        if not _left(product).get("waiting", 0):
            break
        await asyncio.sleep(0.5)
    return taken


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--rate", type=float, default=1000, help="deliveries a second, of all senders")
    parser.add_argument("--seconds", type=float, default=60, help="for how long")
    parser.add_argument("--patience", type=float, default=900, help="seconds to work off, and again to drain")
    given = parser.parse_args()
    tell("mixed", asyncio.run(measure(given.rate, given.seconds, given.patience)), as_json=given.json)


if __name__ == "__main__":
    main()
