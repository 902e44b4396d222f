"""Resolves alerts whose end we missed: they fire here, and their sender does not list them any more.

What fires and was missed needs none of this: its sender repeats it. An end is sent once.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog

from sovereign.core import clock
from sovereign.core.clock import micros
from sovereign.core.errors import BadPayload, ConfigError, Unavailable
from sovereign.integrations._source import Source
from sovereign.services.endpoints import Reconciled
from sovereign.services.ports.senders import CurrentAlerts
from sovereign.services.setup import Setup
from sovereign.store import reconciling
from sovereign.store.database import Database
from sovereign.store.deliveries import NewDelivery
from sovereign.store.reconciling import Firing
from sovereign.store.sqlite import Connection

log = structlog.get_logger()

AGAIN = 300.0
"""Seconds between two looks, and before the first."""
QUIET = timedelta(minutes=5)
"""An alert that was heard of so short a time ago is no question."""
TWICE = timedelta(minutes=4)
"""It must be missing from two lists, so long apart: a sender that has just started knows nothing yet."""
MOST = 200
"""Alerts that are ended at a time; the others are at the next."""
PROOF = "reconciled with the sender's current alerts"


class Reconciling:
    """`wake` is called when there is something for the pipeline."""

    def __init__(
        self, database: Database, setup: Setup, alerts: CurrentAlerts, wake: Callable[[], None]
    ) -> None:
        self._database, self._alerts, self._wake = database, alerts, wake
        self._missing: dict[tuple[str, str], datetime] = {}
        self.follow(setup)

    def follow(self, setup: Setup) -> None:
        """Compare with the senders that this configuration names from now on."""
        self._wanted = setup.reconciled
        self._missing = {}

    async def run(self) -> None:
        """Compare from time to time, until cancelled."""
        while True:
            await asyncio.sleep(AGAIN)
            await self.look()

    async def look(self) -> int:
        """How many alerts were resolved. One sender's failure is logged, and resolves nothing."""
        resolved = 0
        for each in self._wanted:
            try:
                resolved += await self._look_at(each)
            except (Unavailable, ConfigError) as problem:
                self._forget(each.endpoint, ())
                log.warning("reconciling.failed", endpoint=each.endpoint, problem=str(problem))
        return resolved

    async def _look_at(self, each: Reconciled) -> int:
        before = clock.now() - QUIET  # what fires is read first: what begins meanwhile is not missing
        look = partial(reconciling.firing, endpoint=each.endpoint, before=before)
        firing = await self._database.read(look)
        if not firing:
            return 0
        listed = await self._alerts.current(each.url, each.token())
        current = {name for one in listed if (name := _fingerprint(each.source, one))}
        missing = [one for one in firing if one.fingerprint not in current]
        self._forget(each.endpoint, [one.fingerprint for one in missing])
        gone = [one for one in missing if self._for_long(each.endpoint, one.fingerprint)][:MOST]
        resolved = 0
        for delivery_id in sorted({one.delivery_id for one in gone}):
            body = await self._database.read(partial(reconciling.body, delivery_id=delivery_id))
            ended = _ended(each, body, clock.now())
            for one in gone:
                if one.delivery_id == delivery_id and one.fingerprint in ended:
                    resolved += await self._database.write(partial(_resolve, one, ended[one.fingerprint]))
        if resolved:
            log.info("reconciling", endpoint=each.endpoint, firing=len(firing), resolved=resolved)
            self._wake()
        return resolved

    def _for_long(self, endpoint: str, fingerprint: str) -> bool:
        now = clock.now()
        return now - self._missing.setdefault((endpoint, fingerprint), now) >= TWICE

    def _forget(self, endpoint: str, still: Sequence[str]) -> None:
        """Those of the endpoint that are not missing any more."""
        self._missing = {
            key: since for key, since in self._missing.items() if key[0] != endpoint or key[1] in still
        }


def _resolve(found: Firing, delivery: NewDelivery, tx: Connection) -> bool:
    return reconciling.resolve(tx, found, delivery)


def _fingerprint(source: Source, alert: Mapping[str, object]) -> str | None:
    """What the source calls an alert of the list."""
    return _parsed(source, json.dumps({"version": "4", "alerts": [{**alert, "status": "firing"}]}).encode())


def _parsed(source: Source, body: bytes) -> str | None:
    """The fingerprint of the one alert in the body; None where the source cannot read it."""
    try:
        (event,) = source.parse({}, body)
    except (BadPayload, ValueError):
        return None
    return event.fingerprint


def _ended(each: Reconciled, body: bytes, now: datetime) -> Mapping[str, NewDelivery]:
    """The deliveries that the sender would have sent at the end of each alert of this one, by fingerprint."""
    found: dict[str, NewDelivery] = {}
    for ended in _each_ended(body, now):
        name = _parsed(each.source, ended)
        if name:
            found[name] = NewDelivery(
                endpoint=each.endpoint,
                source=each.source.slug,
                idempotency=f"reconciled:{name}:{micros(now)}",
                group=None,
                window=None,
                verdict="verified",
                headers={"content-type": "application/json"},
                body=ended,
                received_at=now,
                proof=PROOF,
            )
    return found


def _each_ended(body: bytes, at: datetime) -> Iterator[bytes]:
    payload = _mapping(_json(body))
    alerts = payload.get("alerts")
    for alert in alerts if isinstance(alerts, list) else ():
        notes = _mapping(_mapping(alert).get("annotations"))
        said = f"{notes.get('summary') or ''} (reconciled)".strip()
        ended = {**_mapping(alert), "status": "resolved", "endsAt": at.isoformat()}
        ended["annotations"] = {**notes, "summary": said}
        yield json.dumps({**payload, "status": "resolved", "alerts": [ended]}).encode()


def _json(body: bytes) -> object:
    """Of a body that its source has read before; None where that was the form of old."""
    try:
        found: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found


def _mapping(given: object) -> Mapping[str, object]:
    return given if isinstance(given, dict) else {}
