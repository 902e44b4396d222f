"""Stories and epics: what was done to them, and the state that it leads to."""

from __future__ import annotations

from collections.abc import Sequence

from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, shown
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
from sovereign.integrations.shortcut.parts import Named, about, commented, is_comment, ticket_of

STATES = {
    **dict.fromkeys(("backlog", "unstarted", "started"), Status.OPEN),
    "done": Status.CLOSED,
}
FIELDS = {
    "workflow_state_id": STATUS,
    "epic_state_id": STATUS,
    "owner_ids": ASSIGNEE,
    "name": NAME,
    "story_type": "type",
    "group_id": "team",
    "requested_by_id": "requester",
}
FOLLOWING = frozenset(
    {"started", "completed", "started_at", "completed_at", "started_at_override", "completed_at_override"}
    | {"moved_at", "position_at"}
)
"""Changes that follow from a change of state."""
MINOR = frozenset(
    {"tasks", "labels", "comments", "pull requests", "branches", "commits", "files", "followers", "position"}
)
PLAIN = frozenset({"story_type", "deadline", "estimate"})
"""Fields whose values are words, and neither ids nor long texts."""
PLURALS = {"branch": "branches"}


def told(found: Payload, others: Sequence[Payload], named: Named) -> Event:
    action, state = line(found, "action"), _state(found, named)
    ticket = replace(ticket_of(found, named), status=_status(state))
    fields = {
        "Status": line(state, "name"),
        "Type": line(found, "story_type", "changes.story_type.new"),
        "Deadline": line(found, "deadline", "changes.deadline.new")[:10],
        "Estimate": line(found, "estimate", "changes.estimate.new"),
    }
    comment = next((one for one in others if is_comment(one)), None)
    if action == "create":
        event = replace(ticket.event("created", f"created {ticket.it}"), status=Status.OPEN)
    elif action == "delete":
        event = replace(ticket.event("deleted", f"deleted {ticket.it}"), status=Status.CLOSED)
    elif comment is not None:
        return commented(comment, ticket)
    else:
        event = _edited(found, others, named, ticket)
    text = wording(found, "description", "changes.description.new")
    return replace(event, text=text, fields=shown(fields) if state or action == "create" else ())


def _edited(found: Payload, others: Sequence[Payload], named: Named, ticket: Ticket) -> Event:
    values = found.get("changes")
    archived, completed = line(values, "archived.new"), line(values, "completed.new")
    changes = _changes(values, named)
    if archived:
        did = f"archived {ticket.it}" if archived == "true" else f"took {ticket.it} out of the archive"
    elif others and {change.field for change in changes} <= MINOR:
        did = f"{about(others[0])} {ticket.it}"
    else:
        did = edit(ticket.it, changes)
    if "true" in (archived, completed):
        return replace(ticket.event("closed", did), status=Status.CLOSED)
    if "false" in (archived, completed):
        return replace(ticket.event("reopened", did), status=Status.OPEN)
    return ticket.event(verb_of(changes, MINOR), did)


def _changes(values: Payload | None, named: Named) -> list[Change]:
    found = []
    for key in values.keys() if values else []:
        plain = key in PLAIN
        old, new = line(values, f"{key}.old") if plain else "", line(values, f"{key}.new") if plain else ""
        if key == "workflow_state_id":
            old, new = (
                line(named.get(("workflow-state", line(values, f"{key}.{side}"))), "name")
                for side in ("old", "new")
            )
        if key not in FOLLOWING:
            found.append(Change(field=FIELDS.get(key) or _noun(key), old=old, new=new))
    return found


def _noun(key: str) -> str:
    """`epic` for `epic_id`, `labels` for `label_ids`."""
    many = key.endswith("_ids")
    noun = spoken(key.removesuffix("_ids").removesuffix("_id"))
    return PLURALS.get(noun, f"{noun}s") if many else noun


def _state(found: Payload, named: Named) -> Payload | None:
    return named.get(("workflow-state", line(found, "changes.workflow_state_id.new", "workflow_state_id")))


def _status(state: Payload | None) -> Status:
    return STATES.get(line(state, "type"), Status.UNKNOWN) if state else Status.INFO


VERBS = ("created", "deleted", "updated", "assigned", "closed", "reopened", "reordered")
KINDS = frozenset(kind_of(verb) for verb in VERBS)
