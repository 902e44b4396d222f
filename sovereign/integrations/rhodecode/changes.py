"""Pull requests of RhodeCode, from opening to merge. Who votes does so by a comment."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, shown, words
from sovereign.integrations.rhodecode._common import Delivery, Readers, place_in_file

ACTIONS: Mapping[str, tuple[str, str, Status]] = {
    "pullrequest-create": ("created", "opened {it}", Status.OPEN),
    "pullrequest-update": ("updated", "pushed to {it}", Status.OPEN),
    "pullrequest-close": ("abandoned", "closed {it} without merging", Status.CLOSED),
    "pullrequest-merge": ("merged", "merged {it}", Status.MERGED),
}
VERDICTS: Mapping[str, tuple[Status, str]] = {
    "approved": (Status.APPROVED, "approved {it}"),
    "rejected": (Status.CHANGES_REQUESTED, "rejected {it}"),
    "under_review": (Status.INFO, "is reviewing {it}"),
    "not_reviewed": (Status.INFO, "took back the review of {it}"),
}


def change(delivery: Delivery) -> list[Event]:
    kind, template, status = ACTIONS[delivery.type]
    event = _about(delivery, kind, template)
    return [
        replace(
            event,
            title=f"{event.title}: {event.name}" if event.name else event.title,
            status=status,
            fields=_fields(delivery),
        )
    ]


def review(delivery: Delivery) -> list[Event]:
    """What all votes come to is another now. The vote itself is told by the comment that casts it."""
    state = words(line(delivery.body, "pullrequest.status")) or "another state"
    event = _about(delivery, "annotated", "changed the review of {it}")
    return [replace(event, title=f"{event.title} to {state}", fields=_fields(delivery))]


def comment(delivery: Delivery) -> list[Event]:
    found = delivery.body.at("comment")
    status, template = VERDICTS.get(line(found, "status"), (None, "commented on {it}"))
    event = _about(delivery, "reviewed" if status else "commented", template)
    fields = {
        "File": place_in_file(found, "file", "line"),
        "Type": "to do" if line(found, "type") == "todo" else "",
    }
    return [
        replace(
            event,
            status=status or Status.INFO,
            reviewer=event.actor if status is Status.INFO else None,
            text=prose(found, "text"),
            url=link(found, "url", "permalink_url") or event.url,
            fields=shown(fields),
        )
    ]


def edit(delivery: Delivery) -> list[Event]:
    """After an edit the pull request keeps its own words and address."""
    return [replace(_about(delivery, "commented", "edited a comment on {it}"), kind="comment.updated")]


def _about(delivery: Delivery, kind: str, template: str) -> Event:
    """What every event about a pull request says; a state of its own is for the caller to set."""
    pull = delivery.body.at("pullrequest")
    number = line(pull, "pull_request_id")
    if not number.isalnum():
        raise BadPayload("$.event.pullrequest.pull_request_id", "names nothing")
    event = delivery.event(f"change.{kind}", template.format(it=f"PR #{number} in {delivery.place}"))
    return replace(
        event,
        subject=f"{delivery.place}#{number}",
        name=line(pull, "title"),
        url=link(pull, "url", "permalink_url") or event.url,
        branch=_branch(pull),
        conversation=delivery.thread(f"#{number}"),
    )


def _fields(delivery: Delivery) -> tuple[tuple[str, str], ...]:
    pull = delivery.body.at("pullrequest")
    commits = pull.list_at("commits")
    found = {
        "Branch": _branch(pull) or "",
        "Commits": str(len(commits)) if commits else "",
        "Review": words(line(pull, "status")),
    }
    return shown(found)


def _branch(pull: Payload) -> str | None:
    """That of its commits, where they are of one: the body names none."""
    branches = {name for commit in pull.list_at("commits") if (name := line(commit, "branch"))}
    return branches.pop() if len(branches) == 1 else None


READERS: Readers = {
    **dict.fromkeys(ACTIONS, change),
    "pullrequest-review": review,
    "pullrequest-comment": comment,
    "pullrequest-comment-edit": edit,
}
KINDS = frozenset(f"change.{kind}" for kind, _, _ in ACTIONS.values()) | {
    "change.annotated",
    "change.reviewed",
    "change.commented",
    "comment.updated",
}
