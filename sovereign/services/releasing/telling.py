"""What people and programs hear of a deployment: its message, its thread, and the event that it becomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from sovereign.core import clock
from sovereign.domain.audit import Entry
from sovereign.domain.conversations import Topic, ours
from sovereign.domain.deployment import OVERRIDDEN, SERVED, Deployment, State, brief, wishes
from sovereign.domain.events import Status
from sovereign.domain.permission import Actor
from sovereign.domain.rollout.steps import Act, Copy, Hold, Label, Remove, Scale, Select, SetImage, Wait
from sovereign.services import announce, own_events
from sovereign.services.releasing.release import Release
from sovereign.store import conversations, proposals
from sovereign.store.sqlite import Connection

_VERBS: Mapping[type[Act], str] = {
    SetImage: "set_image",
    Hold: "hold",
    Label: "label_pods",
    Copy: "apply",
    Scale: "scale",
    Remove: "delete",
    Select: "select",
}


def verb(step: Act) -> str:
    """What the audit calls it."""
    return _VERBS.get(type(step), "probe")


def said(step: Act) -> dict[str, object]:
    """What was asked for, as the audit keeps it."""
    return {
        name: dict(value) if isinstance(value, Mapping) else value for name, value in asdict(step).items()
    }


def entry(
    deployment: Deployment,
    action: str,
    *,
    actor: Actor | None = None,
    parameters: Mapping[str, object] | None = None,
) -> Entry:
    """For the audit; done for who executed it, where nobody else did it."""
    return Entry(
        at=clock.now(),
        actor=actor or deployment.by,
        action=action,
        subject=deployment.subject,
        parameters={"deployment": deployment.id, **(parameters or {})},
        details=deployment.reason,
    )


def open_thread(tx: Connection, release: Release, actor: Actor, at: datetime, channel: str) -> int:
    """A message of its own, for a deployment that nobody had to approve; the conversation's id."""
    place = release.place
    key = f"deployment:{place.service}:{place.environment}:{clock.micros(at)}"
    facts = ours(
        topic=Topic.DEPLOYMENT,
        subject=f"{place.service} {release.version} to {place.environment}",
        name=f"{place.service} {release.version} to {place.environment}",
        title=f"Deploy {place.service} {release.version} to {place.environment}",
        status=Status.RUNNING,
        url=release.compare,
        actor=actor.name,
        service=place.service,
        environment=place.environment,
    )
    return conversations.add(tx, key, channel, facts, at).id


def show(tx: Connection, deployment: Deployment, wait: Wait, at: datetime) -> None:
    """Let the message say how far it is."""
    stored = conversations.by_id(tx, deployment.conversation_id)
    announce.show(tx, stored, "deployment", facts(deployment, wait), at)


def say(
    tx: Connection,
    deployment: Deployment,
    text: str,
    at: datetime,
    *,
    quote: str = "",
    tell: Sequence[int] = (),
) -> None:
    """One line in the thread; `tell` are members whom it calls."""
    stored = conversations.by_id(tx, deployment.conversation_id)
    key = f"deployment:{deployment.id}:{clock.micros(at)}:{text}"
    mention = tuple(f"<@{each}>" for each in tell)
    announce.line(tx, stored, key, text, at, quote=quote, mention=mention)


def overridden(
    tx: Connection, deployment: Deployment, actor: Actor, freezes: Sequence[str], at: datetime
) -> None:
    """Let everybody know whose freeze somebody went through; `freezes` in words."""
    say(tx, deployment, f"{actor.name} overrides the freeze of {' and of '.join(freezes)}", at)


def ended(tx: Connection, deployment: Deployment, at: datetime, last_lines: str) -> None:
    """How it came out. Why it was taken back was said when that was decided."""
    words = {
        State.SUCCEEDED: f"{deployment.version} is deployed",
        State.ROLLED_BACK: f"Taken back: {deployment.from_version} runs",
        State.CANCELLED: f"Cancelled: {deployment.from_version} runs",
        State.FAILED: f"Failed: {brief(deployment.reason)}",
    }[deployment.state]
    went_wrong = deployment.state in (State.ROLLED_BACK, State.FAILED)
    say(tx, deployment, words, at, quote=last_lines, tell=_awaiting(tx, deployment) if went_wrong else ())
    show(tx, deployment, Wait(until=""), at)
    if deployment.state is State.SUCCEEDED:  # a repeat where it was told when the Service was switched
        deliver(tx, deployment, "service.deployed", at)
    elif deployment.state in (State.ROLLED_BACK, State.FAILED):
        deliver(tx, deployment, "service.rolledback", at)


def _awaiting(tx: Connection, deployment: Deployment) -> Sequence[int]:
    """Who asked for it, and who carried it out."""
    proposal = proposals.by_id(tx, deployment.proposal_id) if deployment.proposal_id else None
    asked = (proposal.requester_id,) if proposal else ()
    return tuple(dict.fromkeys((*asked, deployment.by.id)))


def deliver(tx: Connection, deployment: Deployment, kind: str, at: datetime) -> None:
    """Let the pipeline take it in like any sender's: it shows on incidents and goes out to programs."""
    place = deployment.place
    body = {
        "kind": kind,
        "deployment": deployment.id,
        "service": place.service,
        "environment": place.environment,
        "version": deployment.version,
        "from_version": deployment.from_version,
        "image": deployment.image,
        "strategy": deployment.strategy,
        "state": deployment.state,
        "reason": brief(deployment.reason),
        "served": bool(deployment.memory.get(SERVED)),
        "actor": deployment.by.name,
        "approved_by": list(deployment.approved_by),
        "url": deployment.change,
        "seconds": round((at - deployment.started_at).total_seconds(), 1),
    }
    own_events.deliver(tx, f"deployment:{deployment.id}:{kind}", body, at)


def facts(deployment: Deployment, wait: Wait) -> dict[str, object]:
    """What the message shows, as JSON: `render/deployments` reads it."""
    place = deployment.place
    return {
        "deployment": {
            "id": deployment.id,
            "proposal": deployment.proposal_id,
            "service": place.service,
            "environment": place.environment,
            "version": deployment.version,
            "from_version": deployment.from_version,
            "image": deployment.image,
            "from_image": deployment.from_image,
            "strategy": deployment.strategy,
            "state": deployment.state,
            "phase": deployment.phase,
            "phase_at": clock.micros(deployment.phase_at),
            "back_until": clock.micros(deployment.phase_at + deployment.terms.keep_old),
            "by": deployment.by.name,
            "approved_by": list(deployment.approved_by),
            "change": deployment.change,
            "glass": deployment.glass,
            "overridden": deployment.memory.get(OVERRIDDEN, []),
            "reason": brief(deployment.reason),
            "started_at": clock.micros(deployment.started_at),
            "ended_at": clock.micros(deployment.ended_at) if deployment.ended_at else None,
            "wishes": list(wishes(deployment)),
            "wish": deployment.wish,
            "wished_by": deployment.wished_by,
        },
        "waits_for": wait.until,
        "trouble": brief(wait.trouble),
        "done": wait.done,
        "total": wait.total,
    }
