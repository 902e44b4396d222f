"""Checks what a member may do, by the roles that the guild had when the configuration was loaded."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import structlog

from sovereign.core import metrics
from sovereign.domain.cluster import Identity
from sovereign.domain.permission import (
    Actor,
    BoundGrant,
    Capability,
    Grant,
    Role,
    allows,
    allows_somewhere,
    bind,
    enough,
    enough_somewhere,
    require,
    require_somewhere,
)

log = structlog.get_logger()


class Permissions:
    """Until the guild's roles are known nobody may do anything."""

    def __init__(self, grants: Sequence[Grant]) -> None:
        self._grants = grants
        self._bound: Sequence[BoundGrant] = ()
        self._is_bound = asyncio.Event()
        self.unbound: Mapping[str, str] = {}
        self._roles: Sequence[Role] = ()

    def follow(self, grants: Sequence[Grant], guild_roles: Sequence[Role]) -> None:
        """Grant by this configuration from now on, by the roles that the guild has now (empty: not known)."""
        self._grants = grants
        self._bound, self.unbound = (), {}
        self._is_bound.clear()
        if guild_roles:
            self.bind(guild_roles)

    def bind(self, guild_roles: Sequence[Role]) -> None:
        """Tie the configured names to role ids, once: a later role of the same name gains nothing."""
        if self._is_bound.is_set():
            return
        self._roles = guild_roles
        self._bound, self.unbound = bind(self._grants, guild_roles)
        self._is_bound.set()
        metrics.roles_unbound.set(len(self.unbound))
        for role, problem in self.unbound.items():
            log.warning("rbac.unbound", role=role, problem=problem)

    async def known(self, within: float) -> bool:
        """Whether the guild's roles are known, at the latest after so many seconds: before, nobody may do
        anything, and that is no refusal."""
        try:
            async with asyncio.timeout(within):
                await self._is_bound.wait()
        except TimeoutError:
            pass  # they may have come in the same moment
        return self._is_bound.is_set()

    def role_id(self, name: str) -> int | None:
        """The role of that name or id; None for one that is not there, or there twice."""
        wanted = name.removeprefix("@")
        found = [role.id for role in self._roles if wanted in (role.name, str(role.id))]
        return found[0] if len(found) == 1 else None

    def identity(self, actor: Actor) -> Identity:
        """Who the member is for a cluster: `discord:<id>`, in the group `sovereign:<role>` of each role held.

        Of the roles, those that were bound to the configuration's names count, by their ids: whoever may make
        roles in Discord could else give one the name of another.
        """
        held = {role.id for role in actor.roles}
        names = dict.fromkeys(each.role.name for each in self._bound if each.role.id in held)
        return Identity(user=f"discord:{actor.id}", groups=tuple(f"sovereign:{name}" for name in names))

    def require(self, actor: Actor, capability: Capability, environment: str | None = None) -> None:
        """Raise NotAllowed, naming the role that is missing."""
        require(self._bound, actor, capability, environment)

    def require_somewhere(self, actor: Actor, capability: Capability) -> None:
        """As `require`, for lists whose entries are then asked for one by one."""
        require_somewhere(self._bound, actor, capability)

    def enough(self, capability: Capability, environment: str | None) -> Sequence[str]:
        """Names of the roles that may do it there."""
        return enough(self._bound, capability, environment)

    def enough_somewhere(self, capability: Capability) -> Sequence[str]:
        """Names of the roles that may do it in any environment."""
        return enough_somewhere(self._bound, capability)

    def allows_somewhere(self, actor: Actor, capability: Capability) -> bool:
        return allows_somewhere(self._bound, actor, capability)

    def allows(self, actor: Actor, capability: Capability, environment: str | None = None) -> bool:
        return allows(self._bound, actor, capability, environment)
