"""What people and the audit hear of a run of a playbook."""

from __future__ import annotations

from dataclasses import replace

from sovereign.core import clock
from sovereign.core.clock import micros
from sovereign.domain.audit import Entry, Result
from sovereign.domain.conversations import Conversation, Topic, ours
from sovereign.domain.events import Status
from sovereign.domain.permission import Actor
from sovereign.domain.playbook_run import Run, RunState
from sovereign.services import announce, auditing
from sovereign.store import conversations, outbox, playbook_runs
from sovereign.store.outbox import Intent
from sovereign.store.sqlite import Connection


def begin(tx: Connection, run: Run, channel: str) -> Run:
    key = f"playbook:{run.playbook}:{micros(run.started_at)}"
    stored = conversations.add(tx, key, channel, _conversation(run), run.started_at)
    made = playbook_runs.add(tx, replace(run, conversation_id=stored.id))
    auditing.record(tx, entry(made, made.actor, "playbooks.begin", Result.DONE))
    announce.show(tx, stored, "playbook", {"facts": facts(made)}, run.started_at)
    return made


def show(tx: Connection, run: Run) -> None:
    stored = conversations.by_id(tx, run.conversation_id)
    announce.show(tx, stored, "playbook", {"facts": facts(run)}, clock.now())


def notify(tx: Connection, run: Run) -> None:
    given, at = run.step.given, clock.now()
    intent = Intent(
        key=f"playbook:{run.id}:{run.position}",
        ref=f"playbook {run.id}",
        op="post",
        channel=str(given["channel"]),
        conversation_id=None,
        priority=announce.NORMAL,
        payload={
            "v": 1,
            "view": "said",
            "text": given["text"],
            "by": run.actor.name,
            "of": run.playbook,
            "at": micros(at),
        },
    )
    outbox.add(tx, intent, at)


def facts(run: Run) -> dict[str, object]:
    """What the message of a run shows."""
    return {
        "id": run.id,
        "playbook": run.playbook,
        "environment": run.environment,
        "state": run.state.value,
        "steps": [step.title for step in run.steps],
        "position": run.position,
        "said": [*run.said],
        "question": run.step.given.get("text") if run.state is RunState.ASKING else None,
        "why": run.why,
        "undos": [*run.undos()] if run.state in (RunState.FAILED, RunState.STOPPED) else [],
        "override": run.override,
        "inputs": {name: value for name, value in run.values.items() if name != "environment"},
        "actor": run.actor.name,
        "approved_by": run.approved_by.name if run.approved_by else None,
        "started_at": micros(run.started_at),
        "ended_at": micros(run.ended_at) if run.ended_at else None,
    }


def entry(run: Run, actor: Actor, action: str, came: Result, details: str = "") -> Entry:
    return Entry(
        at=clock.now(),
        actor=actor,
        action=action,
        subject=f"{run.playbook} in {run.environment}",
        result=came,
        parameters={
            "run": run.id,
            **dict(run.values),
            **({"freezes": "overridden"} if run.override else {}),
        },
        approved_by=(run.approved_by,) if run.approved_by else (),
        details=details or run.why,
    )


def result(run: Run) -> Result:
    return Result.DONE if run.state is RunState.DONE else Result.FAILED


def _conversation(run: Run) -> Conversation:
    title = f"Playbook {run.playbook} in {run.environment}"
    return ours(
        topic=Topic.OTHER,
        subject=run.playbook,
        name=title,
        title=title,
        status=Status.RUNNING,
        actor=run.actor.name,
        environment=run.environment,
    )
