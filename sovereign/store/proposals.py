"""Proposals and their votes at rest."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import cast

from sovereign.core.clock import from_micros, micros
from sovereign.domain import hours
from sovereign.domain.approval import Choice, Policy, Proposal, State, Vote, Way
from sovereign.store.sqlite import Connection, Row


def add(tx: Connection, proposal: Proposal, conversation_id: int) -> Proposal:
    """A new one; the answer has the id."""
    (given,) = tx.execute(
        "INSERT INTO proposals (service, environment, version, image, digest, strategy, requester_id,"
        " requester, change, policy_json, conversation_id, state, created_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (
            proposal.service,
            proposal.environment,
            proposal.version,
            proposal.image,
            proposal.digest,
            proposal.strategy,
            proposal.requester_id,
            proposal.requester,
            proposal.change,
            _policy_text(proposal.policy),
            conversation_id,
            proposal.state,
            micros(proposal.created_at),
            micros(proposal.expires_at),
        ),
    ).fetchone()
    return replace(proposal, id=given)


def decide(tx: Connection, proposal: Proposal) -> bool:
    """Write down how it ended; False where somebody has decided it meanwhile."""
    changed = tx.execute(
        "UPDATE proposals SET state = ?, decided_at = ?, decided_by = ?, reason = ?"
        " WHERE id = ? AND state = 'open'",
        (
            proposal.state,
            micros(proposal.decided_at) if proposal.decided_at else None,
            proposal.decided_by,
            proposal.reason,
            proposal.id,
        ),
    )
    return changed.rowcount == 1


def add_vote(tx: Connection, proposal_id: int, vote: Vote) -> None:
    tx.execute(
        "INSERT INTO votes (proposal_id, member_id, name, choice, way, comment, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (proposal_id, vote.member_id, vote.name, vote.choice, vote.way, vote.comment, micros(vote.at)),
    )


def keep_notes(tx: Connection, proposal_id: int, notes: Mapping[str, object]) -> None:
    """What people should know before they vote, as it was looked up."""
    tx.execute("UPDATE proposals SET notes_json = ? WHERE id = ?", (json.dumps(notes), proposal_id))


def notes(tx: Connection, proposal_id: int) -> Mapping[str, object]:
    row = tx.execute("SELECT notes_json FROM proposals WHERE id = ?", (proposal_id,)).fetchone()
    return cast("Mapping[str, object]", json.loads(row["notes_json"]))


def tell_reached(tx: Connection, proposal_id: int, *, reached: bool) -> bool:
    """Remember whether people were told that the quorum is there; True where that is news."""
    changed = tx.execute(
        "UPDATE proposals SET told_reached = ? WHERE id = ? AND told_reached <> ?",
        (int(reached), proposal_id, int(reached)),
    )
    return changed.rowcount == 1


def by_id(tx: Connection, proposal_id: int) -> Proposal | None:
    return _one(tx, tx.execute("SELECT * FROM proposals WHERE id = ?", (proposal_id,)).fetchone())


def by_message(tx: Connection, message_id: int) -> Proposal | None:
    """The one whose head message that is."""
    row = tx.execute(
        "SELECT p.* FROM outbox_parts AS o JOIN outbox AS x ON x.id = o.outbox_id AND x.op = 'post'"
        " JOIN proposals AS p ON p.conversation_id = x.conversation_id WHERE o.message_id = ?",
        (message_id,),
    ).fetchone()
    return _one(tx, row)


def conversation_of(tx: Connection, proposal_id: int) -> int:
    row = tx.execute("SELECT conversation_id FROM proposals WHERE id = ?", (proposal_id,)).fetchone()
    return int(row["conversation_id"])


def standing(tx: Connection, limit: int) -> Sequence[Proposal]:
    """Those that are open, the one that expires first at the head."""
    rows = tx.execute(
        "SELECT * FROM proposals WHERE state = 'open' ORDER BY expires_at, id LIMIT ?", (limit,)
    )
    return [found for row in rows.fetchall() if (found := _one(tx, row))]


def of_place(tx: Connection, service: str, environment: str, limit: int) -> Sequence[Proposal]:
    """The newest of a service in an environment."""
    rows = tx.execute(
        "SELECT * FROM proposals WHERE service = ? AND environment = ? ORDER BY id DESC LIMIT ?",
        (service, environment, limit),
    )
    return [found for row in rows.fetchall() if (found := _one(tx, row))]


def votes(tx: Connection, proposal_id: int) -> Sequence[Vote]:
    """All that was said, oldest first; what was taken back too."""
    rows = tx.execute("SELECT * FROM votes WHERE proposal_id = ? ORDER BY id", (proposal_id,))
    return [
        Vote(
            member_id=row["member_id"],
            name=row["name"],
            choice=Choice(row["choice"]) if row["choice"] else None,
            way=Way(row["way"]),
            at=from_micros(row["at"]),
            comment=row["comment"],
        )
        for row in rows
    ]


def _one(tx: Connection, row: Row | None) -> Proposal | None:
    if row is None:
        return None
    newest = {vote.member_id: vote for vote in votes(tx, row["id"])}
    counting = sorted((vote for vote in newest.values() if vote.choice), key=lambda vote: vote.at)
    decided_at = row["decided_at"]
    return Proposal(
        id=row["id"],
        service=row["service"],
        environment=row["environment"],
        version=row["version"],
        image=row["image"],
        digest=row["digest"],
        strategy=row["strategy"],
        requester_id=row["requester_id"],
        requester=row["requester"],
        change=row["change"],
        policy=_policy(row["policy_json"]),
        created_at=from_micros(row["created_at"]),
        state=State(row["state"]),
        votes=tuple(counting),
        decided_at=from_micros(decided_at) if decided_at is not None else None,
        decided_by=row["decided_by"],
        reason=row["reason"],
    )


def _policy_text(policy: Policy) -> str:
    return json.dumps(
        {
            "needs": dict(policy.needs),
            "requester_counts": policy.requester_counts,
            "expires": policy.expires.total_seconds(),
            "change_link": policy.change_link,
            "windows": [str(window) for window in policy.windows],
            "at_once": policy.at_once,
            "production": policy.production,
            "tier": policy.tier,
        }
    )


def _policy(text: str) -> Policy:
    """As it was when the proposal was made: a later change of the rules does not move its goal."""
    raw = json.loads(text)
    return Policy(
        **{
            **raw,
            "expires": timedelta(seconds=raw["expires"]),
            "windows": tuple(hours.read(window) for window in raw["windows"]),
        }
    )
