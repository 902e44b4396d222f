"""Issues, and comments on them and on pull requests."""

from __future__ import annotations

from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._gitea._common import Delivery, Readers, labels_of, names_of, number_of
from sovereign.integrations._gitea.numbered import (
    COMMON_ACTIONS,
    OTHER_ACTION,
    Actions,
    about_thing,
    kinds_of,
    told,
    with_comment,
)
from sovereign.integrations._reading import line, prose, shown

ACTIONS: Actions = {
    **COMMON_ACTIONS,
    "closed": ("closed", "closed {it}"),
    "deleted": ("closed", "deleted {it}"),
}
STATES = {"open": Status.OPEN, "closed": Status.CLOSED}
LAST_ACTIONS = {"closed": Status.CLOSED, "deleted": Status.CLOSED}


def issue(delivery: Delivery) -> Event:
    found = delivery.body.at("issue")
    number = number_of(delivery, found)
    kind, template = ACTIONS.get(delivery.action, OTHER_ACTION)
    did = told(delivery, template, f"issue #{number} in {delivery.place}")
    event = about_thing(delivery, found, number, f"ticket.{kind}", did)
    state = STATES.get(line(found, "state") or "open", Status.UNKNOWN)
    fields = {
        "Assignees": names_of(found.list_at("assignees")) or line(found, "assignee.login"),
        "Milestone": line(found, "milestone.title"),
        "Due": line(found, "due_date").partition("T")[0],
    }
    return replace(
        event,
        title=f"{event.title}: {event.name}" if event.name else event.title,
        status=LAST_ACTIONS.get(delivery.action, state),
        text=prose(found, "body"),
        labels=labels_of(found),
        fields=shown(fields),
    )


def issue_comment(delivery: Delivery) -> Event:
    """A pull request is an issue too, so its comments come as comments on an issue."""
    body = delivery.body
    found = body.get("issue") or body.at("pull_request")
    number = number_of(delivery, found)
    on_change = body.flag("is_pull") or found.get("pull_request") is not None or body.get("issue") is None
    it = f"{'PR' if on_change else 'issue'} #{number} in {delivery.place}"
    kind = "change.commented" if on_change else "ticket.commented"
    about = replace(
        about_thing(delivery, found, number, kind, "commented", page="pulls" if on_change else "issues"),
        labels=labels_of(found),
    )
    return with_comment(about, delivery, it)


READERS: Readers = {"issues": issue, "issue_comment": issue_comment}
KINDS = kinds_of("ticket", ACTIONS) | {"ticket.commented", "change.commented", "comment.updated"}
