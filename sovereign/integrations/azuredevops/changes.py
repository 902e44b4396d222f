"""Pull requests of Azure Repos. Only some bodies say who did it; the others say it in a sentence."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, shown, when
from sovereign.integrations.azuredevops._common import (
    Delivery,
    Readers,
    branch_of,
    name_of,
    names_of,
    page_of,
)

STATES = {"active": Status.OPEN, "abandoned": Status.CLOSED, "completed": Status.MERGED}
ENDS: Mapping[Status, tuple[str, str]] = {
    Status.MERGED: ("merged", "completed {it}"),
    Status.CLOSED: ("abandoned", "abandoned {it}"),
}
VOTES: Mapping[str, tuple[Status, str]] = {
    "10": (Status.APPROVED, "approved {it}"),
    "5": (Status.APPROVED, "approved {it} with suggestions"),
    "-5": (Status.CHANGES_REQUESTED, "waits for the author of {it}"),
    "-10": (Status.CHANGES_REQUESTED, "rejected {it}"),
}
NO_VOTE = (Status.INFO, "took back the vote on {it}")
VOTED = ("approved", "rejected", "waiting for the author", "voted", "vote")
UPDATES: tuple[tuple[str, str, str], ...] = (
    ("reviewer", "assigned", "changed the reviewers of {it}"),
    ("reactivated", "reopened", "reactivated {it}"),
    ("source branch", "updated", "pushed to {it}"),
    ("pushed", "updated", "pushed to {it}"),
    ("published", "updated", "marked {it} ready for review"),
    ("draft", "updated", "turned {it} back into a draft"),
)
"""Words in Azure DevOps' own sentence, and what they tell of."""

OTHER_UPDATE = ("updated", "updated {it}")


def created(delivery: Delivery) -> list[Event]:
    pull = delivery.thing
    return [_whole(delivery, pull, "created", "opened {it}", pull.get("createdBy"))]


def updated(delivery: Delivery) -> list[Event]:
    pull = delivery.thing
    who, state = _speaker(delivery, pull), _state(pull)
    told = delivery.said.lower()
    if state in ENDS:
        kind, template = ENDS[state]
        return [_whole(delivery, pull, kind, template, pull.get("closedBy") or who)]
    vote = line(who, "vote")
    if who and vote and "reviewer" not in told and any(word in told for word in VOTED):
        status, template = VOTES.get(vote, NO_VOTE)
        event = _about(delivery, pull, "reviewed", template, who)
        return [replace(event, status=status, reviewer=event.actor if status is Status.INFO else None)]
    found = next(((kind, did) for word, kind, did in UPDATES if word in told), OTHER_UPDATE)
    return [_whole(delivery, pull, *found, who)]


def merged(delivery: Delivery) -> list[Event]:
    """Azure DevOps tries the merge of every pull request, and tells of that too, long before it is done."""
    pull = delivery.thing
    if _state(pull) is Status.MERGED:
        who = pull.get("closedBy") or _speaker(delivery, pull)
        return [_whole(delivery, pull, "merged", "completed {it}" if who else "{it} was completed", who)]
    author, outcome = _safe(name_of(pull.get("createdBy"))), _safe(line(pull, "mergeStatus"))
    by, result = (f" by {author}" if author else ""), (f" ({outcome})" if outcome else "")
    return [_whole(delivery, pull, "annotated", f"tried the merge of {{it}}{by}{result}", None)]


def commented(delivery: Delivery) -> list[Event]:
    """Only a new comment brings its words along: after an edit the thing keeps its own."""
    comment, pull = delivery.thing.at("comment"), delivery.thing.at("pullRequest")
    edited, deleted = "edited" in delivery.said.lower(), comment.flag("isDeleted")
    template = "deleted a comment on {it}" if deleted else "edited a comment on {it}" if edited else ""
    event = _about(delivery, pull, "commented", template or "commented on {it}", comment.get("author"))
    event = replace(
        event,
        occurred_at=when(comment, "lastUpdatedDate", "publishedDate") or event.occurred_at,
    )
    if template:
        return [replace(event, kind="comment.updated")]
    return [replace(event, text=prose(comment, "content"))]


def _safe(text: str) -> str:
    """Without what would be a place to fill in."""
    return text.replace("{", "").replace("}", "")


def _speaker(delivery: Delivery, pull: Payload) -> Payload | None:
    """The person with whose name the sentence begins: a reviewer first, whose vote it may be about."""
    people = [*pull.list_at("reviewers"), pull.get("closedBy"), pull.get("createdBy")]
    named = [one for one in people if one and (name := name_of(one)) and delivery.said.startswith(name)]
    return named[0] if named else None


def _state(pull: Payload) -> Status:
    status = STATES.get(line(pull, "status") or "active", Status.UNKNOWN)
    return Status.DRAFT if status is Status.OPEN and pull.flag("isDraft") else status


def _about(delivery: Delivery, pull: Payload, kind: str, template: str, who: Payload | None) -> Event:
    """What every event about a pull request says; a state of its own is for the caller to set."""
    number, sha = line(pull, "pullRequestId"), line(pull, "lastMergeSourceCommit.commitId")
    if not number.isalnum():
        raise BadPayload("$.resource.pullRequestId", "names nothing")
    page = page_of(pull.get("repository"))
    event = delivery.event(f"change.{kind}", template.format(it=f"PR #{number} in {delivery.place}"), who)
    # Runs name the project alone, in which numbers and commits tell as much. The first is the head.
    names = (delivery.in_project(f"@{sha}"),) if sha else ()
    return replace(
        event,
        subject=f"{delivery.place}#{number}",
        name=line(pull, "title"),
        url=link(pull, "_links.web.href") or (f"{page}/pullrequest/{number}" if page else None),
        branch=branch_of(line(pull, "sourceRefName")) or None,
        labels={name: "" for one in pull.list_at("labels") if (name := line(one, "name"))},
        conversation=delivery.thread(f"#{number}"),
        aliases=(*names, delivery.in_project(f"#{number}")) if names else (),
    )


def _whole(delivery: Delivery, pull: Payload, kind: str, template: str, who: Payload | None) -> Event:
    """An event that tells the pull request's state, and shows it."""
    event = _about(delivery, pull, kind, template, who)
    head, base = branch_of(line(pull, "sourceRefName")), branch_of(line(pull, "targetRefName"))
    outcome = line(pull, "mergeStatus")
    fields = {
        "Branch": f"{head} → {base}" if head and base else head,
        "Reviewers": names_of(pull.list_at("reviewers")),
        "Merge": outcome if outcome not in ("succeeded", "notSet", "queued") else "",
    }
    return replace(
        event,
        title=f"{event.title}: {event.name}" if event.name else event.title,
        status=_state(pull),
        text=prose(pull, "description"),
        fields=shown(fields),
    )


READERS: Readers = {
    "git.pullrequest.created": created,
    "git.pullrequest.updated": updated,
    "git.pullrequest.merged": merged,
    "ms.vss-code.git-pullrequest-comment-event": commented,
}
KINDS = frozenset(
    {
        *(f"change.{kind}" for _, kind, _ in UPDATES),
        *(f"change.{kind}" for kind, _ in (*ENDS.values(), OTHER_UPDATE)),
        *("change.created", "change.reviewed", "change.annotated", "change.commented", "comment.updated"),
    }
)
