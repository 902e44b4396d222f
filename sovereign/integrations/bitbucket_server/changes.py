"""Pull requests of Bitbucket Data Center, from opening to merge."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, prose, shown
from sovereign.integrations.bitbucket_server._common import (
    Delivery,
    Readers,
    name_of,
    names_of,
    page_of,
    path_of,
)

ACTIONS: Mapping[str, tuple[str, str]] = {
    "opened": ("created", "opened {it}"),
    "from_ref_updated": ("updated", "pushed to {it}"),
    "to_ref_updated": ("updated", "changed the target of {it}"),
    "modified": ("updated", "edited {it}"),
    "reviewer:updated": ("assigned", "changed the reviewers of {it}"),
    "merged": ("merged", "merged {it}"),
    "declined": ("abandoned", "declined {it}"),
    "deleted": ("abandoned", "deleted {it}"),
}
VERDICTS: Mapping[str, tuple[Status, str]] = {
    "reviewer:approved": (Status.APPROVED, "approved {it}"),
    "reviewer:unapproved": (Status.INFO, "took back the verdict on {it}"),
    "reviewer:needs_work": (Status.CHANGES_REQUESTED, "requested changes on {it}"),
    "reviewer:changes_requested": (Status.CHANGES_REQUESTED, "requested changes on {it}"),
}
COMMENTS: Mapping[str, str] = {
    "comment:added": "commented on {it}",
    "comment:edited": "edited a comment on {it}",
    "comment:deleted": "deleted a comment on {it}",
}
STATES = {"OPEN": Status.OPEN, "MERGED": Status.MERGED, "DECLINED": Status.CLOSED}
ENDS = {"merged": Status.MERGED, "declined": Status.CLOSED, "deleted": Status.CLOSED}


def change(delivery: Delivery) -> list[Event]:
    pull, action = delivery.body.at("pullRequest"), _action(delivery)
    kind, template = ACTIONS[action]
    event = _about(delivery, pull, kind, _with_reviewers(delivery.body, template))
    return [
        replace(
            event,
            title=f"{event.title}: {event.name}" if event.name else event.title,
            status=ENDS.get(action) or _state(pull),
            text=prose(pull, "description"),
            fields=_fields(pull),
        )
    ]


def verdict(delivery: Delivery) -> list[Event]:
    status, template = VERDICTS[_action(delivery)]
    event = _about(delivery, delivery.body.at("pullRequest"), "reviewed", template)
    return [replace(event, status=status, reviewer=event.actor if status is Status.INFO else None)]


def comment(delivery: Delivery) -> list[Event]:
    """Only a new comment brings its words along: after an edit the thing keeps its own."""
    found, action = delivery.body.at("comment"), _action(delivery)
    event = _about(delivery, delivery.body.at("pullRequest"), "commented", COMMENTS[action])
    if action != "comment:added":
        return [replace(event, kind="comment.updated")]
    return [replace(event, text=prose(found, "text"))]


def _action(delivery: Delivery) -> str:
    return delivery.type.partition(":")[2]


def _with_reviewers(body: Payload, template: str) -> str:
    added, removed = (names_of(body.list_at(f"{did}Reviewers")) for did in ("added", "removed"))
    if not added or removed:
        return template
    return f"asked {added.replace('{', '').replace('}', '')} to review {{it}}"


def _about(delivery: Delivery, pull: Payload, kind: str, template: str) -> Event:
    """What every event about a pull request says; a state of its own is for the caller to set."""
    number, sha = line(pull, "id"), line(pull, "fromRef.latestCommit")
    if not number.isalnum():
        raise BadPayload("$.pullRequest.id", "names nothing")
    # A branch of a fork is built in the fork, under the fork's name.
    source = pull.get("fromRef", "repository")
    places = dict.fromkeys([delivery.place, path_of(source) if source else delivery.place])
    it = f"PR #{number} in {delivery.place}"
    return replace(
        delivery.event(f"change.{kind}", template.format(it=it)),
        subject=f"{delivery.place}#{number}",
        name=line(pull, "title"),
        url=page_of(pull),
        branch=line(pull, "fromRef.displayId") or None,
        conversation=delivery.thread(f"#{number}"),
        aliases=tuple(f"bitbucket_server:{place}@{sha}" for place in places) if sha else (),
    )


def _state(pull: Payload) -> Status:
    status = STATES.get(line(pull, "state") or "OPEN", Status.UNKNOWN)
    return Status.DRAFT if status is Status.OPEN and pull.flag("draft") else status


def _fields(pull: Payload) -> tuple[tuple[str, str], ...]:
    head, base = line(pull, "fromRef.displayId"), line(pull, "toRef.displayId")
    source, target = pull.get("fromRef", "repository"), pull.get("toRef", "repository")
    if head and source and target and path_of(source) != path_of(target):
        head = f"{path_of(source)}:{head}"
    people = [user for one in pull.list_at("reviewers") if (user := one.get("user"))]
    fields = {
        "Branch": f"{head} → {base}" if head and base else head,
        "Reviewers": names_of(people),
        "Author": name_of(pull.get("author", "user")),
        "Merge commit": line(pull, "properties.mergeCommit.displayId"),
    }
    return shown(fields)


READERS: Readers = {
    **{f"pr:{action}": change for action in ACTIONS},
    **{f"pr:{action}": verdict for action in VERDICTS},
    **{f"pr:{action}": comment for action in COMMENTS},
}
KINDS = frozenset(f"change.{kind}" for kind, _ in ACTIONS.values()) | {
    "change.reviewed",
    "change.commented",
    "comment.updated",
}
