"""Pull requests of Bitbucket Cloud, from opening to merge."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, shown, when
from sovereign.integrations.bitbucket._common import Delivery, Readers, commit_thread, names_of

ACTIONS: Mapping[str, tuple[str, str]] = {
    "created": ("created", "opened {it}"),
    "updated": ("updated", "updated {it}"),
    "push": ("updated", "pushed to {it}"),
    "fulfilled": ("merged", "merged {it}"),
    "rejected": ("abandoned", "declined {it}"),
}
VERDICTS: Mapping[str, tuple[Status, str]] = {
    "approved": (Status.APPROVED, "approved {it}"),
    "unapproved": (Status.INFO, "took back the approval of {it}"),
    "changes_request_created": (Status.CHANGES_REQUESTED, "requested changes on {it}"),
    "changes_request_removed": (Status.INFO, "no longer requests changes on {it}"),
}
COMMENTS: Mapping[str, str] = {
    "comment_created": "commented on {it}",
    "comment_updated": "edited a comment on {it}",
    "comment_deleted": "deleted a comment on {it}",
    "comment_resolved": "resolved a comment on {it}",
    "comment_reopened": "reopened a comment on {it}",
}
STATES = {
    "OPEN": Status.OPEN,
    "MERGED": Status.MERGED,
    "DECLINED": Status.CLOSED,
    "SUPERSEDED": Status.CLOSED,
}
ENDS = {"fulfilled": Status.MERGED, "rejected": Status.CLOSED}


def change(delivery: Delivery) -> list[Event]:
    pull, action = delivery.body.at("pullrequest"), _action(delivery)
    kind, template = ACTIONS[action]
    event = _about(delivery, pull, kind, template)
    return [
        replace(
            event,
            title=f"{event.title}: {event.name}" if event.name else event.title,
            status=ENDS.get(action) or _state(pull),
            text=prose(pull, "description", "summary.raw"),
            fields=_fields(pull),
        )
    ]


def verdict(delivery: Delivery) -> list[Event]:
    body, action = delivery.body, _action(delivery)
    status, template = VERDICTS[action]
    event = _about(delivery, body.at("pullrequest"), "reviewed", template)
    return [
        replace(
            event,
            status=status,
            reviewer=event.actor if status is Status.INFO else None,
            occurred_at=when(body, "approval.date", "changes_request.date") or event.occurred_at,
        )
    ]


def comment(delivery: Delivery) -> list[Event]:
    """Only a new comment brings its words and its address along: after an edit the thing keeps its own."""
    found, action = delivery.body.at("comment"), _action(delivery)
    event = _about(delivery, delivery.body.at("pullrequest"), "commented", COMMENTS[action])
    event = replace(event, occurred_at=when(found, "updated_on", "created_on") or event.occurred_at)
    if action != "comment_created":
        return [replace(event, kind="comment.updated")]
    path, row = line(found, "inline.path"), line(found, "inline.to", "inline.from")
    return [
        replace(
            event,
            text=prose(found, "content.raw"),
            url=link(found, "links.html.href") or event.url,
            fields=(("File", f"{path}:{row}" if row else path),) if path else (),
        )
    ]


def _action(delivery: Delivery) -> str:
    return delivery.type.partition(":")[2]


def _about(delivery: Delivery, pull: Payload, kind: str, template: str) -> Event:
    """What every event about a pull request says; a state of its own is for the caller to set."""
    number, sha = line(pull, "id"), line(pull, "source.commit.hash")
    if not number.isalnum():
        raise BadPayload("$.pullrequest.id", "names nothing")
    # A branch of a fork is built in the fork, under the fork's name.
    fork = line(pull, "source.repository.full_name")
    places = dict.fromkeys([delivery.place, fork or delivery.place])
    it = f"PR #{number} in {delivery.place}"
    return replace(
        delivery.event(f"change.{kind}", template.format(it=it)),
        subject=f"{delivery.place}#{number}",
        name=line(pull, "title"),
        url=link(pull, "links.html.href") or link(delivery.body, "repository.links.html.href"),
        branch=line(pull, "source.branch.name") or None,
        occurred_at=when(pull, "updated_on", "created_on"),
        conversation=delivery.thread(f"#{number}"),
        aliases=tuple(commit_thread(place, sha) for place in places) if sha else (),
    )


def _state(pull: Payload) -> Status:
    status = STATES.get(line(pull, "state") or "OPEN", Status.UNKNOWN)
    return Status.DRAFT if status is Status.OPEN and pull.flag("draft") else status


def _fields(pull: Payload) -> tuple[tuple[str, str], ...]:
    head, base = line(pull, "source.branch.name"), line(pull, "destination.branch.name")
    source = line(pull, "source.repository.full_name")
    if head and source != line(pull, "destination.repository.full_name"):
        head = f"{source}:{head}"
    tasks = pull.integer_at("task_count")
    fields = {
        "Branch": f"{head} → {base}" if head and base else head,
        "Reviewers": names_of(pull.list_at("reviewers")),
        "Open tasks": str(tasks) if tasks else "",
        "Reason": line(pull, "reason"),
    }
    return shown(fields)


READERS: Readers = {
    **{f"pullrequest:{action}": change for action in ACTIONS},
    **{f"pullrequest:{action}": verdict for action in VERDICTS},
    **{f"pullrequest:{action}": comment for action in COMMENTS},
}
KINDS = frozenset(f"change.{kind}" for kind, _ in ACTIONS.values()) | {
    "change.reviewed",
    "change.commented",
    "comment.updated",
}
