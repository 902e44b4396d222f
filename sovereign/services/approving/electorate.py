"""Who may vote on a proposal, by the roles that people hold at this moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sovereign.domain.approval import ANYBODY, Proposal
from sovereign.domain.permission import Actor, Capability
from sovereign.services.permissions import Permissions
from sovereign.services.ports.discord import Members


class Electorate:
    """A rule that names roles has those vote; one that names none has whoever holds `deploy.vote` there."""

    def __init__(self, permissions: Permissions, members: Members) -> None:
        self._permissions, self._members = permissions, members

    async def eligible(self, proposal: Proposal, known: Iterable[Actor] = ()) -> Mapping[int, frozenset[str]]:
        """Each voter who counts, with the policy's roles that they hold now; `known` need not be asked for.

        Raises Unavailable where Discord does not say.
        """
        held = {actor.id: actor for actor in known}
        for vote in proposal.votes:
            if vote.member_id not in held and (actor := await self._members.actor(vote.member_id)):
                held[vote.member_id] = actor
        voters = {vote.member_id for vote in proposal.votes}
        found = {who: self.roles(proposal, actor) for who, actor in held.items() if who in voters}
        return {who: roles for who, roles in found.items() if roles}

    def roles(self, proposal: Proposal, actor: Actor) -> frozenset[str]:
        """The roles of the policy that they hold; empty for who may not vote."""
        needs = proposal.policy.needs
        held = {role.id for role in actor.roles}
        named = {name for name in needs if name and self._permissions.role_id(name) in held}
        anybody = ANYBODY in needs or not needs
        if anybody and self._permissions.allows(actor, Capability.DEPLOY_VOTE, proposal.environment):
            named.add(ANYBODY)
        return frozenset(named)

    def would_do(self, proposal: Proposal) -> str:
        """The roles of which somebody may vote, in words."""
        named = [name for name in proposal.policy.needs if name]
        return " or ".join(named) or "a role that is granted deploy.vote"
