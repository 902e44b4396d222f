"""What becomes of a proposal in one transaction: its record, its message, its thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sovereign.core import clock
from sovereign.core.errors import InvalidTransition, NotFound
from sovereign.domain.approval import ANYBODY, Choice, Idle, Proposal, State, Tally, Vote, lacking, tally
from sovereign.domain.audit import Entry, Result
from sovereign.domain.conversations import Conversation, Topic, ours
from sovereign.domain.events import Status
from sovereign.domain.permission import Actor
from sovereign.services import announce
from sovereign.services.auditing import record
from sovereign.services.clearance import freezes_over
from sovereign.services.seeking import LARGEST
from sovereign.store import conversations, proposals
from sovereign.store.conversations import Stored
from sovereign.store.sqlite import Connection

SHOWN_CHANGES = 3
"""Changes of the configuration that the message has room for; where there are more, the thread has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A proposal and what its votes come to now; `repeated` where the vote had been given before."""

    proposal: Proposal
    tally: Tally
    repeated: bool = False


def entry(
    actor: Actor | None,
    action: str,
    proposal: Proposal,
    result: Result = Result.DONE,
    *,
    parameters: Mapping[str, object] | None = None,
    details: str = "",
) -> Entry:
    """For the audit: who did what to a proposal."""
    named = {"proposal": proposal.id, "image": proposal.image, "digest": proposal.digest}
    return Entry(
        at=clock.now(),
        actor=actor,
        action=action,
        subject=proposal.subject,
        result=result,
        parameters=named | dict(parameters or {}),
        details=details,
    )


def find(tx: Connection, proposal_id: int) -> Proposal:
    """Raises NotFound."""
    found = proposals.by_id(tx, proposal_id) if 0 < proposal_id <= LARGEST else None
    if found is None:
        raise NotFound(f"There is no proposal {proposal_id}.")
    return found


def begin(
    tx: Connection, proposal: Proposal, tally: Tally, channel: str, notes: Mapping[str, object]
) -> Proposal:
    """Keep it and post its message. `notes` are what people should know of it before they vote.

    Raises InvalidTransition where the same is proposed already.
    """
    for other in proposals.of_place(tx, proposal.service, proposal.environment, 20):
        stands = other.state is State.OPEN and proposal.created_at < other.expires_at
        if stands and other.version == proposal.version:
            raise InvalidTransition(
                f"Proposal {other.id} says the same already: {other.subject}, by {other.requester}."
            )
    at = proposal.created_at
    key = f"proposal:{proposal.service}:{proposal.environment}:{proposal.version}:{clock.micros(at)}"
    stored = conversations.add(tx, key, channel, _conversation(proposal), at)
    kept = proposals.add(tx, proposal, stored.id)
    show(tx, kept, tally, at, notes)
    changed = cast("Sequence[str]", notes.get("configuration") or ())
    if len(changed) > SHOWN_CHANGES:
        say(tx, kept, "Configuration changed since the last deployment", at, quote="\n".join(changed))
    return kept


def show(
    tx: Connection, proposal: Proposal, tally: Tally, at: datetime, notes: Mapping[str, object] | None = None
) -> None:
    """Let its message say how it stands; without `notes`, those it had, but for freezes: those of now."""
    kept = proposals.notes(tx, proposal.id) if notes is None else notes
    now = {**kept, "frozen": frozen(tx, proposal, at)}
    if notes is not None or now != kept:
        proposals.keep_notes(tx, proposal.id, now)
    announce.show(tx, of(tx, proposal), "proposal", facts(proposal, tally, now), at)


def frozen(tx: Connection, proposal: Proposal, at: datetime) -> Sequence[str]:
    """The freezes that stop it, in words; what is decided is stopped by none."""
    if proposal.state is not State.OPEN:
        return []
    return [one.words for one in freezes_over(tx, proposal.service, proposal.environment, at)]


def is_stale(tx: Connection, proposal: Proposal, at: datetime) -> bool:
    """Whether its message tells other freezes than there are."""
    return proposals.notes(tx, proposal.id).get("frozen", []) != frozen(tx, proposal, at)


def say(
    tx: Connection, proposal: Proposal, text: str, at: datetime, *, quote: str = "", tell: int | None = None
) -> None:
    """One line in its thread; `tell` is a member whom it calls."""
    key = f"proposal:{proposal.id}:{clock.micros(at)}:{text}"
    mention = (f"<@{tell}>",) if tell else ()
    announce.line(tx, of(tx, proposal), key, text, at, quote=quote, mention=mention)


def decide(tx: Connection, proposal: Proposal, text: str, at: datetime, *, by: Actor | None = None) -> None:
    """It has ended without being carried out: the thread says why and calls who asked, unless it was they who
    ended it; the message loses its buttons."""
    proposals.decide(tx, proposal)
    asked = proposal.requester_id
    say(tx, proposal, text, at, tell=None if by and by.id == asked else asked)
    show(tx, proposal, tally(proposal, {}), at)


def redraw(tx: Connection, proposal_id: int, eligible: Mapping[int, frozenset[str]]) -> None:
    """As it is now, where it is open still."""
    found = find(tx, proposal_id)
    if found.state is State.OPEN:
        show(tx, found, tally(found, eligible), clock.now())


def expire(tx: Connection, most: int) -> int:
    """Of so many open ones, let those expire whose time is over; how many that were."""
    at, count = clock.now(), 0
    for proposal in proposals.standing(tx, most):  # the one that expires first is at the head
        if at < proposal.expires_at:
            break
        over = proposal.decided(State.EXPIRED, at, by=None, reason="No quorum in time")
        decide(tx, over, "Expired without a quorum, which is a no", at)
        record(tx, entry(None, "deploy.expire", over))
        count += 1
    return count


def of(tx: Connection, proposal: Proposal) -> Stored:
    return conversations.by_id(tx, proposals.conversation_of(tx, proposal.id))


def heard(vote: Vote) -> str:
    """The line that tells a vote."""
    verb = {Choice.APPROVE: "approves", Choice.REJECT: "rejects it"}.get(vote.choice or Choice.REJECT)
    return f"{vote.name} takes the vote back" if vote.choice is None else f"{vote.name} {verb}"


def facts(proposal: Proposal, tally: Tally, notes: Mapping[str, object]) -> dict[str, object]:
    """What its message shows, as JSON: `render/proposals` reads it."""
    is_open = proposal.state is State.OPEN  # afterwards nobody asks Discord for roles any more
    return {
        "proposal": {
            "id": proposal.id,
            "service": proposal.service,
            "environment": proposal.environment,
            "version": proposal.version,
            "image": proposal.image,
            "digest": proposal.digest,
            "strategy": proposal.strategy,
            "requester_id": proposal.requester_id,
            "requester": proposal.requester,
            "change": proposal.change,
            "state": proposal.state,
            "created_at": clock.micros(proposal.created_at),
            "expires_at": clock.micros(proposal.expires_at),
            "decided_at": clock.micros(proposal.decided_at) if proposal.decided_at else None,
            "decided_by": proposal.decided_by,
            "reason": proposal.reason,
            "quorum": proposal.policy.quorum,
        },
        "approvals": [
            {"name": vote.name, "role": role if role != ANYBODY else None, "at": clock.micros(vote.at)}
            for vote, role in tally.counted
        ],
        "idle": [f"{vote.name} ({_idle(proposal, why)})" for vote, why in tally.idle if is_open],
        "veto": tally.veto.name if tally.veto else None,
        "lacking": lacking(tally),
        "reached": tally.reached,
        "notes": dict(notes),
    }


def _idle(proposal: Proposal, why: Idle) -> str:
    roles = " or ".join(name for name in proposal.policy.needs if name)
    return {
        Idle.REQUESTER: "asked for it",
        Idle.ROLE: f"does not hold {roles} now" if roles else "may not vote now",
        Idle.FILLED: "those places are filled",
    }[why]


def _conversation(proposal: Proposal) -> Conversation:
    return ours(
        topic=Topic.DEPLOYMENT,
        subject=proposal.subject,
        name=proposal.subject,
        title=f"Deploy {proposal.subject}",
        status=Status.OPEN,
        url=proposal.change,
        actor=proposal.requester,
        service=proposal.service,
        environment=proposal.environment,
    )
