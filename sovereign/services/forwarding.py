"""Sends events to other programs, each at least once, and keeps those that never arrive.

The queue is the table of events itself: a target has a place in it. Only what was looked through and not yet
sent has a row of its own, so that a target that is down holds up neither the pipeline nor the others.
"""

from __future__ import annotations

import asyncio
import base64
import json
import random
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial

import structlog

from sovereign.core import clock, metrics
from sovereign.core.errors import ConfigError, Unavailable
from sovereign.core.tasks import Crew
from sovereign.domain.cloudevent import MEDIA_TYPE, cloudevent
from sovereign.integrations._source import Inbound
from sovereign.integrations._timed import standard_webhooks
from sovereign.services import accounting
from sovereign.services.ports.calls import Post
from sovereign.services.programs import Target
from sovereign.services.setup import Setup
from sovereign.store import forwarding
from sovereign.store.database import Database
from sovereign.store.forwarding import Letter, Owed

log = structlog.get_logger()

AT_ONCE = 8
"""Targets served at the same time; each gets one event after the other."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 7200.0
"""Seconds before an event is tried again, doubled each time, and at most."""
LONGEST_REST = 60.0
"""Seconds that a target is left alone at most while nothing reaches it."""
PATIENCE = timedelta(hours=24)
"""After so long an event that never arrived is a dead letter."""
LOOK_AGAIN = 1.0
"""Seconds after which the targets are looked at even if nobody has woken us: postponed events come due."""
GONE = 410
"""The target wants no more of it, as Standard Webhooks has it."""


class Forwarding:
    """`jitter` gives numbers from 0 to 1."""

    def __init__(
        self, database: Database, setup: Setup, post: Post, jitter: Callable[[], float] = random.random
    ) -> None:
        self._database, self._setup, self._post, self._jitter = database, setup, post, jitter
        self._woken, self._changed = asyncio.Event(), True
        self._failures: dict[str, int] = {}
        self._under_way: dict[str, Letter] = {}
        self._rested: dict[str, float] = {}

    def follow(self, setup: Setup) -> None:
        """Send by this configuration from the next event on."""
        self._setup, self._changed = setup, True
        self._failures.clear()
        self._rested.clear()
        self.wake()

    def serves(self, target: str) -> bool:
        return any(target == one.name for one in self._setup.targets)

    def targets(self) -> Collection[str]:
        """Names of those that are configured."""
        return [one.name for one in self._setup.targets]

    def wake(self) -> None:
        """There may be new events."""
        self._woken.set()

    async def owed(self) -> Owed:
        """What waits and what is dead, over all targets; sets the gauges, too."""
        found = await self._database.read(forwarding.owed)
        for name in {*found, *(target.name for target in self._setup.targets)}:
            one = found.get(name, Owed())
            metrics.forwards_waiting.labels(name).set(one.waiting)
            metrics.forwards_dead.labels(name).set(one.dead)
        return Owed(
            waiting=sum(one.waiting for one in found.values()), dead=sum(one.dead for one in found.values())
        )

    async def run(self) -> None:
        """Send what waits, until cancelled; an event under way then is sent again."""
        async with Crew(AT_ONCE, lambda: None) as crew:
            while True:
                self._woken.clear()
                if self._changed:
                    await self._forget_others()
                self._start(crew)
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_AGAIN):
                        await self._woken.wait()

    async def _forget_others(self) -> None:
        self._changed = False
        names = [target.name for target in self._setup.targets]
        await self._database.write(lambda tx: forwarding.forget_others(tx, names))

    def _start(self, crew: Crew) -> None:
        now = clock.monotonic()
        for target in self._setup.targets:
            rested = self._rested.get(target.name, 0.0) <= now
            if rested and target.name not in crew.busy and crew.has_room():
                crew.start(target.name, self._serve(target), partial(self._quarantine, target))

    async def _serve(self, target: Target) -> None:
        """Send what is due, until nothing is or an attempt fails."""
        try:
            while target in self._setup.targets:
                self._under_way.pop(target.name, None)
                if await self._database.read(lambda tx: forwarding.lags(tx, target.name)):
                    await self._database.write(
                        lambda tx: forwarding.enlist(tx, target.name, target.wanted.takes, clock.now())
                    )
                letter = await self._database.read(lambda tx: forwarding.due(tx, target.name, clock.now()))
                if letter is None or not await self._send(target, letter):
                    return
        except Unavailable as down:  # the store
            log.warning("forwarding.waiting", target=target.name, problem=str(down))
            await asyncio.sleep(1)

    async def _send(self, target: Target, letter: Letter) -> bool:
        """Whether the target has it."""
        self._under_way[target.name], began = letter, clock.monotonic()
        try:
            status = await self._attempt(target, letter)
            problem = "" if 200 <= status < 300 else f"it answers {status}"
        except (Unavailable, ConfigError) as failed:
            status, problem = 0, str(failed)
        if not problem:
            self._failures.pop(target.name, None)
            await self._database.write(lambda tx: forwarding.delivered(tx, letter))
            accounting.forwarded(letter, "done", began)
            return True
        self._rest(target)
        await self._later(letter, problem, began, hopeless=status == GONE)
        return False

    async def _quarantine(self, target: Target, mistake: Exception) -> None:
        """A mistake of ours: the letter under way is put aside, so that the target gets those behind it."""
        self._rest(target)
        letter = self._under_way.pop(target.name, None)
        if letter is None:
            log.error("forwarding.failed", target=target.name, exc_info=mistake)
            return
        accounting.forwarded(letter, "quarantined", clock.monotonic(), exc_info=mistake)
        problem = f"a mistake of ours, {type(mistake).__name__}; the log has more"
        try:
            await self._database.write(lambda tx: forwarding.bury(tx, letter, problem))
        except Unavailable as down:  # then it comes again
            log.warning("forwarding.waiting", target=target.name, problem=str(down))

    async def _attempt(self, target: Target, letter: Letter) -> int:
        """The status of the answer. Raises Unavailable without one, and ConfigError without a secret."""
        body = json.dumps(cloudevent(letter.event)).encode()
        named = {"webhook-id": f"evt_{letter.event.sequence}"}
        inbound = Inbound(headers=named, body=body, url=target.url, received_at=clock.now())
        proof = _proof(inbound, target.secret())
        return await self._post(target.url, {"content-type": MEDIA_TYPE, **proof}, body)

    async def _later(self, letter: Letter, problem: str, began: float, *, hopeless: bool) -> None:
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2**letter.attempts) * (0.5 + self._jitter() / 2)
        due = clock.now() + timedelta(seconds=pause)
        if hopeless or due - letter.since > PATIENCE:
            await self._database.write(lambda tx: forwarding.bury(tx, letter, problem))
            accounting.forwarded(letter, "dead", began, problem=problem)
            return
        await self._database.write(lambda tx: forwarding.postpone(tx, letter, due, problem))
        accounting.forwarded(letter, "postponed", began, problem=problem, retry_in=round(pause, 1))

    def _rest(self, target: Target) -> None:
        """Leave the target alone for a while, the longer the oftener it has failed in a row."""
        failures = self._failures.get(target.name, 0)
        self._failures[target.name] = failures + 1
        self._rested[target.name] = clock.monotonic() + min(LONGEST_REST, 2.0 ** min(failures, 10))


def _proof(inbound: Inbound, secret: str) -> Mapping[str, str]:
    """Signed, where a secret that is no `whsec_` has two readings, with the key of each: the libraries take
    every text for base64, and who reads the specification takes it for the key."""
    sign, header = standard_webhooks().sign, "webhook-signature"
    proof = sign(inbound, secret)
    if secret.startswith("whsec_"):
        return proof
    text = sign(inbound, f"whsec_{base64.b64encode(secret.encode()).decode()}")
    return {**proof, header: " ".join(dict.fromkeys((proof[header], text[header])))}
