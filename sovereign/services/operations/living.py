"""Keeps messages with the status of services up to date for ten minutes, and then says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

import structlog

from sovereign.core import clock
from sovereign.core.clock import micros
from sovereign.core.errors import SovereignError, UserError
from sovereign.core.tasks import Crew
from sovereign.domain.conversations import Conversation, Topic, ours
from sovereign.domain.permission import Actor
from sovereign.services import announce
from sovereign.services.operations import facts
from sovereign.services.operations.facts import BoardFacts, StatusFacts
from sovereign.services.operations.statuses import Statuses
from sovereign.services.permissions import Permissions
from sovereign.store import boards, conversations, outbox
from sovereign.store.boards import LivingBoard
from sovereign.store.database import Database
from sovereign.store.sqlite import Connection

log = structlog.get_logger()

LIFE = timedelta(minutes=10)
MOST = 10
"""Living boards at the same time, in the whole guild: each asks its clusters every few seconds."""
PAUSE = 5.0
"""Seconds between two looks. What is the same is not edited."""


class Living:
    """`announced` is called after each transaction that put something into the outbox."""

    def __init__(
        self,
        database: Database,
        statuses: Statuses,
        permissions: Permissions,
        announced: Callable[[], None],
    ) -> None:
        self._database, self._statuses, self._permissions = database, statuses, permissions
        self._announced = announced
        self._shown: dict[int, StatusFacts | BoardFacts] = {}
        self._begun = asyncio.Event()

    async def begin(self, actor: Actor, service: str | None, environment: str | None, channel: str) -> str:
        """Post the status, or the board, into the channel (a name or an id) for everybody there, and keep it
        up to date. The answer says what was begun. Raises what looking raises, UserError for one too many."""
        until = clock.now() + LIFE
        shown = await self._look(actor, service, environment, micros(until))
        if isinstance(shown, StatusFacts):
            service, environment = shown.row.service, shown.row.environment
        board = await self._database.write(
            lambda tx: _begin(tx, actor, service, environment, channel, shown, until)
        )
        self._shown[board.id] = shown
        self._announced()
        self._begun.set()
        return f"{service} in {environment}" if service else "The board"

    async def run(self) -> None:
        """Look at each of them every few seconds, until cancelled; those of before a restart go on when the
        guild's roles are known, and end at their time in any case."""
        async with Crew(MOST, lambda: None) as crew:
            while True:
                found = await self._database.read(boards.living)
                if not found:
                    self._begun.clear()
                    await self._begun.wait()
                    continue
                left = min(one.until for one in found) - clock.now()
                known = await self._permissions.known(within=max(0.0, left.total_seconds()))
                for board in found:
                    going = known or clock.now() >= board.until
                    if going and str(board.id) not in crew.busy and crew.has_room():
                        crew.start(str(board.id), self._renew(board, known=known))
                await asyncio.sleep(PAUSE)

    async def _renew(self, board: LivingBoard, *, known: bool = True) -> None:
        over = clock.now() >= board.until
        shown: StatusFacts | BoardFacts | None
        try:
            shown = await self._look(
                board.actor, board.service, board.environment, None if over else micros(board.until)
            )
        except SovereignError as problem:  # a role was taken away, or the store is full: it ends here
            why = str(problem) if known else "Discord has not told the guild's roles since the start."
            log.warning("board.ended", board=board.id, problem=why)
            before = self._shown.get(board.id) or await self._database.read(lambda tx: _last(tx, board))
            shown, over = (replace(before, until=None) if before else None), True
        await self._tell(board, shown, over=over)

    async def _tell(self, board: LivingBoard, shown: StatusFacts | BoardFacts | None, *, over: bool) -> None:
        before = self._shown.get(board.id)
        same = before is not None and shown is not None and replace(before, at=shown.at) == shown
        if same and not over:
            return

        def tell(tx: Connection) -> None:
            stored = conversations.by_id(tx, board.conversation_id)
            if shown is not None:
                announce.show(tx, stored, _view(shown), {"facts": facts.as_json(shown)}, clock.now())
            if over:
                boards.remove(tx, board.id)
                conversations.retire(tx, board.conversation_id)

        await self._database.write(tell)
        if shown is not None:
            self._shown[board.id] = shown
        if over:
            self._shown.pop(board.id, None)
        self._announced()

    async def _look(
        self, actor: Actor, service: str | None, environment: str | None, until: int | None
    ) -> StatusFacts | BoardFacts:
        if service is None:
            return facts.of_board(await self._statuses.board(actor, environment), until)
        return facts.of_status(await self._statuses.one(actor, service, environment), until)


def _begin(
    tx: Connection,
    actor: Actor,
    service: str | None,
    environment: str | None,
    channel: str,
    shown: StatusFacts | BoardFacts,
    until: datetime,
) -> LivingBoard:
    now = clock.now()
    if len(boards.living(tx)) >= MOST:
        raise UserError(f"{MOST} messages are kept up to date already: wait until one of them ends.")
    key = f"board:{channel}:{service}:{environment}:{micros(now)}"
    stored = conversations.add(tx, key, channel, _conversation(service, environment, actor), now)
    announce.show(tx, stored, _view(shown), {"facts": facts.as_json(shown)}, now)
    return boards.add(tx, stored.id, service, environment, actor, until)


def _last(tx: Connection, board: LivingBoard) -> StatusFacts | BoardFacts | None:
    """What its message shows: a process that has just begun has not looked yet."""
    head = conversations.by_id(tx, board.conversation_id).head_id
    said = outbox.said(tx, head) if head is not None else None
    if said is None:
        return None
    raw = cast(Mapping[str, object], said["facts"])
    return facts.status_from(raw) if said["view"] == "status" else facts.board_from(raw)


def _view(shown: StatusFacts | BoardFacts) -> str:
    return "status" if isinstance(shown, StatusFacts) else "board"


def _conversation(service: str | None, environment: str | None, actor: Actor) -> Conversation:
    title = f"Status of {service}" if service else "Status of all services"
    return ours(
        topic=Topic.OTHER,
        subject=service or "services",
        name=title,
        title=title,
        actor=actor.name,
        service=service,
        environment=environment,
    )
