"""Approval: who has to agree before a version goes to an environment, and what votes come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sovereign.core.errors import InvalidTransition
from sovereign.domain.hours import Hours

ANYBODY = ""
"""Stands for the role where whoever may vote will do."""
SHORTEST_REASON, LONGEST_REASON = 10, 300
"""Characters of the reason for going without a quorum."""


class Choice(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"


class Way(StrEnum):
    BUTTON = "button"
    REACTION = "reaction"


class State(StrEnum):
    OPEN = "open"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    VOID = "void"
    EXECUTED = "executed"


class Idle(StrEnum):
    """Why an approval fills no place."""

    REQUESTER = "requester"
    ROLE = "role"
    FILLED = "filled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What an environment asks for before a version goes there.

    needs             how many distinct people of each role; ANYBODY is whoever may vote
    requester_counts  whether the one who asks may also approve
    expires           after so long, no answer is a no
    at_once           deployed when the quorum is reached; else somebody presses Execute
    windows           hours in which it may be executed; none means always
    tier              the provenance that the version must have; not asked for yet
    """

    needs: Mapping[str, int] = field(default_factory=lambda: {ANYBODY: 1})
    requester_counts: bool = False
    expires: timedelta = timedelta(hours=24)
    change_link: bool = False
    windows: tuple[Hours, ...] = ()
    at_once: bool = False
    production: bool = False
    tier: str | None = None

    @property
    def quorum(self) -> int:
        return sum(self.needs.values())

    def require_window(self, environment: str, at: datetime) -> None:
        """Raises InvalidTransition at an hour at which nothing is deployed there."""
        if self.windows and not any(window.cover(at) for window in self.windows):
            windows = " or ".join(str(window) for window in self.windows)
            raise InvalidTransition(f"{environment} is deployed to {windows} only.")

    def raised(self, quorum: int | None) -> Policy:
        """With a larger quorum than the environment asks for; a smaller one is refused."""
        if quorum is None or quorum == self.quorum:
            return self
        if quorum < self.quorum:
            raise InvalidTransition(
                f"This environment asks for {self.quorum} approvals: ask for more, not for less."
            )
        last = list(self.needs)[-1]
        return replace(self, needs={**self.needs, last: self.needs[last] + quorum - self.quorum})


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """What a member said last; `choice` is None for a vote taken back."""

    member_id: int
    name: str
    choice: Choice | None
    way: Way
    at: datetime
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What the votes come to, by the roles of a moment.

    counted    those that fill a place of the quorum, each with the role that it fills
    unfilled   how many of each role are missing
    veto       an eligible no
    idle       approvals that fill no place, each with the reason
    """

    counted: tuple[tuple[Vote, str], ...]
    unfilled: Mapping[str, int]
    veto: Vote | None
    idle: tuple[tuple[Vote, Idle], ...]
    quorum: int

    @property
    def reached(self) -> bool:
        return self.veto is None and not self.unfilled


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """`digest` is what the votes are bound to: the same tag with another digest is another thing.

    `decided_by` is a name, or None where nobody in particular decided; `reason` says why it ended so.
    """

    id: int = 0
    service: str
    environment: str
    version: str
    image: str
    digest: str | None
    strategy: str
    requester_id: int
    requester: str
    change: str | None
    policy: Policy
    created_at: datetime
    state: State = State.OPEN
    votes: tuple[Vote, ...] = ()
    decided_at: datetime | None = None
    decided_by: str | None = None
    reason: str = ""

    @property
    def expires_at(self) -> datetime:
        return self.created_at + self.policy.expires

    @property
    def subject(self) -> str:
        return f"{self.service} {self.version} to {self.environment}"

    def with_vote(self, vote: Vote) -> Proposal:
        """The member's latest vote takes the place of the one before. Raises InvalidTransition."""
        self.require_open(vote.at)
        others = tuple(each for each in self.votes if each.member_id != vote.member_id)
        return replace(self, votes=others if vote.choice is None else (*others, vote))

    def require_open(self, at: datetime) -> None:
        if self.state is not State.OPEN:
            raise InvalidTransition(f"Proposal {self.id} is {self.state}{self._by()}: nothing can change it.")
        if at >= self.expires_at:
            raise InvalidTransition(f"Proposal {self.id} has expired. Propose {self.subject} again.")

    def decided(self, state: State, at: datetime, *, by: str | None, reason: str = "") -> Proposal:
        """Raises InvalidTransition for one that is decided already."""
        if self.state is not State.OPEN:
            raise InvalidTransition(f"Proposal {self.id} is {self.state}{self._by()} already.")
        return replace(self, state=state, decided_at=at, decided_by=by, reason=reason)

    def executed(self, tally: Tally, at: datetime, *, by: str, digest: str | None) -> Proposal:
        """It may run now. Raises InvalidTransition, which says what it lacks."""
        self.require_open(at)
        if digest != self.digest:
            raise InvalidTransition(
                f"{self.image} is no longer what was voted on: it was {short_digest(self.digest)},"
                f" and is {short_digest(digest)} now."
            )
        if not tally.reached:
            raise InvalidTransition(f"Proposal {self.id} cannot be executed: {lacking(tally)}.")
        self.policy.require_window(self.environment, at)
        return self.decided(State.EXECUTED, at, by=by)

    def broken_glass(self, at: datetime, *, by: str, reason: str) -> Proposal:
        """Executed without its quorum, for a reason that everybody reads."""
        self.require_open(at)
        reason = " ".join(reason.split())
        if len(reason) < SHORTEST_REASON:
            raise InvalidTransition(
                f"Breaking the glass needs a reason of at least {SHORTEST_REASON} characters."
            )
        return self.decided(State.EXECUTED, at, by=by, reason=reason[:LONGEST_REASON])

    def _by(self) -> str:
        return f" by {self.decided_by}" if self.decided_by else ""


def tally(proposal: Proposal, eligible: Mapping[int, frozenset[str]]) -> Tally:
    """What the votes come to. `eligible` says which roles of the policy each voter holds at this moment
    (ANYBODY where every voter will do); whoever is not in it has no vote.

    A person fills one place only, whichever roles they hold; places are given so that as many as can be are
    filled. An eligible no is a veto, the requester's own included: whoever asked may think better of it.
    """
    heard = [vote for vote in proposal.votes if eligible.get(vote.member_id)]
    veto = next((vote for vote in heard if vote.choice is Choice.REJECT), None)
    approvals = [vote for vote in heard if vote.choice is Choice.APPROVE]
    may_fill = [vote for vote in approvals if vote.member_id != proposal.requester_id]
    if proposal.policy.requester_counts:
        may_fill = approvals
    places = _filled(proposal.policy.needs, may_fill, eligible)
    given = {vote.member_id: role for role, votes in places.items() for vote in votes}
    return Tally(
        counted=tuple((vote, given[vote.member_id]) for vote in approvals if vote.member_id in given),
        unfilled={
            role: count - len(places[role])
            for role, count in proposal.policy.needs.items()
            if count > len(places[role])
        },
        veto=veto,
        idle=tuple(
            (vote, _why_idle(proposal, vote, eligible))
            for vote in proposal.votes
            if vote.choice is Choice.APPROVE and vote.member_id not in given
        ),
        quorum=proposal.policy.quorum,
    )


def _why_idle(proposal: Proposal, vote: Vote, eligible: Mapping[int, frozenset[str]]) -> Idle:
    if vote.member_id == proposal.requester_id and not proposal.policy.requester_counts:
        return Idle.REQUESTER
    return Idle.FILLED if eligible.get(vote.member_id) else Idle.ROLE


def lacking(tally: Tally) -> str:
    """`2 more approvals (ReleaseMgr)`, or who stands against it."""
    if tally.veto:
        return f"{tally.veto.name} rejects it"
    parts = []
    for role, count in tally.unfilled.items():
        noun = "approval" if count == 1 else "approvals"
        parts.append(f"{count} more {noun}{f' of {role}' if role else ''}")
    return " and ".join(parts) or "nothing is missing"


def short_digest(digest: str | None) -> str:
    """`sha256:0123456789ab` of a digest, as people compare them."""
    algorithm, _, hexadecimal = (digest or "unknown").partition(":")
    return f"{algorithm}:{hexadecimal[:12]}" if hexadecimal else algorithm


def _filled(
    needs: Mapping[str, int], votes: Sequence[Vote], eligible: Mapping[int, frozenset[str]]
) -> Mapping[str, list[Vote]]:
    """As many places as can be filled, each by another person (a largest matching, by augmenting paths)."""
    places: dict[str, list[Vote]] = {role: [] for role in needs}

    def seat(vote: Vote, tried: set[str]) -> bool:
        for role in needs:
            if role in tried or role not in eligible[vote.member_id]:
                continue
            tried.add(role)
            if len(places[role]) < needs[role]:
                places[role].append(vote)
                return True
            for place, other in enumerate(places[role]):
                if seat(other, tried):
                    places[role][place] = vote
                    return True
        return False

    for vote in votes:
        seat(vote, set())
    return places
