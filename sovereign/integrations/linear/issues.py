"""Issues and their comments: what they are called, what was done, and the state that it leads to."""

from __future__ import annotations

import re

from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, shown, words
from sovereign.integrations._tickets import (
    ASSIGNEE,
    NAME,
    STATUS,
    Change,
    Ticket,
    edit,
    kind_of,
    spoken,
    verb_of,
    wording,
)

STATES = {
    **dict.fromkeys(("triage", "backlog", "unstarted", "started"), Status.OPEN),
    **dict.fromkeys(("completed", "canceled", "duplicate"), Status.CLOSED),
}
FIELDS = {
    "stateId": STATUS,
    "assigneeId": ASSIGNEE,
    "title": NAME,
    "labelIds": "labels",
    "dueDate": "due date",
}
SILENT = frozenset(
    {"updatedAt", "sortOrder", "boardOrder", "subIssueSortOrder", "prioritySortOrder", "descriptionData"}
    | {"startedAt", "completedAt", "canceledAt", "autoArchivedAt", "addedToCycleAt", "addedToTeamAt"}
    | {"startedTriageAt", "triagedAt", "snoozedUntilAt", "bodyData", "lastAppliedTemplateId"}
)
"""What follows from other changes, or says only where on a board the issue lies."""
MINOR = frozenset({"labels", "subscriber ids", "estimate"})
DID = {"create": "created", "remove": "deleted"}
_PLACE = re.compile(r"https?://[^/]+/([^/]+)(?:/issue/([A-Za-z0-9]+-\d+))?")
"""The workspace and, of some, the issue."""


def issue(payload: Payload, data: Payload, action: str) -> Event:
    ticket, changes = _ticket(payload, data, data), _changes(payload, data)
    verb, did, status = DID.get(action, ""), f"{DID.get(action, '')} {ticket.it}", ticket.status
    if verb == "deleted":
        status = Status.CLOSED
    elif action == "update" and not changes:
        verb, did = "reordered", f"moved {ticket.it} on its board"
    elif not verb:
        did = edit(ticket.it, changes) if action == "update" else f"changed {ticket.it} ({words(action)})"
        verb = _turn(payload, changes, status) or verb_of(changes, MINOR)
    fields = {
        "Status": line(data, "state.name"),
        "Priority": line(data, "priorityLabel"),
        "Assignee": line(data, "assignee.name"),
        "Project": line(data, "project.name"),
        "Due": line(data, "dueDate"),
    }
    return replace(
        ticket.event(verb, did, line(payload, "actor.name")),
        status=status,
        text=wording(data, "description"),
        labels={name: "" for label in data.list_at("labels") if (name := line(label, "name"))},
        fields=shown(fields),
    )


def _turn(payload: Payload, changes: list[Change], status: Status) -> str:
    """`closed` or `reopened`, where the change of state is one."""
    if not any(change.field == STATUS for change in changes):
        return ""
    if status is Status.CLOSED:
        return "closed"
    ended = line(payload, "updatedFrom.completedAt", "updatedFrom.canceledAt")
    return "reopened" if ended and status is Status.OPEN else ""


def _changes(payload: Payload, data: Payload) -> list[Change]:
    """The body has the old values, most of them as mere ids, and names only the new ones."""
    old = payload.get("updatedFrom")
    new = {STATUS: line(data, "state.name"), ASSIGNEE: line(data, "assignee.name")}
    new["priority"] = line(data, "priorityLabel")
    names = old.keys() if old else []
    keys = [key for key in names if key not in SILENT]
    named = [FIELDS.get(key) or spoken(key.removesuffix("Id")) for key in keys]
    return [Change(field=name, new=new.get(name, "")) for name in named]


def deadline(payload: Payload, data: Payload, action: str) -> Event:
    ticket = _ticket(payload, data, data)
    says = {"breached": "the deadline has passed for", "set": "set a deadline for"}
    did = says.get(action, "the deadline is near for")
    return ticket.event(
        "updated", f"{did} {ticket.it}", line(payload, "actor.name") if action == "set" else ""
    )


def comment(payload: Payload, data: Payload, action: str) -> Event:
    """A comment has little of its issue beside it, and its key only in the address."""
    about = replace(_ticket(payload, data.get("issue") or Payload({}), data), status=Status.INFO)
    author, actor = line(data, "user.name"), line(payload, "actor.name")
    if action == "create":
        event = about.event("commented", f"commented on {about.it}", actor or author)
        return replace(event, text=wording(data, "body"))
    did = "deleted" if action == "remove" else "edited"
    by = f" by {author}" if author and author != actor else ""
    return about.event("updated", f"{did} a comment{by} on {about.it}", actor, "comment")


def _ticket(payload: Payload, issue: Payload, data: Payload) -> Ticket:
    url, team = link(payload, "url"), line(issue, "team.key")
    workspace, key = found.groups("") if (found := _PLACE.match(url or "")) else ("", "")
    key = line(issue, "identifier") or (f"{team}-{line(issue, 'number')}" if team else key)
    state = line(issue, "state.type")
    return Ticket(
        source="linear",
        id=line(issue, "id") or data.at("issueId").text(),
        called=f"issue {key}" if key else "an issue",
        subject=key or "issue",
        place=line(issue, "team.name") or key.rpartition("-")[0] or workspace,
        name=line(issue, "title"),
        url=url,
        status=STATES.get(state, Status.UNKNOWN) if state else Status.INFO,
    )


VERBS = ("created", "updated", "assigned", "annotated", "closed", "reopened", "deleted", "reordered")
KINDS = frozenset({*(kind_of(verb) for verb in VERBS), "ticket.commented", "comment.updated"})
