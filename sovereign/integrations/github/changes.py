"""Pull requests from opening to merge, and the merge queue."""

from __future__ import annotations

import re

from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import count, line, link, prose, shown, when
from sovereign.integrations.github._common import NO_COMMIT, Delivery, Readers
from sovereign.integrations.github.numbered import (
    COMMON_ACTIONS,
    OTHER_ACTION,
    Actions,
    kinds_of,
    labels_of,
    names_of,
    number_of,
    told,
)

ACTIONS: Actions = {
    **COMMON_ACTIONS,
    "opened": ("created", "opened {it}"),
    "reopened": ("reopened", "reopened {it}"),
    "closed": ("abandoned", "closed {it} without merging"),
    "merged": ("merged", "merged {it}"),
    "synchronize": ("updated", "pushed to {it}"),
    "ready_for_review": ("updated", "marked {it} ready for review"),
    "converted_to_draft": ("updated", "turned {it} back into a draft"),
    "review_requested": ("assigned", "asked {whom} to review {it}"),
    "review_request_removed": ("assigned", "no longer asks {whom} to review {it}"),
    "enqueued": ("updated", "put {it} into the merge queue"),
    "dequeued": ("updated", "took {it} out of the merge queue"),
    "auto_merge_enabled": ("annotated", "turned on auto-merge for {it}"),
    "auto_merge_disabled": ("annotated", "turned off auto-merge for {it}"),
}
STATES = {"open": Status.OPEN, "closed": Status.CLOSED}
QUEUE_BRANCH = re.compile(r"gh-readonly-queue/.+/pr-(\d+)-")
"""GitHub's merge queue tries each change on a branch of this name."""


def pull_request(delivery: Delivery) -> Event:
    body, pull = delivery.body, delivery.body.at("pull_request")
    status = _state(pull, delivery.action)
    over = delivery.action == "closed"
    action = "merged" if over and status is Status.MERGED else delivery.action
    kind, template = ACTIONS.get(action, OTHER_ACTION)
    event = about_change(delivery, pull, kind, template)
    # The head's commit first: it is the one that the checks shown belong to.
    commits = dict.fromkeys([line(pull, "head.sha"), line(body, "after"), line(body, "before")])
    return replace(
        event,
        title=f"{event.title}: {event.name}" if event.name else event.title,
        status=status,
        text=prose(pull, "body"),
        fields=_fields(pull),
        aliases=tuple(delivery.thread(f"@{sha}") for sha in commits if sha not in ("", NO_COMMIT)),
        occurred_at=when(pull, "merged_at", "closed_at") if over else event.occurred_at,
    )


def merge_group(delivery: Delivery) -> Event:
    group = delivery.body.at("merge_group")
    found = QUEUE_BRANCH.search(group.at("head_ref").text())
    base = line(group, "base_ref").removeprefix("refs/heads/")
    it = f"PR #{found[1]} in {delivery.place}" if found else f"changes in {delivery.place}"
    why = line(delivery.body, "reason")
    did = f"tries {it} in the merge queue"
    if left := delivery.action == "destroyed":
        did = f"took {it} out of the merge queue" + (f" ({why})" if why else "")
    return replace(
        delivery.event("mergequeue.left" if left else "mergequeue.entered", did),
        subject=f"{delivery.place}#{found[1]}" if found else f"{delivery.place}@{base}",
        branch=base or None,
        conversation=delivery.thread(f"#{found[1]}") if found else None,
        occurred_at=when(group, "head_commit.timestamp"),
    )


def in_words(delivery: Delivery, pull: Payload) -> str:
    """`PR #42 in acme/shop`."""
    return f"PR #{number_of(pull)} in {delivery.place}"


def about_change(delivery: Delivery, pull: Payload, kind: str, template: str) -> Event:
    """What every event about a pull request says; a state of its own is for the caller to set."""
    number, sha = number_of(pull), line(pull, "head.sha")
    return replace(
        delivery.event(f"change.{kind}", told(delivery, template, in_words(delivery, pull))),
        subject=f"{delivery.place}#{number}",
        name=line(pull, "title"),
        url=link(pull, "html_url", "_links.html.href"),
        branch=line(pull, "head.ref") or None,
        labels=labels_of(pull),
        occurred_at=when(pull, "updated_at", "created_at"),
        conversation=delivery.thread(f"#{number}"),
        aliases=(delivery.thread(f"@{sha}"),) if sha else (),
    )


def _state(pull: Payload, action: str) -> Status:
    if pull.flag("merged") or pull.get("merged_at"):
        return Status.MERGED
    if action == "closed":
        return Status.CLOSED
    status = STATES.get(line(pull, "state") or "open", Status.UNKNOWN)
    return Status.DRAFT if status is Status.OPEN and pull.flag("draft") else status


def _fields(pull: Payload) -> tuple[tuple[str, str], ...]:
    head, base = line(pull, "head.ref"), line(pull, "base.ref")
    if line(pull, "head.repo.full_name") != line(pull, "base.repo.full_name"):
        head = line(pull, "head.label") or head
    found = {
        "Branch": f"{head} → {base}" if head and base else head,
        "Changes": _size(pull),
        "Reviewers": names_of(pull.list_at("requested_reviewers") + pull.list_at("requested_teams")),
        "Assignees": names_of(pull.list_at("assignees")),
        "Milestone": line(pull, "milestone.title"),
    }
    return shown(found)


def _size(pull: Payload) -> str:
    """Lines added, lines removed, files; empty in the events that carry a pull request without its size."""
    added, gone, files = pull.get("additions"), pull.get("deletions"), pull.get("changed_files")
    if not added or not gone:
        return ""
    within = f" in {count(files.integer(), 'file')}" if files else ""
    return f"+{added.integer()} \N{MINUS SIGN}{gone.integer()}{within}"


READERS: Readers = {
    "pull_request": pull_request,
    "merge_group": merge_group,
}
KINDS = kinds_of("change", ACTIONS) | {"mergequeue.entered", "mergequeue.left"}
