"""Tends the gatherings: counts in their messages, ends them, and shows what is still wrong afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sovereign.core import clock
from sovereign.domain.events import FINISHED, Status
from sovereign.domain.incidents import Incident, State
from sovereign.domain.limits import MOST_HELD, WINDOW, Hold, Reason, is_calm
from sovereign.services import announce, gathered
from sovereign.services.gathering import LIVE
from sovereign.services.setup import Setup
from sovereign.store import alerts, conversations, gatherings, incidents, tellings
from sovereign.store.conversations import Stored
from sovereign.store.database import Database
from sovereign.store.gatherings import Gathering
from sovereign.store.sqlite import Connection
from sovereign.store.tellings import Owed

LOOK = 1.0
"""Seconds between two looks at what is gathered."""
SHOW_EVERY = timedelta(seconds=3)
"""A gathering's message is edited no more often than that, unless a critical alert joins it."""
MOST_SHOWN = 10
"""Conversations that get a message of their own when a gathering ends; the others when they go on."""
REMEMBERED = timedelta(hours=1)
FORGOTTEN_AT_ONCE = 500
OVER = FINISHED | {Status.RESOLVED, Status.MERGED, Status.CLOSED, Status.INFO}


class Calming:
    """`announced` is called after each transaction that put something into the outbox."""

    def __init__(self, database: Database, setup: Setup, announced: Callable[[], None]) -> None:
        self._database, self._setup, self._announced = database, setup, announced

    def follow(self, setup: Setup) -> None:
        """Tend by this configuration from the next look on."""
        self._setup = setup

    async def run(self, pause: float = LOOK) -> None:
        """Look after what is gathered until cancelled; `pause` is in seconds."""
        while True:
            await self.look()
            await asyncio.sleep(pause)

    async def look(self) -> None:
        """Tend each gathering once, and forget some of what counts for no limit any more."""
        now, setup = clock.now(), self._setup
        for one in await self._database.read(gatherings.under_way):
            if await self._database.write(partial(_tend, one.id, setup, now)):
                self._announced()
        before = now - REMEMBERED
        if await self._database.read(lambda tx: tellings.any_before(tx, before)):
            await self._database.write(lambda tx: tellings.forget(tx, before, FORGOTTEN_AT_ONCE))


def _tend(gathering_id: int, setup: Setup, now: datetime, tx: Connection) -> bool:
    """Whether there was something to say."""
    gathering = gatherings.by_id(tx, gathering_id)
    if _is_over(tx, gathering, setup, now):
        _end(tx, gathering, setup, now)
        return True
    if gathering.reason not in LIVE or now - gathering.shown_at < SHOW_EVERY:
        return False
    if tellings.held(tx, gathering.id) == gathering.shown:
        return False
    gathered.show(tx, gathering, setup.noise.limits, now)
    return True


def _is_over(tx: Connection, gathering: Gathering, setup: Setup, now: datetime) -> bool:
    noise = setup.noise
    if gathering.reason not in LIVE:
        return not noise.is_on(Hold(reason=gathering.reason, name=gathering.name), now)
    limit = noise.limits.source if gathering.reason is Reason.LIMIT else noise.limits.channel
    held = tellings.held(tx, gathering.id)
    if held >= MOST_HELD:
        return True
    if not is_calm(limit, held - gathering.shown):  # what came long ago is worked off now
        return False
    counted = tellings.stirring if gathering.reason is Reason.STORM else tellings.held
    lately = counted(tx, gathering.id, now - WINDOW)
    return now - gathering.began_at >= WINDOW and is_calm(limit, lately)


def _end(tx: Connection, gathering: Gathering, setup: Setup, now: datetime) -> None:
    gatherings.end(tx, gathering.id, now)
    ended = gatherings.by_id(tx, gathering.id)
    if gathering.reason in LIVE:
        gathered.show(tx, ended, setup.noise.limits, now)
    owed = tellings.owed(tx, gathering.id) if gathering.reason is not Reason.QUIET else ()
    standing = [one for one in map(partial(_standing, tx), tellings.headless(tx, gathering.id)) if one]
    calling = {one.conversation_id for one in owed}
    standing.sort(key=lambda one: one.stored.id not in calling)
    shown = standing[:MOST_SHOWN]
    later = _left_to_call(tx, owed, {one.stored.id for one in shown})
    unshown = sum(one.incident is not None for one in standing[MOST_SHOWN:])
    gathered.summarise(tx, ended, setup.noise.limits, now, later, unshown)
    for one in shown:
        roles = [role for each in owed if each.conversation_id == one.stored.id for role in each.roles]
        _reveal(tx, one, gathering, setup, roles, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """A conversation that is not over, with the incident that it is about, if any."""

    stored: Stored
    incident: Incident | None

    @property
    def calls(self) -> bool:
        """Whether anybody is still to be called for it: not once somebody has it."""
        return self.incident is None or self.incident.state is State.OPEN


def _standing(tx: Connection, conversation_id: int) -> _Standing | None:
    stored = conversations.by_id(tx, conversation_id)
    incident = incidents.by_conversation(tx, conversation_id)
    over = stored.facts.status in OVER if incident is None else incident.state is State.RESOLVED
    return None if over else _Standing(stored=stored, incident=incident)


def _left_to_call(tx: Connection, owed: Sequence[Owed], shown: Collection[int]) -> Sequence[Owed]:
    """What the summary calls for: what is not shown by itself now, and is not over or taken."""
    found = []
    for one in owed:
        if one.conversation_id in shown:
            continue
        standing = _standing(tx, one.conversation_id) if one.conversation_id is not None else None
        if one.conversation_id is None or (standing is not None and standing.calls):
            found.append(one)
    return found


def _reveal(
    tx: Connection,
    one: _Standing,
    gathering: Gathering,
    setup: Setup,
    roles: Sequence[str],
    now: datetime,
) -> None:
    """Show a conversation that is not over; it calls now whom it was to call. What maintenance hid calls by
    its severity, too: it may have grown worse meanwhile."""
    incident = one.incident
    called = list(roles) if one.calls else []
    if incident is None:
        announce.head(tx, one.stored, now, mention=tuple(dict.fromkeys(called)))
        return
    bad = incident.severity.rank >= setup.calling.mention_from.rank and one.calls
    if bad and gathering.reason is Reason.MAINTENANCE:
        called = [setup.calling.role, *called]
    tally = alerts.tally(tx, one.stored.id)
    if called:
        incidents.set_called(tx, incident, now)
    announce.head(tx, one.stored, now, incident=(incident, tally), mention=tuple(dict.fromkeys(called)))
