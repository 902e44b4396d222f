"""Merge requests from opening to merge."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, shown, when, words
from sovereign.integrations.gitlab._common import (
    NO_COMMIT,
    Delivery,
    Readers,
    labels_of,
    names_of,
    number_of,
)
from sovereign.integrations.gitlab.edits import edit_of

ACTIONS: Mapping[str, tuple[str, str]] = {
    "open": ("created", "opened {it}"),
    "reopen": ("reopened", "reopened {it}"),
    "close": ("abandoned", "closed {it} without merging"),
    "merge": ("merged", "merged {it}"),
    # `approved` and `unapproved` complete or break what the rules ask for; the other two are single votes.
    "approved": ("reviewed", "approved {it}"),
    "approval": ("reviewed", "approved {it}"),
    "unapproved": ("reviewed", "took back the approval of {it}"),
    "unapproval": ("reviewed", "took back the approval of {it}"),
}
OTHER_ACTION = ("updated", "changed {it} ({did})")
NO_ACTION = ("updated", "sent {it}")
"""What GitLab's button for trying a webhook gives."""

STATES = {
    "opened": Status.OPEN,
    "reopened": Status.OPEN,
    # Only for the moment in which it is being merged.
    "locked": Status.OPEN,
    "closed": Status.CLOSED,
    "merged": Status.MERGED,
}
VOTES = {"approved": Status.APPROVED, "approval": Status.APPROVED}
ENDS = {"merge": Status.MERGED, "close": Status.CLOSED}


def merge_request(delivery: Delivery) -> Event:
    found, action = delivery.attributes, delivery.action
    it = in_words(delivery, found)
    if action == "update":
        kind, did = edit_of(found, delivery.body.get("changes"), it)
    else:
        kind, template = ACTIONS.get(action, OTHER_ACTION if action else NO_ACTION)
        did = template.format(it=it, did=words(action))
    event = about_change(delivery, found, kind, did)
    if kind == "reviewed":
        taken_back = event.actor if action not in VOTES else None
        return replace(event, status=VOTES.get(action, Status.INFO), reviewer=taken_back)
    old = line(found, "oldrev")
    older = (delivery.thread(f"@{old}"),) if old not in ("", NO_COMMIT) else ()
    return replace(
        event,
        title=f"{event.title}: {event.name}" if event.name else event.title,
        status=ENDS.get(action) or _state(found),
        text=prose(found, "description"),
        fields=_fields(delivery, found),
        aliases=(*event.aliases, *older),
    )


def in_words(delivery: Delivery, found: Payload) -> str:
    """`MR !42 in acme/shop`."""
    return f"MR !{number_of(found)} in {delivery.place}"


def about_change(delivery: Delivery, found: Payload, kind: str, did: str) -> Event:
    """What every event about a merge request says; a state of its own is for the caller to set."""
    number, sha = number_of(found), line(found, "last_commit.id")
    # A branch of a fork is built in the fork, under the fork's name. The first alias is the head itself.
    fork = line(found, "source.path_with_namespace")
    places = dict.fromkeys([f"gitlab:{delivery.place}", f"gitlab:{fork or delivery.place}"])
    labels = found.list_at("labels") or delivery.body.list_at("labels")
    return replace(
        delivery.event(f"change.{kind}", did),
        subject=f"{delivery.place}!{number}",
        name=line(found, "title"),
        url=link(found, "url") or link(delivery.body, "project.web_url"),
        branch=line(found, "source_branch") or None,
        labels=labels_of(labels),
        occurred_at=when(found, "updated_at", "created_at"),
        conversation=delivery.thread(f"!{number}"),
        aliases=tuple(f"{place}@{sha}" for place in places) if sha else (),
    )


def _state(found: Payload) -> Status:
    status = STATES.get(line(found, "state") or "opened", Status.UNKNOWN)
    draft = found.flag("draft") or found.flag("work_in_progress")
    return Status.DRAFT if status is Status.OPEN and draft else status


def _is_open(found: Payload) -> bool:
    """Whether it can still be merged at all."""
    return STATES.get(line(found, "state") or "opened", Status.OPEN) is Status.OPEN


def _fields(delivery: Delivery, found: Payload) -> tuple[tuple[str, str], ...]:
    head, target = line(found, "source_branch"), line(found, "target_branch")
    source, ours = (line(found, f"{side}.path_with_namespace") for side in ("source", "target"))
    if head and source != ours:
        head = f"{source}:{head}"
    fields = {
        "Branch": f"{head} → {target}" if head and target else head,
        "Reviewers": names_of(delivery.body.list_at("reviewers")),
        "Assignees": names_of(delivery.body.list_at("assignees")) or line(found, "assignee.username"),
        "Merge status": words(line(found, "detailed_merge_status")) if _is_open(found) else "",
    }
    return shown(fields)


READERS: Readers = {"merge_request": merge_request}
KINDS = frozenset(f"change.{kind}" for kind, _ in (*ACTIONS.values(), OTHER_ACTION)) | {
    "change.assigned",
    "change.annotated",
}
