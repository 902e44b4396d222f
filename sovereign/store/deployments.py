"""Deployments at rest: those under way, which are also the locks of their places, and those that were."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta

from sovereign.core.clock import from_micros, micros
from sovereign.domain.cluster import Identity
from sovereign.domain.deployment import Deployment, Left, Phase, State, Wish
from sovereign.domain.estate import Place
from sovereign.domain.permission import Actor, Role
from sovereign.domain.rollout.terms import Strategy, Terms
from sovereign.store.sqlite import Connection, Row


def add(tx: Connection, deployment: Deployment) -> Deployment:
    """A new one, for a place in which none is under way; the answer has the id."""
    place = deployment.place
    (given,) = tx.execute(
        "INSERT INTO deployments (proposal_id, conversation_id, service, environment, place_json, version,"
        " image, from_version, from_image, strategy, terms_json, actor_json, identity_json, approved_json,"
        " change, glass, configured_json, memory_json, state, phase, phase_at, started_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (
            deployment.proposal_id,
            deployment.conversation_id,
            place.service,
            place.environment,
            json.dumps(asdict(place)),
            deployment.version,
            deployment.image,
            deployment.from_version,
            deployment.from_image,
            deployment.strategy,
            _terms_text(deployment.terms),
            json.dumps(asdict(deployment.by)),
            json.dumps(asdict(deployment.as_who)),
            json.dumps(deployment.approved_by),
            deployment.change,
            deployment.glass,
            json.dumps(dict(deployment.configured)),
            json.dumps(dict(deployment.memory)),
            deployment.state,
            deployment.phase,
            micros(deployment.phase_at),
            micros(deployment.started_at),
        ),
    ).fetchone()
    return replace(deployment, id=given)


def save(tx: Connection, deployment: Deployment) -> bool:
    """Write down how far it is; False where it has ended meanwhile. A wish is granted, or stays."""
    changed = tx.execute(
        "UPDATE deployments SET state = ?, phase = ?, phase_at = ?, memory_json = ?, left_json = ?,"
        " reason = ?, ended_at = ? WHERE id = ? AND state = 'running'",
        (
            deployment.state,
            deployment.phase,
            micros(deployment.phase_at),
            json.dumps(deployment.memory),
            json.dumps(asdict(deployment.left)) if deployment.left else None,
            deployment.reason,
            micros(deployment.ended_at) if deployment.ended_at else None,
            deployment.id,
        ),
    )
    return changed.rowcount == 1


def wish(tx: Connection, deployment: Deployment) -> None:
    """Write down what somebody wants of it, or, with no wish, that it was heard."""
    tx.execute(
        "UPDATE deployments SET wish = ?, wished_by = ? WHERE id = ?",
        (deployment.wish, deployment.wished_by, deployment.id),
    )


def by_id(tx: Connection, deployment_id: int) -> Deployment | None:
    row = tx.execute("SELECT * FROM deployments WHERE id = ?", (deployment_id,)).fetchone()
    return _deployment(row) if row else None


def running(tx: Connection) -> Sequence[Deployment]:
    rows = tx.execute("SELECT * FROM deployments WHERE state = 'running' ORDER BY id")
    return [_deployment(row) for row in rows.fetchall()]


def under_way(tx: Connection, service: str, environment: str) -> Deployment | None:
    """The one that holds the place."""
    row = tx.execute(
        "SELECT * FROM deployments WHERE service = ? AND environment = ? AND state = 'running'",
        (service, environment),
    ).fetchone()
    return _deployment(row) if row else None


def newest(
    tx: Connection, limit: int, *, service: str | None = None, environment: str | None = None
) -> Sequence[Deployment]:
    """Newest first; of any service or environment where none is named."""
    rows = tx.execute(
        "SELECT * FROM deployments WHERE (? IS NULL OR service = ?) AND (? IS NULL OR environment = ?)"
        " ORDER BY id DESC LIMIT ?",
        (service, service, environment, environment, limit),
    )
    return [_deployment(row) for row in rows.fetchall()]


def places(tx: Connection) -> Sequence[tuple[str, str]]:
    """Each service and environment that was ever deployed to, in the order of their names."""
    rows = tx.execute("SELECT DISTINCT service, environment FROM deployments ORDER BY service, environment")
    return [(row["service"], row["environment"]) for row in rows]


def since(tx: Connection, at: datetime, limit: int) -> Sequence[Deployment]:
    """Those that began since then, oldest first."""
    rows = tx.execute(
        "SELECT * FROM deployments WHERE started_at >= ? ORDER BY started_at, id LIMIT ?", (micros(at), limit)
    )
    return [_deployment(row) for row in rows.fetchall()]


def of_proposal(tx: Connection, proposal_id: int) -> Deployment | None:
    row = tx.execute("SELECT * FROM deployments WHERE proposal_id = ?", (proposal_id,)).fetchone()
    return _deployment(row) if row else None


def _deployment(row: Row) -> Deployment:
    ended_at = row["ended_at"]
    return Deployment(
        id=row["id"],
        proposal_id=row["proposal_id"],
        conversation_id=row["conversation_id"],
        place=Place(**json.loads(row["place_json"])),
        version=row["version"],
        image=row["image"],
        from_version=row["from_version"],
        from_image=row["from_image"],
        terms=_terms(row["terms_json"]),
        by=_actor(row["actor_json"]),
        as_who=_identity(row["identity_json"]),
        approved_by=tuple(json.loads(row["approved_json"])),
        change=row["change"],
        glass=row["glass"],
        state=State(row["state"]),
        phase=Phase(row["phase"]),
        phase_at=from_micros(row["phase_at"]),
        wish=Wish(row["wish"]) if row["wish"] else None,
        wished_by=row["wished_by"],
        memory=json.loads(row["memory_json"]),
        reason=row["reason"],
        configured=json.loads(row["configured_json"]),
        left=Left(**json.loads(row["left_json"])) if row["left_json"] else None,
        started_at=from_micros(row["started_at"]),
        ended_at=from_micros(ended_at) if ended_at is not None else None,
    )


def _actor(text: str) -> Actor:
    raw = json.loads(text)
    return Actor(id=raw["id"], name=raw["name"], roles=tuple(Role(**role) for role in raw["roles"]))


def _identity(text: str) -> Identity:
    raw = json.loads(text)
    return Identity(user=raw["user"], groups=tuple(raw["groups"]))


def _terms_text(terms: Terms) -> str:
    spans = ("deadline", "promote_within", "keep_old", "pause")
    return json.dumps(asdict(terms) | {name: getattr(terms, name).total_seconds() for name in spans})


def _terms(text: str) -> Terms:
    """As they were when it began: a later change of the rules does not reach it."""
    raw = json.loads(text)
    spans = {
        name: timedelta(seconds=raw[name]) for name in ("deadline", "promote_within", "keep_old", "pause")
    }
    return Terms(**{**raw, **spans, "strategy": Strategy(raw["strategy"]), "steps": tuple(raw["steps"])})
