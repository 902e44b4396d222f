"""Issues of Gitee, whose numbers have letters."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, prose, shown
from sovereign.integrations.gitee._common import (
    Actions,
    Delivery,
    Readers,
    about,
    names_of,
    number_of,
    told,
)

ACTIONS: Actions = {
    "open": ("created", "opened {it}"),
    "assign": ("assigned", "assigned {it}{to}"),
    "unassign": ("assigned", "unassigned {it}"),
    "update": ("updated", "edited {it}"),
    "delete": ("closed", "deleted {it}"),
}
OTHER_ACTION = ("updated", "changed {it} ({did})")
MOVES: Actions = {
    "open": ("reopened", "reopened {it}"),
    "progressing": ("updated", "started {it}"),
    "closed": ("closed", "closed {it}"),
    "rejected": ("closed", "rejected {it}"),
}
"""What a `state_change` was, by the state that the issue is in now."""
STATES: Mapping[str, Status] = {
    "open": Status.OPEN,
    "progressing": Status.OPEN,
    "closed": Status.CLOSED,
    "rejected": Status.CLOSED,
}


def issue(delivery: Delivery) -> Event:
    found = delivery.body.at("issue")
    state = line(found, "state") or "open"
    kind, template = _action(delivery, found, state)
    event = about_ticket(delivery, found, kind, template)
    fields = {
        "Type": line(found, "type_name"),
        "State": line(found, "state_name"),
        "Assignee": line(found, "assignee.login"),
        "Collaborators": names_of(found.list_at("collaborators")),
        "Milestone": line(found, "milestone.title"),
    }
    return replace(
        event,
        title=f"{event.title}: {event.name}" if event.name else event.title,
        status=Status.CLOSED if delivery.action == "delete" else STATES.get(state, Status.UNKNOWN),
        text=prose(found, "body"),
        fields=shown(fields),
    )


def about_ticket(delivery: Delivery, found: Payload, kind: str, template: str) -> Event:
    """What every event about an issue says; a state of its own is for the caller to set."""
    number = number_of(found)
    did = told(delivery, template, f"issue #{number} in {delivery.place}")
    return replace(
        about(delivery, found, f"ticket.{kind}", did),
        subject=f"{delivery.place} issue #{number}",
        conversation=delivery.thread(f"/issues/{number}"),
    )


def _action(delivery: Delivery, found: Payload, state: str) -> tuple[str, str]:
    if delivery.action != "state_change":
        return ACTIONS.get(delivery.action, OTHER_ACTION)
    name = (line(found, "state_name") or state).replace("{", "").replace("}", "")
    return MOVES.get(state) or ("updated", f"moved {{it}} to {name}")


READERS: Readers = {"issue": issue}
KINDS = frozenset(f"ticket.{kind}" for kind, _ in (*ACTIONS.values(), *MOVES.values(), OTHER_ACTION))
