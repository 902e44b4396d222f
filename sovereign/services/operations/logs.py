"""What people read of logs: who may, what is audited, and logs that are followed while somebody looks on."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from sovereign.core import clock, ids
from sovereign.core.errors import SovereignError, UserError
from sovereign.domain.audit import Entry
from sovereign.domain.estate import Place
from sovereign.domain.logs import LogLine, span
from sovereign.domain.permission import Actor, Capability
from sovereign.services.auditing import Auditing
from sovereign.services.operations.log_reading import (
    EVERY,
    MOST_LINES,
    Asked,
    LogPage,
    LogReading,
    LogSetup,
    redacted,
)
from sovereign.services.operations.places import SUGGESTED, Places
from sovereign.services.permissions import Permissions

FOLLOW = 120.0
"""Seconds that a log is followed."""
MOST_FOLLOWED = 10
"""Logs that are followed at the same time."""
SUGGESTING = 2.0
"""Seconds that a list of pods may take while somebody types: Discord waits for three."""


class Logs:
    def __init__(
        self, reading: LogReading, places: Places, permissions: Permissions, auditing: Auditing
    ) -> None:
        self._reading, self._places = reading, places
        self._permissions, self._auditing = permissions, auditing
        self._followed: dict[str, asyncio.Event] = {}

    def follow_setup(self, setup: LogSetup) -> None:
        """Read by this configuration from now on."""
        self._reading.setup = setup

    async def read(self, actor: Actor, asked: Asked, channel: Sequence[str] = ()) -> LogPage:
        """Raises NotAllowed, NotFound, UserError, ClusterSilent and LogsSilent."""
        place = self._require(actor, asked, channel)
        await self._record(actor, place, asked)
        return await self._reading.page(place, asked, self._permissions.identity(actor))

    async def follow(
        self,
        actor: Actor,
        asked: Asked,
        show: Callable[[LogPage], Awaitable[None]],
        channel: Sequence[str] = (),
    ) -> None:
        """Show the page as it is, and again when it has changed, at most every EVERY seconds; the last one
        says why it ends: after FOLLOW seconds, by `stop`, or because the source has ended."""
        place = self._require(actor, asked, channel)
        if asked.previous:
            raise UserError("What ran before a restart has ended: it cannot be followed.")
        if len(self._followed) >= MOST_FOLLOWED:
            raise UserError(f"{MOST_FOLLOWED} logs are followed already: wait until one of them ends.")
        key = ids.reference(12)
        self._followed[key] = asyncio.Event()
        try:
            await self._record(actor, place, asked)
            page = await self._reading.page(place, asked, self._permissions.identity(actor))
            await self._show(actor, replace(page, follow=key), show, self._followed[key])
        finally:
            del self._followed[key]

    def stop(self, key: str) -> bool:
        """Whether a log of that key is followed, which then ends."""
        found = self._followed.get(key)
        if found is not None:
            found.set()
        return found is not None

    async def pods(
        self, actor: Actor, service: str | None, environment: str | None, typed: str
    ) -> Sequence[str]:
        """Names of the service's pods for a completion list; none for who may not read their logs."""
        try:
            place = self._places.require(actor, Capability.SERVICES_LOGS, service, environment)
            async with asyncio.timeout(SUGGESTING):
                found = await self._reading.pods(place, self._permissions.identity(actor))
        except (SovereignError, TimeoutError):
            return []
        return [one.name for one in found if typed in one.name][:SUGGESTED]

    def _require(self, actor: Actor, asked: Asked, channel: Sequence[str]) -> Place:
        place = self._places.require(
            actor, Capability.SERVICES_LOGS, asked.service, asked.environment, channel
        )
        if not 1 <= asked.tail <= MOST_LINES:
            raise UserError(f"tail: is the number of lines, 1 to {MOST_LINES}.")
        if asked.since:
            span(asked.since)
        if asked.filters and self._reading.setup.loki is None:
            raise UserError(
                "query: asks Loki, and none is configured (observability.loki); grep: works here."
            )
        return place

    async def _record(self, actor: Actor, place: Place, asked: Asked) -> None:
        given = {"pod": asked.pod, "grep": asked.grep, "query": asked.filters, "since": asked.since}
        await self._auditing.write(
            Entry(
                at=clock.now(),
                actor=actor,
                action=Capability.SERVICES_LOGS,
                subject=str(place),
                parameters={"tail": asked.tail} | {key: value for key, value in given.items() if value},
            )
        )

    async def _show(
        self,
        actor: Actor,
        page: LogPage,
        show: Callable[[LogPage], Awaitable[None]],
        stop: asyncio.Event,
    ) -> None:
        kept = deque(page.lines, maxlen=page.asked.tail)
        fresh: deque[LogLine] = deque(maxlen=MOST_LINES)  # more between two looks is more than anybody reads
        await show(page)
        missing = page.missing

        def note(words: str) -> None:
            nonlocal missing
            missing = words

        deadline, ended = clock.monotonic() + FOLLOW, ""
        async with asyncio.TaskGroup() as group:
            who = self._permissions.identity(actor)
            source = group.create_task(self._reading.follow(page, who, fresh.append, note))
            while not ended:
                ended = await _turn(stop, source, deadline)
                if fresh or ended or missing != page.missing:
                    kept.extend(fresh)
                    fresh.clear()
                    page = replace(page, missing=missing)
                    now = replace(page, lines=[*kept], ended=ended, follow="" if ended else page.follow)
                    await show(redacted(now))
            source.cancel()


async def _turn(stop: asyncio.Event, source: asyncio.Task[str], deadline: float) -> str:
    """Wait for the next moment at which something may be shown; why it ends now, or nothing."""
    left = deadline - clock.monotonic()
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), max(0.0, min(EVERY, left)))
        return "Stopped."
    if source.done():
        return source.result()
    return f"Followed for {FOLLOW:.0f} s." if left <= EVERY else ""
