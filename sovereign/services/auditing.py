"""Records who did what: in the transaction of its effect, or before and after an effect outside."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import structlog

from sovereign.core import clock, trace
from sovereign.core.errors import InvalidTransition, NotFound, SovereignError, Unavailable, UserError
from sovereign.core.trace import Origin, tracing
from sovereign.domain.audit import Entry, Place, Record, Result
from sovereign.domain.permission import Actor, Capability
from sovereign.services import accounting
from sovereign.services.permissions import Permissions
from sovereign.services.seeking import LARGEST
from sovereign.store import audit
from sovereign.store.audit import Sought
from sovereign.store.database import Database
from sovereign.store.sqlite import Connection

log = structlog.get_logger()

LISTED = 10
"""Records on a page."""
SHOWN = 20
"""Intents without an outcome that are told one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody does in Discord: a command, or a press of a button, a choice or a form.

    kind     `command`, `button`, `select` or `modal`, which is the action that is recorded
    name     as it is counted: `alerts list`, or `sov:ack` of `sov:ack:17`
    subject  as it is recorded: `/alerts list`, `sov:ack:17`
    """

    kind: str
    name: str
    subject: str
    parameters: Mapping[str, object]
    actor: Actor
    channel: int | None
    guild: int | None


@dataclass(slots=True)
class Effect:
    """Something that is being done outside. What is put here goes into the record of what came of it.

    intent   number of the record that says it is about to be done
    result   UNKNOWN where nobody can tell whether it happened, such as after a time-out
    """

    intent: int
    result: Result = Result.DONE
    details: str = ""
    parameters: dict[str, object] = field(default_factory=dict)


def record(tx: Connection, entry: Entry) -> int:
    """Write it down in the transaction of its effect; its number. Trace and place, where the entry has none,
    are those of the piece of work that began the transaction."""
    return audit.append(tx, _placed(entry))


class Auditing:
    def __init__(self, database: Database, permissions: Permissions) -> None:
        self._database, self._permissions = database, permissions

    record = staticmethod(record)

    async def write(self, entry: Entry) -> int:
        """Write it down by itself; its number. Those that come at the same time are written in one go.

        Raises Unavailable.
        """
        return await self._database.keep(audit.append_each, _placed(entry))

    @asynccontextmanager
    async def interaction(
        self, asked: Asked, extras: Mapping[str, object], *, quiet: bool = False
    ) -> AsyncIterator[None]:
        """Around the whole of an interaction, so that no cog can forget it: everything that is done meanwhile
        has one trace, and in the end there is a line in the log and a record. A `quiet` one has neither.

        Whoever answers an error leaves `outcome` (refused, failed), `said` and `ref` in `extras`.
        """
        began, ended = clock.monotonic(), False
        with tracing(Origin(id=trace.new_id(), channel=asked.channel, guild=asked.guild)):
            try:
                with accounting.command(
                    asked.name, member=asked.actor.id, guild=asked.guild, extras=extras, quiet=quiet
                ):
                    yield
                ended = True
            finally:
                if not quiet:
                    outcome = Result(str(extras.get("outcome", Result.DONE)))
                    await self._asked(asked, extras, outcome if ended else Result.UNKNOWN, began)

    async def _asked(self, asked: Asked, extras: Mapping[str, object], result: Result, began: float) -> None:
        reference = f"Reference: {extras['ref']}" if "ref" in extras else ""
        entry = Entry(
            at=clock.now(),
            actor=asked.actor,
            action=asked.kind,
            subject=asked.subject,
            result=result,
            parameters=asked.parameters,
            duration_ms=round((clock.monotonic() - began) * 1000),
            details=" ".join(filter(None, (str(extras.get("said", "")), reference))),
        )
        try:
            await self.write(entry)
        except Unavailable as full:  # the person has the answer; what the command did has its own record
            log.error("audit.not_written", action=asked.kind, subject=asked.subject, problem=str(full))

    @asynccontextmanager
    async def effect(self, deed: Entry) -> AsyncIterator[Effect]:
        """Around an effect outside: the intent is on the disk before it, what came of it after it.

        A UserError means refused and another error failed, unless `result` says otherwise. Who is cancelled
        leaves the intent without an outcome, for nobody knows it then; the next start tells of such intents,
        and `settle` adds what came of them. Raises Unavailable, before anything is done, where the intent
        cannot be written.
        """
        began = clock.monotonic()
        effect = Effect(await self.write(replace(deed, result=Result.INTENT)))
        try:
            yield effect
        except UserError as refused:
            await self._outcome(deed, effect, began, Result.REFUSED, refused.public)
            raise
        except Exception as failed:
            words = str(failed) if isinstance(failed, SovereignError) else type(failed).__name__
            await self._outcome(deed, effect, began, Result.FAILED, words)
            raise
        await self._outcome(deed, effect, began, effect.result, "")

    async def _outcome(self, deed: Entry, effect: Effect, began: float, result: Result, words: str) -> None:
        entry = replace(
            deed,
            at=clock.now(),
            result=effect.result if effect.result is not Result.DONE else result,
            parameters={**deed.parameters, **effect.parameters},
            duration_ms=round((clock.monotonic() - began) * 1000),
            intent=effect.intent,
            details=effect.details or words,
        )
        try:
            await self.write(entry)
        except Unavailable as full:  # it has happened all the same; the intent stays open, and is told
            log.error(
                "audit.outcome_not_written", intent=effect.intent, result=entry.result, problem=str(full)
            )

    async def settle(self, intent: int, result: Result, details: str, by: Actor | None = None) -> int:
        """Say later what came of an intent: after a restart, or when a person (`by`) has looked.

        Raises NotFound, and InvalidTransition where it has an outcome already.
        """
        return await self._database.write(lambda tx: settle(tx, intent, result, details, by))

    async def pending(self) -> Sequence[Record]:
        """Intents without an outcome, oldest first, at most SHOWN and one."""
        return await self._database.read(lambda tx: audit.pending(tx, SHOWN + 1))

    async def search(self, actor: Actor, sought: Sought) -> Sequence[Record]:
        """Newest first; one more than a page holds says that there are older ones. Raises NotAllowed."""
        self._permissions.require(actor, Capability.AUDIT_VIEW)
        return await self._database.read(lambda tx: audit.search(tx, sought, LISTED + 1))


def settle(tx: Connection, intent: int, result: Result, details: str, by: Actor | None) -> int:
    """See Auditing.settle."""
    found = audit.by_seq(tx, intent) if 0 < intent <= LARGEST else None
    if found is None or found.entry.result is not Result.INTENT:
        raise NotFound(
            f"Record {intent} of the audit is no intent. `sovereign audit show --pending` lists them."
        )
    if known := audit.outcome_of(tx, intent):
        raise InvalidTransition(
            f"Record {known.seq} says already what came of intent {intent}: {known.entry.result}."
        )
    entry = replace(
        found.entry,
        at=clock.now(),
        actor=by or found.entry.actor,
        result=result,
        duration_ms=None,
        intent=intent,
        details=details,
    )
    return audit.append(tx, entry)


def _placed(entry: Entry) -> Entry:
    origin = trace.current()
    place = entry.place or Place(channel=origin.channel, guild=origin.guild)
    return replace(entry, trace=entry.trace or origin.id, place=place)
