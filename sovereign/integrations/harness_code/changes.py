"""Pull requests of Harness Code from opening to merge, and what every event of its says."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import count, line, link, prose, shown, when

CHANGES: Mapping[str, tuple[str, str]] = {
    "pullreq_created": ("change.created", "opened {it}"),
    "pullreq_reopened": ("change.reopened", "reopened {it}"),
    "pullreq_branch_updated": ("change.updated", "pushed to {it}"),
    "pullreq_target_branch_changed": ("change.updated", "changed the target of {it}"),
    "pullreq_updated": ("change.updated", "edited {it}"),
    "pullreq_closed": ("change.abandoned", "closed {it} without merging"),
    "pullreq_merged": ("change.merged", "merged {it}"),
    "pullreq_comment_created": ("change.commented", "commented on {it}"),
    "pullreq_comment_updated": ("comment.updated", "edited a comment on {it}"),
    "pullreq_comment_status_updated": ("comment.updated", "changed a comment's state on {it}"),
    "pullreq_label_assigned": ("change.annotated", "labelled {it}"),
    "pullreq_review_submitted": ("change.reviewed", "reviewed {it}"),
}
ASIDES = frozenset({"change.reviewed", "change.commented", "comment.updated", "change.annotated"})
STATES: Mapping[str, Status] = {"open": Status.OPEN, "closed": Status.CLOSED, "merged": Status.MERGED}
VERDICTS: Mapping[str, tuple[Status, str]] = {
    "approved": (Status.APPROVED, "approved {it}"),
    "changereq": (Status.CHANGES_REQUESTED, "requested changes on {it}"),
    "reviewed": (Status.INFO, "reviewed {it}"),
}


def event_of(payload: Payload, kind: str, place: str, did: str) -> Event:
    who = line(payload, "principal.display_name", "principal.uid")
    return Event(
        source="harness_code",
        kind=kind,
        subject=place,
        title=f"{who} {did}" if who else did[:1].upper() + did[1:],
        url=link(payload, "repo.url", "repo.git_url"),
        actor=who or None,
        repo=place,
    )


def of_change(payload: Payload, trigger: str, place: str) -> Event:
    pull = payload.at("pull_req")
    number, title, sha = line(pull, "number"), line(pull, "title"), line(payload, "sha")
    if not number.isalnum():
        raise BadPayload("$.pull_req.number", "names nothing")
    kind, did = CHANGES[trigger]
    status = STATES.get(line(pull, "state"), Status.UNKNOWN)
    status = Status.DRAFT if status is Status.OPEN and line(pull, "is_draft") == "true" else status
    if trigger == "pullreq_review_submitted":
        word = line(payload, "review_decision", "decision", "review.decision", "reviewer_decision")
        status, did = VERDICTS.get(word, (Status.UNKNOWN, did))
    aside = kind in ASIDES
    event = event_of(payload, kind, place, did.format(it=f"PR #{number} in {place}"))
    head, base = line(pull, "source_branch"), line(pull, "target_branch")
    commits = count(int(total), "commit") if (total := line(payload, "total_commits")).isdecimal() else ""
    fields = {"Branch": f"{head} → {base}" if head and base else head, "Pushed": commits}
    return replace(
        event,
        title=f"{event.title}: {title}" if title and not aside else event.title,
        subject=f"{place}#{number}",
        name=title,
        text=prose(payload, "comment.text") if aside else prose(pull, "description"),
        status=status if not aside or trigger == "pullreq_review_submitted" else Status.INFO,
        url=link(pull, "pr_url") or event.url,
        branch=head or None,
        fields=() if aside else shown(fields),
        occurred_at=when(payload, "comment.updated", "comment.created"),
        conversation=f"harness_code:{place}#{number}",
        aliases=(f"harness_code:{place}@{sha}",) if sha.strip("0") else (),
    )
