"""What pull requests and issues share: a number, small notes, and comments."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._gitea._common import Delivery
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, when, words

Actions = Mapping[str, tuple[str, str]]
"""Action → last word of the kind, and what the actor did; `{it}` stands for `PR #42 in acme/shop`."""

COMMON_ACTIONS: Actions = {
    "opened": ("created", "opened {it}"),
    "created": ("created", "opened {it}"),
    "reopened": ("reopened", "reopened {it}"),
    "edited": ("updated", "edited {it}"),
    "assigned": ("assigned", "assigned {it}{whom}"),
    "unassigned": ("assigned", "changed who is assigned to {it}"),
    "label_updated": ("annotated", "changed the labels of {it}"),
    "label_cleared": ("annotated", "removed the labels of {it}"),
    "milestoned": ("annotated", "put {it} into {milestone}"),
    "demilestoned": ("annotated", "took {it} out of its milestone"),
}
OTHER_ACTION = ("updated", "changed {it} ({did})")


def told(delivery: Delivery, template: str, it: str) -> str:
    """What the actor did to `it`, with whom and which milestone filled in."""
    body = delivery.body
    thing = body.get("pull_request") or body.get("issue")
    assignee, milestone = line(thing, "assignee.login", "assignee.username"), line(thing, "milestone.title")
    return template.format(
        it=it,
        whom=f" to {assignee}" if assignee else "",
        reviewer=line(body, "requested_reviewer.login", "requested_reviewer.username") or "somebody",
        milestone=f"the milestone {milestone}" if milestone else "a milestone",
        did=words(delivery.action) or "changed",
    )


def with_comment(about: Event, delivery: Delivery, it: str) -> Event:
    """`about` is an event of the thing that the comment belongs to, `it` the thing in words.

    Only a new comment brings its words and its address along: after an edit the thing keeps its own.
    """
    comment = delivery.body.at("comment")
    at = when(comment, "updated_at", "created_at") or about.occurred_at
    event = replace(about, status=Status.INFO, occurred_at=at, text="", fields=())
    if delivery.action not in ("created", ""):
        kind, did = "comment.updated", f"{words(delivery.action)} a comment on {it}"
        return replace(event, kind=kind, title=delivery.event(kind, did).title)
    return replace(
        event,
        title=delivery.event(event.kind, f"commented on {it}").title,
        text=prose(comment, "body"),
        url=link(comment, "html_url") or about.url,
    )


def about_thing(
    delivery: Delivery, thing: Payload, number: str, kind: str, did: str, *, page: str = "issues"
) -> Event:
    """What every event about a numbered thing says; a state and a text are for the caller to set.

    `page` is what its address has after the repository's, where an old version does not give the address.
    """
    home = link(delivery.body, "repository.html_url")
    return replace(
        delivery.event(kind, did),
        subject=f"{delivery.place}#{number}",
        name=line(thing, "title"),
        url=link(thing, "html_url") or (f"{home}/{page}/{number}" if home else None),
        occurred_at=when(thing, "updated_at", "created_at"),
        conversation=delivery.thread(f"#{number}"),
    )


def kinds_of(family: str, actions: Actions) -> frozenset[str]:
    """Every kind that this table gives."""
    return frozenset(f"{family}.{word}" for word, _ in (*actions.values(), OTHER_ACTION))
