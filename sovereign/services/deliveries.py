"""What came in and what became of it: list deliveries, look at one, work one off again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from sovereign.core import clock
from sovereign.core.errors import InvalidTransition, NotAllowed, NotFound
from sovereign.domain.audit import Entry, Result
from sovereign.domain.permission import Actor, Capability
from sovereign.integrations._source import all_sources
from sovereign.services import auditing
from sovereign.services.configuration import Configuration
from sovereign.services.permissions import Permissions
from sovereign.services.seeking import LARGEST, fits, number_in, require_known
from sovereign.store import deliveries, events
from sovereign.store.database import Database
from sovereign.store.deliveries import Delivery, Sought, Summary
from sovereign.store.events import Told
from sovereign.store.sqlite import Connection

LISTED, SUGGESTED = 10, 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """A delivery as it came, and the events that it made."""

    delivery: Delivery
    told: Sequence[Told]


class Deliveries:
    """`wake` is called when a delivery is to be worked off again."""

    def __init__(
        self,
        database: Database,
        permissions: Permissions,
        configuration: Configuration,
        wake: Callable[[], None],
    ) -> None:
        self._database, self._permissions = database, permissions
        self._configuration, self._wake = configuration, wake

    async def recent(self, actor: Actor, sought: Sought) -> Sequence[Summary]:
        """Newest first; one more than a page holds says that there are older ones."""
        self._permissions.require(actor, Capability.DELIVERIES_VIEW)
        configured = self._configuration.endpoints()

        def found(tx: Connection) -> Sequence[Summary]:
            require_endpoint(tx, sought.endpoint, configured)
            return deliveries.recent(tx, sought, LISTED + 1)

        return await self._database.read(found)

    async def show(self, actor: Actor, delivery_id: int) -> Details:
        self._permissions.require(actor, Capability.DELIVERIES_VIEW)
        return await self._database.read(lambda tx: details(tx, delivery_id))

    def endpoints(self, actor: Actor) -> Sequence[str]:
        """Names of the configured ways in; none for who may not look."""
        if not self._permissions.allows(actor, Capability.DELIVERIES_VIEW):
            return []
        return sorted(self._configuration.endpoints())

    async def suggestions(self, actor: Actor, typed: str) -> Sequence[Summary]:
        """The newest whose number, endpoint or state holds what was typed; none for who may not look."""
        if not self._permissions.allows(actor, Capability.DELIVERIES_VIEW):
            return []
        exact = Sought(before=number_in(typed) + 1)
        found = [
            *(one for one in await self._recent(exact, 1) if one.id == number_in(typed)),
            *await self._recent(Sought(), 200),
        ]
        fitting = [one for one in found if fits(typed, one.id, f"{one.endpoint} {one.state}")]
        return list({one.id: one for one in fitting}.values())[:SUGGESTED]

    async def _recent(self, sought: Sought, limit: int) -> Sequence[Summary]:
        return await self._database.read(lambda tx: deliveries.recent(tx, sought, limit))

    async def replay(self, actor: Actor, delivery_id: int) -> Delivery:
        """Raises NotAllowed, NotFound, and InvalidTransition for one that is still to be worked off."""
        try:
            self._permissions.require(actor, Capability.DELIVERIES_REPLAY)
        except NotAllowed as refusal:
            text = refusal.public
            await self._database.write(lambda tx: _audit(tx, actor, delivery_id, Result.REFUSED, text))
            raise

        def replayed(tx: Connection) -> Delivery:
            found = replay(tx, delivery_id, actor.name)
            _audit(tx, actor, delivery_id, Result.DONE, "")
            return found

        found = await self._database.write(replayed)
        self._wake()
        return found


def require_endpoint(tx: Connection, name: str | None, configured: Collection[str]) -> None:
    """Raises NotFound for an endpoint that is neither configured nor a source's, and got nothing."""
    if name is not None and name not in configured and name not in all_sources():
        require_known("endpoint", name, {*configured, *deliveries.endpoints(tx)})


def details(tx: Connection, delivery_id: int) -> Details:
    """Raises NotFound."""
    return Details(delivery=_known(tx, delivery_id), told=events.of_delivery(tx, delivery_id))


def replay(tx: Connection, delivery_id: int, by: str) -> Delivery:
    """Have it worked off once more by what the sources, routes and rules are now; the answer is as it was.

    What people have been told of is not told again; what is new says that it is replayed.
    """
    found = _known(tx, delivery_id)
    if found.state == "received":
        raise InvalidTransition(
            f"Delivery {delivery_id} has not been worked off yet; there is nothing to replay."
        )
    deliveries.replay(tx, delivery_id, by, clock.now())
    return found


def replay_from_shell(tx: Connection, delivery_ids: Sequence[int], operator: str) -> Sequence[Delivery]:
    """All of them or, where one is unknown or not worked off, none; `operator` is who owns the process."""
    found = [replay(tx, delivery_id, operator) for delivery_id in delivery_ids]
    for one in found:
        by = Actor(id=0, name=operator, roles=())
        _audit(tx, by, one.id, Result.DONE, "from the command line")
    return found


def _known(tx: Connection, delivery_id: int) -> Delivery:
    found = deliveries.by_id(tx, delivery_id) if 0 < delivery_id <= LARGEST else None
    if found is None:
        raise NotFound(f"There is no delivery {delivery_id}. The list of deliveries shows the newest.")
    return found


def _audit(tx: Connection, actor: Actor, delivery_id: int, result: Result, words: str) -> None:
    auditing.record(
        tx,
        Entry(
            at=clock.now(),
            actor=actor,
            action=Capability.DELIVERIES_REPLAY,
            subject=f"delivery {delivery_id}",
            result=result,
            details=words,
        ),
    )
