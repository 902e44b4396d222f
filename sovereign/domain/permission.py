"""Who may do what: capabilities that are granted to roles, everywhere or in some environments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sovereign.core.errors import NotAllowed

EVERYTHING = "all"


class Capability(StrEnum):
    ALERTS_VIEW = "alerts.view"
    ALERTS_ACKNOWLEDGE = "alerts.acknowledge"
    DELIVERIES_VIEW = "deliveries.view"
    DELIVERIES_REPLAY = "deliveries.replay"
    FORWARDS_VIEW = "forwards.view"
    FORWARDS_RETRY = "forwards.retry"
    DEPLOY_PROPOSE = "deploy.propose"
    DEPLOY_VOTE = "deploy.vote"
    DEPLOY_EXECUTE = "deploy.execute"
    DEPLOY_BREAK_GLASS = "deploy.break_glass"
    FREEZE_SET = "freeze.set"
    FREEZE_OVERRIDE = "freeze.override"
    SERVICES_VIEW = "services.view"
    SERVICES_LOGS = "services.logs"
    SERVICES_SCALE = "services.scale"
    SERVICES_RESTART = "services.restart"
    SERVICES_ROLLBACK = "services.rollback"
    PLAYBOOKS_RUN = "playbooks.run"
    ADMIN_VIEW = "admin.view"
    ADMIN_RELOAD = "admin.reload"
    AUDIT_VIEW = "audit.view"

    @property
    def deed(self) -> str:
        return _DEEDS[self]


_DEEDS = {
    Capability.ALERTS_VIEW: "Looking at alerts",
    Capability.ALERTS_ACKNOWLEDGE: "Acknowledging alerts",
    Capability.DELIVERIES_VIEW: "Looking at deliveries",
    Capability.DELIVERIES_REPLAY: "Replaying deliveries",
    Capability.FORWARDS_VIEW: "Looking at what outgoing webhooks lack",
    Capability.FORWARDS_RETRY: "Sending outgoing webhooks again",
    Capability.DEPLOY_PROPOSE: "Proposing a deployment",
    Capability.DEPLOY_VOTE: "Voting on deployments",
    Capability.DEPLOY_EXECUTE: "Deploying",
    Capability.DEPLOY_BREAK_GLASS: "Deploying without a quorum",
    Capability.FREEZE_SET: "Freezing services",
    Capability.FREEZE_OVERRIDE: "Changing what is frozen",
    Capability.SERVICES_VIEW: "Looking at services",
    Capability.SERVICES_LOGS: "Reading logs",
    Capability.SERVICES_SCALE: "Scaling services",
    Capability.SERVICES_RESTART: "Restarting services",
    Capability.SERVICES_ROLLBACK: "Rolling services back",
    Capability.PLAYBOOKS_RUN: "Running playbooks",
    Capability.ADMIN_VIEW: "Looking at how Sovereign runs",
    Capability.ADMIN_RELOAD: "Reloading cogs and the configuration",
    Capability.AUDIT_VIEW: "Looking at the audit",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """`role` is a name or an id, as configured; `environments` and `capabilities` may hold `all`."""

    role: str
    capabilities: frozenset[str]
    environments: frozenset[str]

    def covers(self, capability: Capability, environment: str | None) -> bool:
        """In that environment; where nobody knows which one it is, only a grant for all of them will do."""
        return bool(self.environments & {EVERYTHING, environment}) and self.covers_somewhere(capability)

    def covers_somewhere(self, capability: Capability) -> bool:
        return bool(self.capabilities & {EVERYTHING, capability.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A member who acts, with the roles held at this moment (without @everyone)."""

    id: int
    name: str
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundGrant:
    """A grant whose role was found in the guild when the configuration was loaded."""

    role: Role
    grant: Grant


def bind(
    grants: Sequence[Grant], guild_roles: Sequence[Role]
) -> tuple[Sequence[BoundGrant], Mapping[str, str]]:
    """The grants by role id, and why each other could not be bound: two roles of one name grant nothing."""
    bound: list[BoundGrant] = []
    unbound: dict[str, str] = {}
    for grant in grants:
        wanted = grant.role.removeprefix("@")
        found = [role for role in guild_roles if wanted in (role.name, str(role.id))]
        if len(found) == 1:
            bound.append(BoundGrant(role=found[0], grant=grant))
        else:
            unbound[grant.role] = (
                f"{len(found)} roles are called so, and none of them is granted anything"
                if found
                else "the guild has no such role"
            )
    return bound, unbound


def allows(
    bound: Sequence[BoundGrant], actor: Actor, capability: Capability, environment: str | None
) -> bool:
    """Whether any role that the actor holds, by id, covers it."""
    held = {role.id for role in actor.roles}
    return any(each.role.id in held and each.grant.covers(capability, environment) for each in bound)


def allows_somewhere(bound: Sequence[BoundGrant], actor: Actor, capability: Capability) -> bool:
    """Whether there is any environment for which a role of the actor covers it."""
    held = {role.id for role in actor.roles}
    return any(each.role.id in held and each.grant.covers_somewhere(capability) for each in bound)


def enough(bound: Sequence[BoundGrant], capability: Capability, environment: str | None) -> Sequence[str]:
    """Names of the roles that cover it there, as the configuration has them in order."""
    return [*dict.fromkeys(each.role.name for each in bound if each.grant.covers(capability, environment))]


def enough_somewhere(bound: Sequence[BoundGrant], capability: Capability) -> Sequence[str]:
    """Names of the roles that cover it in any environment, as the configuration has them in order."""
    return [*dict.fromkeys(each.role.name for each in bound if each.grant.covers_somewhere(capability))]


def require_somewhere(bound: Sequence[BoundGrant], actor: Actor, capability: Capability) -> None:
    """Raise NotAllowed for who may do it nowhere; where exactly is for each thing to ask."""
    if not allows_somewhere(bound, actor, capability):
        raise _refusal(enough_somewhere(bound, capability), actor, capability, "")


def require(
    bound: Sequence[BoundGrant], actor: Actor, capability: Capability, environment: str | None = None
) -> None:
    """Raise NotAllowed, which names the roles that would do and those that the actor has."""
    if allows(bound, actor, capability, environment):
        return
    where = f" in {environment}" if environment else ""
    raise _refusal(enough(bound, capability, environment), actor, capability, where)


def _refusal(names: Sequence[str], actor: Actor, capability: Capability, where: str) -> NotAllowed:
    has = (
        f"You have {listed([role.name for role in actor.roles], 'and')}."
        if actor.roles
        else "You have no role."
    )
    if not names:
        return NotAllowed(f"{capability.deed}{where} is granted to no role yet (discord.rbac.grants). {has}")
    noun = "the role" if len(names) == 1 else "one of the roles"
    return NotAllowed(f"{capability.deed}{where} needs {noun} {listed(names, 'or')}. {has}")


def listed(names: Sequence[str], joined_by: str) -> str:
    """`A`, `A or B`, `A, B or C`."""
    *first, last = names
    return f"{', '.join(first)} {joined_by} {last}" if first else last
