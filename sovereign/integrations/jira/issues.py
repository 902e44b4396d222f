"""Issues: what they are called, what was done to them, and the state that it leads to."""

from __future__ import annotations

from collections.abc import Sequence

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, shown, words
from sovereign.integrations._tickets import (
    ASSIGNEE,
    NAME,
    ORDER,
    STATUS,
    Change,
    Ticket,
    edit,
    kind_of,
    picture,
    verb_of,
    wording,
)

CATEGORIES = {"new": Status.OPEN, "indeterminate": Status.OPEN, "done": Status.CLOSED}
STATES = {
    **dict.fromkeys(("open", "to do", "backlog", "in progress", "in review", "reopened"), Status.OPEN),
    **dict.fromkeys(("done", "closed", "resolved"), Status.CLOSED),
}
"""Names of states, for the old versions that do not say which category a state is in."""
FIELDS = {"summary": NAME, "status": STATUS, "assignee": ASSIGNEE, "issuetype": "type"}
SILENT = frozenset({"resolution"})
"""Changes that come along with a change of status."""
MINOR = frozenset({"labels", "link", "attachment", "timespent", "timeestimate", "worklogid", "comment"})


def ticket(found: Payload) -> Ticket:
    key = line(found, "key", "id")
    if not key:
        raise BadPayload("$.issue.key", "is missing")
    type = line(found, "fields.issuetype.name")
    root, _, _ = line(found, "self").partition("/rest/")
    category, state = line(found, "fields.status.statusCategory.key"), line(found, "fields.status.name")
    known = CATEGORIES.get(category) or STATES.get(state.lower(), Status.UNKNOWN)
    return Ticket(
        source="jira",
        id=key,
        called=f"{type} {key}" if type else key,
        subject=key,
        place=line(found, "fields.project.name", "fields.project.key") or key.rpartition("-")[0],
        name=line(found, "fields.summary"),
        url=f"{root}/browse/{key}" if root.startswith(("https://", "http://")) else None,
        status=known if category or state else Status.INFO,
    )


def told(payload: Payload, name: str, issue: Ticket, found: Payload) -> Event:
    verb, did, status = _done(payload, name, issue)
    labels = (" ".join(label.scalar().split()) for label in found.list_at("fields", "labels"))
    fields = {
        "Status": line(found, "fields.status.name"),
        "Priority": line(found, "fields.priority.name"),
        "Assignee": line(found, "fields.assignee.displayName", "fields.assignee.name"),
        "Reporter": line(found, "fields.reporter.displayName", "fields.reporter.name"),
        "Due": line(found, "fields.duedate"),
        "Resolution": line(found, "fields.resolution.name"),
    }
    return replace(
        issue.event(verb, did, line(payload, "user.displayName", "user.name")),
        status=status,
        avatar=picture(payload, "user.avatarUrls.48x48"),
        text=wording(found, "fields.description"),
        labels={label: "" for label in labels if label},
        fields=shown(fields),
    )


def _done(payload: Payload, name: str, issue: Ticket) -> tuple[str, str, Status]:
    """The verb of the kind, what was done in words, and the state that it leads to."""
    it, type = issue.it, line(payload, "issue_event_type_name")
    if name == "issue_created":
        return "created", f"created {it}", issue.status
    if name == "issue_deleted":
        return "deleted", f"deleted {it}", Status.CLOSED
    if not name or name not in ("issue_updated", "issue_unknown"):
        return "updated", f"sent {it}" + (f" ({words(name)})" if name else ""), issue.status
    changes = changes_of(payload)
    if type == "issue_reopened" or _reopens(changes, issue.status):
        return "reopened", edit(it, changes) if changes else f"reopened {it}", issue.status
    if any(change.field == STATUS for change in changes) and issue.status is Status.CLOSED:
        return "closed", edit(it, changes), issue.status
    return verb_of(changes, MINOR), edit(it, changes), issue.status


def _reopens(changes: Sequence[Change], status: Status) -> bool:
    """The state of before has no category, so its name must do."""
    old = next((change.old.lower() for change in changes if change.field == STATUS), "")
    return status is Status.OPEN and STATES.get(old) is Status.CLOSED


def changes_of(payload: Payload) -> list[Change]:
    found = []
    for item in payload.list_at("changelog", "items"):
        field, custom = line(item, "field"), line(item, "fieldtype") == "custom"
        if not field or field.lower() in SILENT:
            continue
        name = field if custom and field.lower() not in ORDER else FIELDS.get(field.lower(), field.lower())
        found.append(Change(field=name, old=line(item, "fromString"), new=line(item, "toString")))
    return found


VERBS = ("created", "updated", "assigned", "annotated", "closed", "reopened", "deleted", "reordered")
KINDS = frozenset(kind_of(verb) for verb in VERBS)
