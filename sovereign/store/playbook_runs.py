"""Runs of playbooks, at rest: the steps as they were when a run began, and how far it is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sovereign.core.clock import from_micros, micros
from sovereign.domain.permission import Capability
from sovereign.domain.playbook import Approval, Step, StepKind
from sovereign.domain.playbook_run import Run, RunState
from sovereign.store.boards import actor_from, actor_json
from sovereign.store.sqlite import Connection, Row


def add(tx: Connection, run: Run) -> Run:
    """The run with its number."""
    row = tx.execute(
        "INSERT INTO playbook_runs (playbook, environment, plan_json, actor_json, conversation_id,"
        " started_at, state, progress_json) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING *",
        (
            run.playbook,
            run.environment,
            json.dumps(_plan(run)),
            actor_json(run.actor),
            run.conversation_id,
            micros(run.started_at),
            run.state,
            json.dumps(_progress(run)),
        ),
    ).fetchone()
    return _one(row)


def save(tx: Connection, run: Run) -> None:
    tx.execute(
        "UPDATE playbook_runs SET state = ?, progress_json = ?, ended_at = ? WHERE id = ?",
        (run.state, json.dumps(_progress(run)), micros(run.ended_at) if run.ended_at else None, run.id),
    )


def by_id(tx: Connection, run_id: int) -> Run | None:
    row = tx.execute("SELECT * FROM playbook_runs WHERE id = ?", (run_id,)).fetchone()
    return _one(row) if row else None


def running(tx: Connection) -> Sequence[Run]:
    """Those whose next step is to be done, the oldest first."""
    rows = tx.execute("SELECT * FROM playbook_runs WHERE state = 'running' ORDER BY id")
    return [_one(row) for row in rows]


def _plan(run: Run) -> Mapping[str, object]:
    return {
        "steps": [
            {"kind": one.kind, "title": one.title, "given": one.given, "undo": one.undo} for one in run.steps
        ],
        "values": dict(run.values),
        "approval": run.approval,
        "capability": run.capability,
        "override": run.override,
    }


def _progress(run: Run) -> Mapping[str, object]:
    return {
        "position": run.position,
        "acting": run.acting,
        "said": [*run.said],
        "why": run.why,
        "approved_by": actor_json(run.approved_by) if run.approved_by else None,
    }


def _one(row: Row) -> Run:
    plan: dict[str, Any] = json.loads(row["plan_json"])
    progress: dict[str, Any] = json.loads(row["progress_json"])
    steps = tuple(
        Step(kind=StepKind(one["kind"]), title=one["title"], given=one["given"], undo=one["undo"])
        for one in plan["steps"]
    )
    return Run(
        id=row["id"],
        playbook=row["playbook"],
        environment=row["environment"],
        steps=steps,
        values=plan["values"],
        approval=Approval(plan["approval"]),
        capability=Capability(plan["capability"]),
        actor=actor_from(row["actor_json"]),
        conversation_id=row["conversation_id"],
        started_at=from_micros(row["started_at"]),
        state=RunState(row["state"]),
        position=progress["position"],
        acting=progress["acting"],
        said=tuple(progress["said"]),
        why=progress["why"],
        approved_by=actor_from(progress["approved_by"]) if progress["approved_by"] else None,
        ended_at=from_micros(row["ended_at"]) if row["ended_at"] is not None else None,
        override=plan.get("override", False),
    )
