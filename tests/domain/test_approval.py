"""Approvals as a state machine: whatever is voted in whatever order, nothing runs without its quorum."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sovereign.core.errors import InvalidTransition
from sovereign.domain import hours
from sovereign.domain.approval import (
    ANYBODY,
    Choice,
    Policy,
    Proposal,
    State,
    Vote,
    Way,
    lacking,
    short_digest,
    tally,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
DIGEST, OTHER = "sha256:" + "a" * 64, "sha256:" + "b" * 64
REQUESTER = 1
MEMBERS = (1, 2, 3, 4, 5)
ROLES = ("ReleaseMgr", "QA")


def proposal(policy: Policy | None = None, **changed: object) -> Proposal:
    given = {
        "id": 7,
        "service": "shop",
        "environment": "prod",
        "version": "v2.0",
        "image": "registry.example/shop:v2.0",
        "digest": DIGEST,
        "strategy": "rolling",
        "requester_id": REQUESTER,
        "requester": "ada",
        "change": None,
        "policy": policy or Policy(needs={"ReleaseMgr": 3}),
        "created_at": NOON,
    }
    return Proposal(**{**given, **changed})  # type: ignore[arg-type]  # the fields above


def vote(member: int, choice: Choice | None = Choice.APPROVE, at: datetime = NOON) -> Vote:
    return Vote(member_id=member, name=f"m{member}", choice=choice, way=Way.BUTTON, at=at)


def voted(given: Proposal, *votes: Vote) -> Proposal:
    for each in votes:
        given = given.with_vote(each)
    return given


MANAGERS = {member: frozenset({"ReleaseMgr"}) for member in MEMBERS}


def test_three_of_the_role_reach_a_quorum_of_three() -> None:
    found = tally(voted(proposal(), vote(2), vote(3)), MANAGERS)
    assert (found.reached, lacking(found)) == (False, "1 more approval of ReleaseMgr")
    assert tally(voted(proposal(), vote(2), vote(3), vote(4)), MANAGERS).reached


def test_the_requester_fills_no_place_unless_the_policy_says_so() -> None:
    own = Policy(needs={"ReleaseMgr": 1}, requester_counts=True)
    refused = tally(voted(proposal(Policy(needs={"ReleaseMgr": 1})), vote(REQUESTER)), MANAGERS)
    assert (refused.reached, len(refused.idle)) == (False, 1)
    assert tally(voted(proposal(own), vote(REQUESTER)), MANAGERS).reached


def test_a_members_latest_vote_counts_and_may_be_taken_back() -> None:
    given = voted(proposal(Policy(needs={"ReleaseMgr": 1})), vote(2, Choice.REJECT), vote(2))
    assert tally(given, MANAGERS).reached
    assert not tally(given.with_vote(vote(2, None)), MANAGERS).reached


def test_an_eligible_no_vetoes_whatever_the_approvals() -> None:
    given = voted(proposal(), vote(2), vote(3), vote(4), vote(5, Choice.REJECT))
    assert lacking(tally(given, MANAGERS)) == "m5 rejects it"
    without = {member: roles for member, roles in MANAGERS.items() if member != 5}
    assert tally(given, without).reached  # whoever may not vote vetoes nothing


def test_who_loses_the_role_loses_the_vote() -> None:
    given = voted(proposal(), vote(2), vote(3), vote(4))
    assert not tally(given, {2: frozenset({"ReleaseMgr"}), 3: frozenset({"ReleaseMgr"})}).reached


def test_a_person_of_two_roles_fills_one_place_and_the_better_one() -> None:
    policy = Policy(needs={"ReleaseMgr": 1, "QA": 1})
    both, one = frozenset(ROLES), frozenset({"ReleaseMgr"})
    assert not tally(voted(proposal(policy), vote(2)), {2: both}).reached
    assert tally(voted(proposal(policy), vote(2), vote(3)), {2: both, 3: one}).reached


@given(
    st.dictionaries(st.sampled_from(ROLES), st.integers(1, 3), min_size=1),
    st.lists(st.frozensets(st.sampled_from(ROLES), min_size=1), max_size=5),
)
def test_as_many_places_are_filled_as_any_seating_could_fill(
    needs: dict[str, int], holders: list[frozenset[str]]
) -> None:
    """Against every way to seat them."""
    eligible = {number + 2: roles for number, roles in enumerate(holders)}
    found = tally(voted(proposal(Policy(needs=needs)), *(vote(each) for each in eligible)), eligible)
    filled = sum(needs.values()) - sum(found.unfilled.values())
    best = 0
    for seating in product(*(sorted(roles) for roles in holders)):
        seats = Counter(seating)
        best = max(best, sum(min(count, seats[role]) for role, count in needs.items()))
    assert filled == best == len(found.counted)


def test_a_quorum_may_be_raised_and_never_lowered() -> None:
    policy = Policy(needs={"ReleaseMgr": 2})
    assert policy.raised(4).needs == {"ReleaseMgr": 4}
    assert policy.raised(None) is policy
    with pytest.raises(InvalidTransition, match="not for less"):
        policy.raised(1)


def test_no_answer_is_a_no_once_the_time_is_over() -> None:
    given = voted(proposal(Policy(needs={"ReleaseMgr": 1})), vote(2))
    late = given.expires_at
    with pytest.raises(InvalidTransition, match="expired"):
        given.with_vote(vote(3, at=late))
    with pytest.raises(InvalidTransition, match="expired"):
        given.executed(tally(given, MANAGERS), late, by="m2", digest=DIGEST)


def test_another_digest_is_another_thing() -> None:
    given = voted(proposal(Policy(needs={"ReleaseMgr": 1})), vote(2))
    with pytest.raises(InvalidTransition, match=f"was {short_digest(DIGEST)}, and is {short_digest(OTHER)}"):
        given.executed(tally(given, MANAGERS), NOON, by="m2", digest=OTHER)


def test_outside_its_windows_nothing_is_executed() -> None:
    policy = Policy(needs={}, windows=(hours.read("mon-thu 13:00-16:00"),))
    given = proposal(policy)
    with pytest.raises(InvalidTransition, match="13:00-16:00"):
        given.executed(tally(given, {}), NOON, by="m2", digest=DIGEST)
    given.executed(tally(given, {}), NOON + timedelta(hours=1), by="m2", digest=DIGEST)


def test_breaking_the_glass_needs_a_reason() -> None:
    for none in ("", "now", " " * 20, "n\n\n\n\n\n\n\n\n\now"):
        with pytest.raises(InvalidTransition, match="reason"):
            proposal().broken_glass(NOON, by="m2", reason=none)
    broken = proposal().broken_glass(NOON, by="m2", reason="the shop\nis down")
    assert (broken.state, broken.decided_by, broken.reason) == (State.EXECUTED, "m2", "the shop is down")


class Approvals(RuleBasedStateMachine):
    """Members vote, gain and lose roles, time passes, tags move; somebody tries to execute all the while."""

    @initialize(
        needs=st.dictionaries(st.sampled_from((ANYBODY, *ROLES)), st.integers(1, 2), min_size=1, max_size=2),
        counts=st.booleans(),
    )
    def propose(self, needs: dict[str, int], counts: bool) -> None:
        self.now = NOON
        self.roles = {member: frozenset[str]() for member in MEMBERS}
        self.said: dict[int, Choice] = {}
        self.tag: str | None = DIGEST
        self.proposal = proposal(Policy(needs=needs, requester_counts=counts))

    @rule(member=st.sampled_from(MEMBERS), roles=st.frozensets(st.sampled_from((ANYBODY, *ROLES))))
    def hold(self, member: int, roles: frozenset[str]) -> None:
        self.roles[member] = roles

    @rule(member=st.sampled_from(MEMBERS), choice=st.sampled_from((*Choice, None)))
    def vote(self, member: int, choice: Choice | None) -> None:
        try:
            self.proposal = self.proposal.with_vote(vote(member, choice, self.now))
        except InvalidTransition:
            assert self.proposal.state is not State.OPEN or self.now >= self.proposal.expires_at
            return
        self.said.pop(member, None)
        if choice:
            self.said[member] = choice

    @rule(hours=st.integers(0, 9))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(to=st.sampled_from((DIGEST, OTHER, None)))
    def move_tag(self, to: str | None) -> None:
        self.tag = to

    @rule()
    def cancel(self) -> None:
        if self.proposal.state is State.OPEN and self.now.hour == 13:
            self.proposal = self.proposal.decided(State.CANCELLED, self.now, by="m1")

    @rule()
    def execute(self) -> None:
        before = self.proposal
        try:
            after = before.executed(tally(before, self.roles), self.now, by="m2", digest=self.tag)
        except InvalidTransition:
            return
        self.proposal = after
        assert before.state is State.OPEN
        assert self.now < before.expires_at
        assert self.tag == before.digest
        assert not any(choice is Choice.REJECT and self.roles[m] for m, choice in self.said.items())
        yes = [m for m, choice in self.said.items() if choice is Choice.APPROVE and self.roles[m]]
        if not before.policy.requester_counts:
            yes = [member for member in yes if member != REQUESTER]
        for role, count in before.policy.needs.items():
            assert sum(role in self.roles[member] for member in yes) >= count
        assert len(yes) >= before.policy.quorum

    @invariant()
    def each_member_has_one_vote(self) -> None:
        assert {each.member_id: each.choice for each in self.proposal.votes} == self.said


Approvals.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestApprovals = Approvals.TestCase
