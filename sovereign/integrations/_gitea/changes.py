"""Pull requests from opening to merge, and their reviews."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._gitea._common import Delivery, Readers, gone, labels_of, names_of, number_of
from sovereign.integrations._gitea.numbered import (
    COMMON_ACTIONS,
    OTHER_ACTION,
    Actions,
    about_thing,
    kinds_of,
    told,
)
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import count, line, prose, shown, when

ACTIONS: Actions = {
    **COMMON_ACTIONS,
    "closed": ("abandoned", "closed {it} without merging"),
    "merged": ("merged", "merged {it}"),
    "synchronized": ("updated", "pushed to {it}"),
    "review_requested": ("assigned", "asked {reviewer} to review {it}"),
    "review_request_removed": ("assigned", "no longer asks {reviewer} to review {it}"),
}
STATES = {"open": Status.OPEN, "closed": Status.CLOSED}
DRAFTS = ("wip:", "[wip]", "draft:", "[draft]")
"""How a title begins that marks a pull request as unfinished, where a body has no field for it."""

VERDICTS: Mapping[str, tuple[Status, str]] = {
    "approved": (Status.APPROVED, "approved {it}"),
    "rejected": (Status.CHANGES_REQUESTED, "requested changes on {it}"),
    "comment": (Status.INFO, "reviewed {it}"),
}
REVIEWS = {f"pull_request_{infix}{word}": word for infix in ("", "review_") for word in VERDICTS}
"""The type of a review is its verdict; older versions named the same types a little longer."""


def pull_request(delivery: Delivery) -> Event:
    if delivery.action == "reviewed":
        return review(delivery)
    pull = delivery.body.at("pull_request")
    status = _state(pull, delivery.action)
    over = delivery.action == "closed"
    action = "merged" if over and status is Status.MERGED else delivery.action
    kind, template = ACTIONS.get(action, OTHER_ACTION)
    event = _about(delivery, pull, kind, template)
    return replace(
        event,
        title=f"{event.title}: {event.name}" if event.name else event.title,
        status=status,
        text=prose(pull, "body"),
        fields=_fields(pull),
        occurred_at=when(pull, "merged_at", "closed_at") or event.occurred_at if over else event.occurred_at,
    )


def review(delivery: Delivery) -> Event:
    """A verdict, or a remark on lines; the body of a review has no address of its own."""
    body = delivery.body
    word = line(body, "review.type").rpartition("_")[2]
    status, template = VERDICTS.get(REVIEWS.get(delivery.type, word), (Status.UNKNOWN, "reviewed {it}"))
    event = _about(delivery, body.at("pull_request"), "reviewed", template)
    return replace(event, status=status, text=prose(body, "review.content"))


def in_words(delivery: Delivery, pull: Payload) -> str:
    """`PR #42 in acme/shop`."""
    return f"PR #{number_of(delivery, pull)} in {delivery.place}"


def _about(delivery: Delivery, pull: Payload, kind: str, template: str) -> Event:
    number, sha = number_of(delivery, pull), line(pull, "head.sha")
    did = told(delivery, template, in_words(delivery, pull))
    return replace(
        about_thing(delivery, pull, number, f"change.{kind}", did, page="pulls"),
        branch=line(pull, "head.ref", "head_branch") or None,
        labels=labels_of(pull),
        aliases=(delivery.thread(f"@{sha}"),) if not gone(sha) else (),
    )


def _state(pull: Payload, action: str) -> Status:
    if pull.flag("merged"):
        return Status.MERGED
    if action == "closed":
        return Status.CLOSED
    status = STATES.get(line(pull, "state") or "open", Status.UNKNOWN)
    draft = pull.flag("draft") or line(pull, "title").lower().startswith(DRAFTS)
    return Status.DRAFT if status is Status.OPEN and draft else status


def _fields(pull: Payload) -> tuple[tuple[str, str], ...]:
    head, base = line(pull, "head.ref", "head_branch"), line(pull, "base.ref", "base_branch")
    source = line(pull, "head.repo.full_name", "head_repo.full_name")
    if head and source and source != line(pull, "base.repo.full_name", "base_repo.full_name"):
        head = f"{source}:{head}"
    found = {
        "Branch": f"{head} → {base}" if head and base else head,
        "Changes": _size(pull),
        "Reviewers": names_of(pull.list_at("requested_reviewers")),
        "Assignees": names_of(pull.list_at("assignees")) or line(pull, "assignee.login"),
        "Milestone": line(pull, "milestone.title"),
    }
    return shown(found)


def _size(pull: Payload) -> str:
    """Lines added, lines removed, files; empty in bodies that do not say."""
    added, gone_lines, files = pull.get("additions"), pull.get("deletions"), pull.get("changed_files")
    if not added or not gone_lines:
        return ""
    within = f" in {count(files.integer(), 'file')}" if files else ""
    return f"+{added.integer()} \N{MINUS SIGN}{gone_lines.integer()}{within}"


READERS: Readers = {"pull_request": pull_request, **dict.fromkeys(REVIEWS, review)}
KINDS = kinds_of("change", ACTIONS) | {"change.reviewed"}
