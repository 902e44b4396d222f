"""Issues and discussions, their comments and their parts."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, shown, when
from sovereign.integrations.github._common import Delivery, Readers
from sovereign.integrations.github.numbered import (
    COMMON_ACTIONS,
    OTHER_ACTION,
    Actions,
    kinds_of,
    labels_of,
    names_of,
    number_of,
    told,
    with_comment,
    words,
)

ISSUES: Actions = {
    **COMMON_ACTIONS,
    "opened": ("created", "opened {it}"),
    "closed": ("closed", "closed {it}"),
    "reopened": ("reopened", "reopened {it}"),
    "deleted": ("deleted", "deleted {it}"),
    "transferred": ("updated", "moved {it} to another repository"),
    "typed": ("annotated", "gave {it} a type"),
    "untyped": ("annotated", "removed the type of {it}"),
}
DISCUSSIONS: Actions = {
    **{action: row for action, row in COMMON_ACTIONS.items() if "assigned" not in action},
    "created": ("created", "started {it}"),
    "closed": ("closed", "closed {it}"),
    "reopened": ("updated", "reopened {it}"),
    "answered": ("answered", "marked an answer in {it}"),
    "unanswered": ("updated", "took back the answer of {it}"),
    "deleted": ("updated", "deleted {it}"),
    "transferred": ("updated", "moved {it} to another repository"),
    "category_changed": ("updated", "moved {it} to another category"),
}
STATES = {"open": Status.OPEN, "closed": Status.CLOSED, "locked": Status.OPEN, "converting": Status.OPEN}
LAST_ACTIONS = {"closed": Status.CLOSED, "deleted": Status.CLOSED}
RELATIONS: Mapping[str, tuple[str, str, str]] = {
    "parent_issue_added": ("sub_issue", "parent_issue", "put {it} under"),
    "parent_issue_removed": ("sub_issue", "parent_issue", "took {it} from under"),
    "sub_issue_added": ("parent_issue", "sub_issue", "gave {it} the part"),
    "sub_issue_removed": ("parent_issue", "sub_issue", "took from {it} the part"),
    "blocked_by_added": ("blocked_issue", "blocking_issue", "marked {it} as blocked by"),
    "blocked_by_removed": ("blocked_issue", "blocking_issue", "marked {it} as no longer blocked by"),
    "blocking_added": ("blocking_issue", "blocked_issue", "marked {it} as blocking"),
    "blocking_removed": ("blocking_issue", "blocked_issue", "marked {it} as no longer blocking"),
}
"""Action → where the issue lies that the event belongs to, where the other one, and what was done."""

OTHER_RELATIONS = {
    "sub_issues": ("parent_issue", "sub_issue", "changed how {it} relates to"),
    "issue_dependencies": ("blocked_issue", "blocking_issue", "changed how {it} relates to"),
}


def issue(delivery: Delivery) -> Event:
    found = delivery.body.at("issue")
    kind, template = ISSUES.get(delivery.action, OTHER_ACTION)
    return _thing(delivery, found, f"ticket.{kind}", template, f"issue #{number_of(found)}")


def issue_comment(delivery: Delivery) -> Event:
    """A pull request is an issue to GitHub, so its comments come as comments on an issue too."""
    found = delivery.body.at("issue")
    on_change = found.get("pull_request") is not None
    it = f"{'PR' if on_change else 'issue'} #{number_of(found)}"
    about = _thing(delivery, found, "change.commented" if on_change else "ticket.commented", "{it}", it)
    return with_comment(about, delivery, delivery.body.at("comment"), f"{it} in {delivery.place}")


def issue_relation(delivery: Delivery) -> Event:
    ours, theirs, template = RELATIONS.get(delivery.action, OTHER_RELATIONS[delivery.type])
    found = delivery.body.at(ours)
    other = line(delivery.body, f"{theirs}.number")
    template += f" #{other}" if other.isalnum() else " another issue"
    return _thing(delivery, found, "ticket.annotated", template, f"issue #{number_of(found)}")


def discussion(delivery: Delivery) -> Event:
    found = delivery.body.at("discussion")
    kind, template = DISCUSSIONS.get(delivery.action, OTHER_ACTION)
    it = f"discussion #{number_of(found)}"
    return _thing(delivery, found, f"discussion.{kind}", template, it)


def discussion_comment(delivery: Delivery) -> Event:
    found = delivery.body.at("discussion")
    it = f"discussion #{number_of(found)}"
    about = _thing(delivery, found, "discussion.commented", "{it}", it)
    return with_comment(about, delivery, delivery.body.at("comment"), f"{it} in {delivery.place}")


def _thing(delivery: Delivery, thing: Payload, kind: str, template: str, it: str) -> Event:
    """What every event about an issue or a discussion says; `it` is `issue #7`."""
    number, title = number_of(thing), line(thing, "title")
    did = told(delivery, template, f"{it} in {delivery.place}")
    state = STATES.get(line(thing, "state") or "open", Status.UNKNOWN)
    return replace(
        delivery.event(kind, f"{did}: {title}" if title else did),
        subject=f"{delivery.place}#{number}",
        name=title,
        status=LAST_ACTIONS.get(delivery.action, state),
        text=prose(thing, "body"),
        url=link(thing, "html_url"),
        labels=labels_of(thing),
        fields=_fields(thing),
        occurred_at=when(thing, "updated_at", "created_at"),
        conversation=delivery.thread(f"#{number}"),
    )


def _fields(thing: Payload) -> tuple[tuple[str, str], ...]:
    found = {
        "Assignees": names_of(thing.list_at("assignees")),
        "Milestone": line(thing, "milestone.title"),
        "Type": line(thing, "type.name"),
        "Category": line(thing, "category.name"),
        "Reason": words(line(thing, "state_reason")),
    }
    return shown(found)


READERS: Readers = {
    "issues": issue,
    "issue_comment": issue_comment,
    "sub_issues": issue_relation,
    "issue_dependencies": issue_relation,
    "discussion": discussion,
    "discussion_comment": discussion_comment,
}
KINDS = (
    kinds_of("ticket", ISSUES)
    | kinds_of("discussion", DISCUSSIONS)
    | {"ticket.commented", "discussion.commented", "change.commented", "comment.updated"}
)
