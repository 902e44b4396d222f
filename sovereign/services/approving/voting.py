"""Votes on proposals: by button and by reaction, heard when they come and when they were missed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial

from sovereign.core import clock
from sovereign.core.errors import NotAllowed, UserError
from sovereign.domain.approval import Choice, Proposal, State, Tally, Vote, Way, tally
from sovereign.domain.audit import Result
from sovereign.domain.permission import Actor
from sovereign.services.approving import steps
from sovereign.services.approving.electorate import Electorate
from sovereign.services.approving.steps import Standing
from sovereign.services.auditing import Auditing, record
from sovereign.services.ports.discord import Members
from sovereign.store import proposals
from sovereign.store.database import Database
from sovereign.store.sqlite import Connection

REACTIONS: Mapping[str, Choice] = {"👍": Choice.APPROVE, "👎": Choice.REJECT}
MOST_OPEN = 500
"""Open proposals that are looked through, at most."""


class Voting:
    """`reached` is called with the last voter once a quorum is there that is to be carried out at once;
    `announced` after each transaction that put something into the outbox."""

    def __init__(
        self,
        database: Database,
        auditing: Auditing,
        electorate: Electorate,
        members: Members,
        announced: Callable[[], None],
        reached: Callable[[Actor, Proposal], Awaitable[None]],
    ) -> None:
        self._database, self._auditing, self._announced = database, auditing, announced
        self._electorate, self._members, self._reached = electorate, members, reached

    async def vote(
        self, actor: Actor, proposal_id: int, choice: Choice | None, way: Way, comment: str = ""
    ) -> Standing:
        """The member's latest word; None takes it back. Raises NotAllowed, NotFound, InvalidTransition."""
        proposal = await self._database.read(lambda tx: steps.find(tx, proposal_id))
        if not self._electorate.roles(proposal, actor):
            await self._refuse(actor, proposal)
        vote = Vote(
            member_id=actor.id, name=actor.name, choice=choice, way=way, at=clock.now(), comment=comment
        )
        eligible = await self._electorate.eligible(proposal.with_vote(vote), [actor])
        standing = await self._database.write(lambda tx: _heard(tx, actor, proposal_id, vote, eligible))
        self._announced()
        if standing.tally.reached and standing.proposal.policy.at_once:
            await self._reached(actor, standing.proposal)
        return standing

    async def _refuse(self, actor: Actor, proposal: Proposal) -> None:
        needed = self._electorate.would_do(proposal)
        held = ", ".join(role.name for role in actor.roles) or "no role"
        refusal = NotAllowed(f"Voting on {proposal.subject} needs {needed}. You have {held}.")
        entry = steps.entry(actor, "deploy.vote", proposal, Result.REFUSED, details=refusal.public)
        await self._auditing.write(entry)
        raise refusal

    async def react(
        self, actor: Actor | None, member_id: int, message_id: int, emoji: str, *, added: bool
    ) -> None:
        """👍 and 👎 under a proposal are votes like any other; whoever may not vote is not counted.

        `actor` is None where Discord does not say who it is beyond the id. Raises Unavailable.
        """
        choice = REACTIONS.get(emoji)
        if choice is None:
            return
        found = await self._database.read(lambda tx: proposals.by_message(tx, message_id))
        if found is None or found.state is not State.OPEN:
            return
        mine = next((vote for vote in found.votes if vote.member_id == member_id), None)
        if not added and (mine is None or mine.choice is not choice or mine.way is not Way.REACTION):
            return  # a newer vote stands
        who = actor or await self._members.actor(member_id)
        with suppress(UserError):
            if who is not None:
                await self.vote(who, found.id, choice if added else None, Way.REACTION)

    async def recount(self) -> None:
        """Hear the reactions that came and went while nobody listened. Raises Unavailable."""
        for proposal in await self._database.read(lambda tx: proposals.standing(tx, MOST_OPEN)):
            stored = await self._database.read(partial(steps.of, proposal=proposal))
            if stored.message_id is None or stored.channel_id is None:
                continue
            shown: dict[int, tuple[Actor, Choice]] = {}
            for emoji, choice in REACTIONS.items():  # a no after a yes: who shows both, rejects
                found = await self._members.reactions(stored.channel_id, stored.message_id, emoji)
                shown |= {actor.id: (actor, choice) for actor in found or ()}
            await self._reconcile(proposal, shown)

    async def _reconcile(self, proposal: Proposal, shown: Mapping[int, tuple[Actor, Choice]]) -> None:
        known = {vote.member_id: vote for vote in proposal.votes}
        for member_id, (actor, choice) in shown.items():
            mine = known.get(member_id)
            if mine is None or (mine.way is Way.REACTION and mine.choice is not choice):
                with suppress(UserError):
                    await self.vote(actor, proposal.id, choice, Way.REACTION)
        for member_id, vote in known.items():
            if vote.way is Way.REACTION and member_id not in shown:
                gone = await self._members.actor(member_id)
                with suppress(UserError):
                    if gone is not None:
                        await self.vote(gone, proposal.id, None, Way.REACTION)


def _heard(
    tx: Connection, actor: Actor, proposal_id: int, vote: Vote, eligible: Mapping[int, frozenset[str]]
) -> Standing:
    found = steps.find(tx, proposal_id)
    proposal = found.with_vote(vote)
    counted = tally(proposal, eligible)
    before = next((one for one in found.votes if one.member_id == vote.member_id), None)
    repeated = before is not None and before.choice is vote.choice and not vote.comment
    if before is None or not repeated:
        proposals.add_vote(tx, proposal.id, vote)
        said = {"choice": vote.choice or "taken back", "way": vote.way, "comment": vote.comment}
        record(tx, steps.entry(actor, "deploy.vote", proposal, parameters=said))
        tell = _called(proposal, counted, vote)
        steps.say(tx, proposal, steps.heard(vote), vote.at, quote=vote.comment, tell=tell)
    elif vote.way is Way.BUTTON is not before.way:  # it stands even if the reaction is taken away
        proposals.add_vote(tx, proposal.id, vote)
    else:
        proposal = found
    if counted.veto:
        proposal = proposal.decided(State.REJECTED, vote.at, by=counted.veto.name, reason=vote.comment)
        proposals.decide(tx, proposal)
    elif proposals.tell_reached(tx, proposal.id, reached=counted.reached):
        _tell_reached(tx, proposal, counted, vote)
    steps.show(tx, proposal, counted, vote.at)
    return Standing(proposal=proposal, tally=counted, repeated=repeated)


def _called(proposal: Proposal, counted: Tally, vote: Vote) -> int | None:
    """Who asked, where this vote ends it and is not their own."""
    return proposal.requester_id if counted.veto and vote.member_id != proposal.requester_id else None


def _tell_reached(tx: Connection, proposal: Proposal, counted: Tally, vote: Vote) -> None:
    if not counted.reached:
        steps.say(tx, proposal, "The quorum is lost again", vote.at)
        return
    names = ", ".join(each.name for each, _ in counted.counted)
    next_step = "its deployment begins" if proposal.policy.at_once else "Execute is open"
    steps.say(tx, proposal, f"Approved by {names}: {next_step}", vote.at, tell=proposal.requester_id)
