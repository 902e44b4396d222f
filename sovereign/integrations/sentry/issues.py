"""Issues: groups of like errors, what becomes of them, and what people say of them."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, shown, when, words
from sovereign.integrations.sentry._common import (
    Delivery,
    Reader,
    about,
    graded,
    number_of,
    project_of,
    where,
)

ACTIONS: Mapping[str, tuple[str, Status, str]] = {
    "created": ("incident.detected", Status.FIRING, "opened {it}"),
    "unresolved": ("incident.detected", Status.FIRING, "reopened {it}"),
    "resolved": ("incident.resolved", Status.RESOLVED, "resolved {it}"),
    # Nobody works on what is archived: Sentry says `unresolved` when it comes back.
    "archived": ("incident.resolved", Status.RESOLVED, "archived {it}"),
    "ignored": ("incident.resolved", Status.RESOLVED, "archived {it}"),
    "assigned": ("incident.assigned", Status.INFO, "assigned {it} to {whom}"),
}
OTHER_ACTION = ("incident.reported", Status.UNKNOWN, "changed {it} ({did})")
COMMENTS = {"created": "commented on", "updated": "edited a comment on", "deleted": "deleted a comment on"}


def issue(delivery: Delivery) -> Event:
    found = delivery.facts.at("issue")
    number, name = number_of(found, "id"), line(found, "title") or "(unnamed issue)"
    kind, status, template = ACTIONS.get(delivery.action, OTHER_ACTION)
    short, project = line(found, "shortId"), project_of(found)
    did = template.format(
        it=f"{short or 'an issue'}{where(project)}",
        whom=line(delivery.facts, "assignee.name") or line(found, "assignedTo.name") or "somebody",
        did=words(delivery.action) or "changed",
    )
    moment = "firstSeen" if delivery.action == "created" else ""
    event = about(number, name, project, status)
    return replace(
        event,
        kind=kind,
        title=f"{delivery.actor} {did}: {name}",
        severity=graded(line(found, "level")),
        name=line(found, "culprit"),
        url=link(found, "web_url", "permalink"),
        actor=delivery.actor,
        fields=_fields(found, short),
        occurred_at=when(found, moment) if moment else None,
        # What neither fires nor resolves is told for itself.
        conversation=event.conversation if event.fingerprint else None,
    )


def comment(delivery: Delivery) -> Event:
    facts = delivery.facts
    number, project = number_of(facts, "issue_id"), project_of(facts)
    did = COMMENTS.get(delivery.action) or f"{words(delivery.action) or 'changed'} a comment on"
    said = delivery.action == "created"
    return replace(
        about(number, f"issue {number}", project, Status.INFO),
        kind="incident.commented" if said else "comment.updated",
        title=f"{delivery.actor} {did} issue {number}{where(project)}",
        text=prose(facts, "comment") if said else "",
        actor=delivery.actor,
        occurred_at=when(facts, "timestamp"),
    )


def _fields(found: Payload, short: str) -> tuple[tuple[str, str], ...]:
    state = words(line(found, "substatus"))
    fields = {
        "Issue": short,
        "Events": line(found, "count"),
        "Users": line(found, "userCount"),
        "Priority": line(found, "priority"),
        "State": state,
        "Assigned to": line(found, "assignedTo.name"),
    }
    return shown(fields)


READERS: Mapping[str, Reader] = {"issue": issue, "comment": comment}
KINDS = frozenset(kind for kind, _, _ in (*ACTIONS.values(), OTHER_ACTION)) | {
    "incident.commented",
    "comment.updated",
}
