"""What outgoing webhooks could not deliver: list it, look at one, have it sent again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from sovereign.core import clock
from sovereign.core.errors import NotAllowed, NotFound
from sovereign.domain.audit import Entry, Result
from sovereign.domain.cloudevent import cloudevent
from sovereign.domain.permission import Actor, Capability
from sovereign.services.auditing import record
from sovereign.services.permissions import Permissions
from sovereign.services.seeking import LARGEST, fits, require_known
from sovereign.store import letters
from sovereign.store.database import Database
from sovereign.store.letters import Sought, Undelivered
from sovereign.store.sqlite import Connection

LISTED, SUGGESTED = 10, 25
MOST = 100_000
"""Letters that are sent again at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The letters of one event, and the CloudEvent that all of them hold."""

    letters: Sequence[Undelivered]
    event: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    """What is sent now, and the targets that it waits for because none of that name is configured."""

    letters: Sequence[Undelivered]
    unknown: Sequence[str]


class Letters:
    """`targets` names those that are configured; `wake` is called when there is work."""

    def __init__(
        self,
        database: Database,
        permissions: Permissions,
        targets: Callable[[], Collection[str]],
        wake: Callable[[], None],
    ) -> None:
        self._database, self._permissions, self._targets, self._wake = database, permissions, targets, wake

    async def listed(self, actor: Actor, sought: Sought) -> Sequence[Undelivered]:
        """Newest first; one more than a page holds says that there are more."""
        self._permissions.require(actor, Capability.FORWARDS_VIEW)
        configured = self._targets()

        def found(tx: Connection) -> Sequence[Undelivered]:
            require_target(tx, sought.target, configured)
            return letters.listed(tx, sought, LISTED + 1)

        return await self._database.read(found)

    async def show(self, actor: Actor, number: int) -> Opened:
        self._permissions.require(actor, Capability.FORWARDS_VIEW)
        return await self._database.read(lambda tx: opened(tx, number))

    async def suggestions(self, actor: Actor, typed: str) -> Sequence[Undelivered]:
        """The newest whose number, target or state holds what was typed; none for who may not look."""
        if not self._permissions.allows(actor, Capability.FORWARDS_VIEW):
            return []
        found = await self._database.read(lambda tx: letters.listed(tx, Sought(), 200))
        fitting = [one for one in found if fits(typed, one.number, f"{one.target} {one.state}")]
        return list({one.number: one for one in fitting}.values())[:SUGGESTED]

    async def retry(self, actor: Actor, number: int, target: str | None = None) -> Retried:
        """Raises NotAllowed, and NotFound for what no target lacks. Asking twice does no more than once."""
        try:
            self._permissions.require(actor, Capability.FORWARDS_RETRY)
        except NotAllowed as refusal:
            text = refusal.public
            await self._database.write(
                lambda tx: _record(tx, actor, f"letter {number}", Result.REFUSED, text)
            )
            raise

        configured = self._targets()

        def again(tx: Connection) -> Sequence[Undelivered]:
            require_target(tx, target, configured)
            found = known(tx, number, target)
            for one in found:
                _retry(tx, one, actor, "")
            return found

        found = await self._database.write(again)
        self._wake()
        return Retried(letters=found, unknown=[one.target for one in found if one.target not in configured])


def require_target(tx: Connection, name: str | None, configured: Collection[str] | None) -> None:
    """Raises NotFound for a target that is neither configured (None: nobody knows) nor lacks anything."""
    if name is not None and configured is not None and name not in configured:
        require_known("target", name, {*configured, *letters.targets(tx)})


def opened(tx: Connection, number: int) -> Opened:
    """Raises NotFound."""
    found, event = known(tx, number), letters.content(tx, number)
    return Opened(letters=found, event=cloudevent(event) if event else {})


def known(tx: Connection, number: int, target: str | None = None) -> Sequence[Undelivered]:
    """The letters of that event. Raises NotFound."""
    found = letters.listed(tx, Sought(number=number, target=target), MOST) if 0 < number <= LARGEST else ()
    if not found:
        whom = f"{target} lacks" if target else "any target lacks"
        raise NotFound(f"There is no event {number} that {whom}. The list of forwards shows what is missing.")
    return found


def retry_from_shell(
    tx: Connection,
    numbers: Sequence[int],
    target: str | None,
    operator: str,
    configured: Collection[str] | None,
) -> Sequence[Undelivered]:
    """Those numbers, or all that are dead; where one is unknown, none. `operator` owns the process."""
    require_target(tx, target, configured)
    found = [one for number in numbers for one in known(tx, number, target)]
    if not numbers:
        found = [*letters.listed(tx, Sought(state="dead", target=target), MOST)]
    for one in found:
        _retry(tx, one, Actor(id=0, name=operator, roles=()), "from the command line")
    return found


def _retry(tx: Connection, letter: Undelivered, actor: Actor, details: str) -> None:
    letters.retry(tx, letter, clock.now())
    _record(tx, actor, f"letter {letter.number} to {letter.target}", Result.DONE, details)


def _record(tx: Connection, actor: Actor, subject: str, result: Result, details: str) -> None:
    record(
        tx,
        Entry(
            at=clock.now(),
            actor=actor,
            action=Capability.FORWARDS_RETRY,
            subject=subject,
            result=result,
            details=details,
        ),
    )
