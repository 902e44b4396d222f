"""Issues of Bitbucket Cloud's own tracker, and comments on them."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, shown, when
from sovereign.integrations.bitbucket._common import Delivery, Readers, name_of

STATES: Mapping[str, Status] = {
    "new": Status.OPEN,
    "open": Status.OPEN,
    "on hold": Status.OPEN,
    "resolved": Status.CLOSED,
    "closed": Status.CLOSED,
    "duplicate": Status.CLOSED,
    "invalid": Status.CLOSED,
    "wontfix": Status.CLOSED,
}
LONGEST_COMMENT = 200
"""Characters of a comment that are shown as a field, where it came with an edit."""


def created(delivery: Delivery) -> list[Event]:
    found = delivery.body.at("issue")
    return [_titled(_about(delivery, found, "created", "opened {it}"), found, "")]


def updated(delivery: Delivery) -> list[Event]:
    body = delivery.body
    found, changes = body.at("issue"), body.get("changes")
    kind, template = _edit(changes)
    return [_titled(_about(delivery, found, kind, template), found, line(body, "comment.content.raw"))]


def commented(delivery: Delivery) -> list[Event]:
    comment = delivery.body.at("comment")
    event = _about(delivery, delivery.body.at("issue"), "commented", "commented on {it}")
    return [
        replace(
            event,
            text=prose(comment, "content.raw"),
            url=link(comment, "links.html.href") or event.url,
            occurred_at=when(comment, "updated_on", "created_on") or event.occurred_at,
        )
    ]


def _edit(changes: Payload | None) -> tuple[str, str]:
    """What an edit was about, most important first: its state, who has it, the rest."""
    if changes and (state := changes.get("status") or changes.get("state")):
        old, new = (STATES.get(line(state, side)) for side in ("old", "new"))
        if new is not old and new in (Status.CLOSED, Status.OPEN):
            return ("closed", "closed {it}") if new is Status.CLOSED else ("reopened", "reopened {it}")
        return "updated", f"moved {{it}} to {_plain(line(state, 'new')) or 'another state'}"
    if changes and (assignee := changes.get("assignee")):
        who = assignee.get("new")
        name = name_of(who) if who and isinstance(who.raw, Mapping) else line(assignee, "new")
        return "assigned", f"assigned {{it}} to {_plain(name)}" if name else "unassigned {it}"
    names = ", ".join(sorted(changes.keys())) if changes else ""
    return "updated", f"changed {_plain(names)} of {{it}}" if names else "updated {it}"


def _plain(text: str) -> str:
    return text.replace("{", "").replace("}", "")


def _about(delivery: Delivery, found: Payload, kind: str, template: str) -> Event:
    number = line(found, "id")
    if not number.isalnum():
        raise BadPayload("$.issue.id", "names nothing")
    return replace(
        delivery.event(f"ticket.{kind}", template.format(it=f"issue #{number} in {delivery.place}")),
        subject=f"{delivery.place} issue #{number}",
        name=line(found, "title"),
        url=link(found, "links.html.href") or link(delivery.body, "repository.links.html.href"),
        occurred_at=when(found, "updated_on", "created_on"),
        # Issues and pull requests are numbered apart.
        conversation=delivery.thread(f"/issues/{number}"),
    )


def _titled(event: Event, found: Payload, comment: str) -> Event:
    fields = {
        "Priority": line(found, "priority"),
        "Type": line(found, "kind") or line(found, "type").replace("issue", ""),
        "Assignee": name_of(found.get("assignee")),
        "Milestone": line(found, "milestone.name"),
        "Version": line(found, "version.name"),
        "Comment": comment[:LONGEST_COMMENT],
    }
    return replace(
        event,
        title=f"{event.title}: {event.name}" if event.name else event.title,
        status=STATES.get(line(found, "state") or "new", Status.UNKNOWN),
        text=prose(found, "content.raw"),
        fields=shown(fields),
    )


READERS: Readers = {
    "issue:created": created,
    "issue:updated": updated,
    "issue:comment_created": commented,
}
KINDS = frozenset(
    f"ticket.{kind}" for kind in ("created", "updated", "closed", "reopened", "assigned", "commented")
)
