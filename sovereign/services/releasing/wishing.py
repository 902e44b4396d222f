"""What somebody wants of a deployment that is under way: kept for the worker, if they may want it now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sovereign.core import clock
from sovereign.core.errors import InvalidTransition, NotFound
from sovereign.domain.deployment import ONWARD, Deployment, Wish
from sovereign.domain.freeze import Freeze, standstill
from sovereign.domain.permission import Actor, Capability
from sovereign.services.auditing import record
from sovereign.services.clearance import freezes_over
from sovereign.services.permissions import Permissions
from sovereign.services.releasing import telling
from sovereign.store import deployments
from sovereign.store.sqlite import Connection


def keep(
    tx: Connection, permissions: Permissions, actor: Actor, deployment_id: int, wish: Wish
) -> Deployment:
    """Write it down, record and tell it. Raises NotFound and InvalidTransition."""
    at = clock.now()
    found = deployments.by_id(tx, deployment_id)
    if found is None:
        raise NotFound(f"There is no deployment {deployment_id}.")
    wished = found.wished(wish, actor.name)
    over = _overridden(tx, permissions, actor, found, at) if wish in ONWARD else ()
    deployments.wish(tx, wished)
    how = {"freezes": "overridden"} if over else {}
    record(tx, telling.entry(wished, f"deploy.{wish}", actor=actor, parameters=how))
    telling.say(tx, wished, f"{actor.name} wants to {wish.deed}", at)
    if over:
        telling.overridden(tx, wished, actor, [one.words for one in over], at)
    return wished


def _overridden(
    tx: Connection, permissions: Permissions, actor: Actor, deployment: Deployment, at: datetime
) -> Sequence[Freeze]:
    """The freezes through which they lead it on. Raises InvalidTransition for who may not."""
    place = deployment.place
    over = freezes_over(tx, place.service, place.environment, at)
    if over and not permissions.allows(actor, Capability.FREEZE_OVERRIDE, place.environment):
        raise InvalidTransition(
            f"{standstill(over)} Only who may override a freeze leads a deployment on meanwhile;"
            " it can still be taken back."
        )
    return over
