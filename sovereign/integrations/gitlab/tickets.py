"""Issues and other work items, milestones, and comments on whatever can be commented on."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, shown, when, words
from sovereign.integrations.gitlab._common import Delivery, Readers, labels_of, names_of, number_of
from sovereign.integrations.gitlab.changes import about_change, in_words
from sovereign.integrations.gitlab.edits import edit_of

ACTIONS: Mapping[str, tuple[str, str]] = {
    "open": ("created", "opened {it}"),
    "close": ("closed", "closed {it}"),
    "reopen": ("reopened", "reopened {it}"),
}
OTHER_ACTION = ("updated", "changed {it} ({did})")
NO_ACTION = ("updated", "sent {it}")
STATES = {"opened": Status.OPEN, "reopened": Status.OPEN, "closed": Status.CLOSED}
CONFIDENTIAL = "confidential"
"""A label that GitLab does not give, for routes that keep such issues from a channel that all can read."""


def issue(delivery: Delivery) -> Event:
    found, action = delivery.attributes, delivery.action
    noun = line(found, "type").lower() if delivery.type == "work_item" else "issue"
    it = f"{noun or 'work item'} #{number_of(found)} in {delivery.place}"
    if action == "update":
        kind, did = edit_of(found, delivery.body.get("changes"), it)
    else:
        kind, template = ACTIONS.get(action, OTHER_ACTION if action else NO_ACTION)
        did = template.format(it=it, did=words(action))
    event = _thing(delivery, found, f"ticket.{kind}", did)
    return replace(
        event,
        title=f"{event.title}: {event.name}" if event.name else event.title,
        status=STATES.get(line(found, "state") or "opened", Status.UNKNOWN),
        text=prose(found, "description"),
        fields=shown(
            {
                "Assignees": names_of(delivery.body.list_at("assignees")),
                "Due": line(found, "due_date"),
                "Weight": line(found, "weight"),
                "Health": words(line(found, "health_status")),
            }
        ),
    )


def note(delivery: Delivery) -> Event:
    """A comment: the body carries the thing that it is on beside it."""
    comment, body = delivery.attributes, delivery.body
    about, it = _commented(delivery)
    event = replace(
        about,
        status=Status.INFO,
        occurred_at=when(comment, "updated_at", "created_at") or about.occurred_at,
        text="",
        fields=(),
    )
    if delivery.action not in ("", "create"):
        did = {"update": "edited"}.get(delivery.action, words(delivery.action))
        return replace(event, kind="comment.updated", title=f"{delivery.actor} {did} a comment on {it}")
    path = line(comment, "position.new_path", "position.old_path", "st_diff.new_path")
    row = line(comment, "position.new_line", "position.old_line")
    return replace(
        event,
        title=delivery.event(event.kind, f"commented on {it}").title,
        text=prose(comment, "note", "description"),
        url=link(comment, "url") or link(body, "project.web_url"),
        fields=(("File", f"{path}:{row}" if row else path),) if path else (),
    )


def _commented(delivery: Delivery) -> tuple[Event, str]:
    """The event of the thing that a comment is on, and the thing in words."""
    body = delivery.body
    if found := body.get("merge_request"):
        it = in_words(delivery, found)
        return about_change(delivery, found, "commented", "commented"), it
    if found := body.get("issue"):
        it = f"issue #{number_of(found)} in {delivery.place}"
        return _thing(delivery, found, "ticket.commented", "commented"), it
    if found := body.get("commit"):
        sha = line(found, "id")[:8]
        event = replace(delivery.event("commit.commented", "commented"), subject=f"{delivery.place}@{sha}")
        return event, f"commit {sha} in {delivery.place}"
    if found := body.get("snippet"):
        it = f"snippet {line(found, 'title', 'file_name') or line(found, 'id')} in {delivery.place}"
        return delivery.event("comment.created", "commented"), it
    thing = words(line(delivery.attributes, "noteable_type")).lower()
    if not thing:
        raise BadPayload("$.object_attributes.noteable_type", "is missing")
    return delivery.event("comment.created", "commented"), f"a {thing} in {delivery.place}"


def _thing(delivery: Delivery, found: Payload, kind: str, did: str) -> Event:
    number = number_of(found)
    labels = labels_of(found.list_at("labels") or delivery.body.list_at("labels"))
    secret = found.flag("confidential") or line(delivery.body, "event_type").startswith(CONFIDENTIAL)
    return replace(
        delivery.event(kind, did),
        subject=f"{delivery.place}#{number}",
        name=line(found, "title"),
        url=link(found, "url") or link(delivery.body, "project.web_url"),
        labels=labels | {CONFIDENTIAL: ""} if secret else labels,
        occurred_at=when(found, "updated_at", "created_at"),
        conversation=delivery.thread(f"#{number}"),
    )


READERS: Readers = {"issue": issue, "work_item": issue, "note": note}
KINDS = frozenset(f"ticket.{kind}" for kind, _ in (*ACTIONS.values(), OTHER_ACTION)) | {
    "ticket.assigned",
    "ticket.annotated",
    "ticket.commented",
    "change.commented",
    "commit.commented",
    "comment.created",
    "comment.updated",
}
