"""Pull requests of Gitee, from opening to merge. It calls who reviews one its assignees."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import count, line, prose, shown, when, words
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
    "reopen": ("reopened", "reopened {it}"),
    "close": ("abandoned", "closed {it} without merging"),
    "merge": ("merged", "merged {it}"),
    "assign": ("assigned", "asked {whom} to review {it}"),
    "unassign": ("assigned", "no longer asks {whom} to review {it}"),
    "test": ("assigned", "asked {whom} to test {it}"),
    "untest": ("assigned", "no longer asks {whom} to test {it}"),
    "approved": ("reviewed", "approved {it}"),
    "tested": ("reviewed", "tested {it}"),
}
UPDATES: Actions = {
    "": ("updated", "edited {it}"),
    "source_branch_changed": ("updated", "pushed to {it}"),
    "target_branch_changed": ("updated", "moved {it} to another branch"),
    "update_label": ("annotated", "changed the labels of {it}"),
    "update_link_issue": ("annotated", "changed the issues of {it}"),
}
"""What an `update` was, by its `action_desc`, which other actions have too and mean nothing by."""
OTHER_ACTION = ("updated", "changed {it} ({did})")
STATES: Mapping[str, Status] = {
    "open": Status.OPEN,
    "opened": Status.OPEN,
    "reopened": Status.OPEN,
    "merged": Status.MERGED,
    "closed": Status.CLOSED,
}
VERDICTS = {"approved": Status.APPROVED, "tested": Status.INFO}
ENDS = {"merge": Status.MERGED, "close": Status.CLOSED}


def pull_request(delivery: Delivery) -> Event:
    pull = delivery.body.at("pull_request")
    kind, template = _action(delivery)
    event = about_change(delivery, pull, kind, template)
    if delivery.action in VERDICTS:
        return replace(event, status=VERDICTS[delivery.action])
    over = delivery.action in ENDS
    return replace(
        event,
        title=f"{event.title}: {event.name}" if event.name else event.title,
        status=ENDS.get(delivery.action) or _state(pull),
        text=prose(pull, "body"),
        fields=_fields(pull),
        occurred_at=when(pull, "merged_at", "closed_at") or event.occurred_at if over else event.occurred_at,
    )


def about_change(delivery: Delivery, pull: Payload, kind: str, template: str) -> Event:
    """What every event about a pull request says; a state of its own is for the caller to set."""
    number, sha = number_of(pull), line(pull, "head.sha")
    did = told(delivery, template, f"PR #{number} in {delivery.place}")
    return replace(
        about(delivery, pull, f"change.{kind}", did),
        subject=f"{delivery.place}#{number}",
        branch=line(pull, "head.ref") or None,
        conversation=delivery.thread(f"#{number}"),
        aliases=(delivery.thread(f"@{sha}"),) if sha else (),
    )


def _action(delivery: Delivery) -> tuple[str, str]:
    if delivery.action != "update":
        return ACTIONS.get(delivery.action, OTHER_ACTION)
    said = line(delivery.body, "action_desc").lower()
    plain = words(said).replace("{", "").replace("}", "")
    return UPDATES.get(said) or ("updated", f"changed {{it}} ({plain})")


def _state(pull: Payload) -> Status:
    if pull.flag("merged"):
        return Status.MERGED
    status = STATES.get(line(pull, "state") or "open", Status.UNKNOWN)
    return Status.DRAFT if status is Status.OPEN and pull.flag("draft") else status


def _fields(pull: Payload) -> tuple[tuple[str, str], ...]:
    head, base = line(pull, "head.ref"), line(pull, "base.ref")
    source = line(pull, "head.repo.path_with_namespace")
    if head and source and source != line(pull, "base.repo.path_with_namespace"):
        head = f"{source}:{head}"
    found = {
        "Branch": f"{head} → {base}" if head and base else head,
        "Changes": _size(pull),
        "Reviewers": names_of(pull.list_at("assignees")) or line(pull, "assignee.login"),
        "Testers": names_of(pull.list_at("testers")) or line(pull, "tester.login"),
        "Milestone": line(pull, "milestone.title"),
    }
    return shown(found)


def _size(pull: Payload) -> str:
    """Lines added, lines removed, files; empty in bodies that do not say."""
    added, gone, files = pull.get("additions"), pull.get("deletions"), pull.get("changed_files")
    if not added or not gone:
        return ""
    within = f" in {count(files.integer(), 'file')}" if files else ""
    return f"+{added.integer()} \N{MINUS SIGN}{gone.integer()}{within}"


READERS: Readers = {"merge_request": pull_request}
KINDS = frozenset(f"change.{kind}" for kind, _ in (*ACTIONS.values(), *UPDATES.values(), OTHER_ACTION))
