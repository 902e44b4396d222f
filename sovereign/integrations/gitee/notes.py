"""Comments on Gitee: on pull requests, issues, commits and repositories."""

from __future__ import annotations

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, when, words
from sovereign.integrations.gitee._common import Delivery, Readers
from sovereign.integrations.gitee.changes import about_change
from sovereign.integrations.gitee.tickets import about_ticket


def note(delivery: Delivery) -> Event:
    """Only a new comment brings its words and its address along: after an edit the thing keeps its own."""
    comment = delivery.body.at("comment")
    new = delivery.action in ("comment", "")
    event = _about(delivery, comment, "commented on {it}" if new else _edited(delivery))
    at = when(comment, "updated_at", "created_at") or event.occurred_at
    event = replace(event, status=Status.INFO, occurred_at=at)
    if not new:
        return replace(event, kind="comment.updated")
    return replace(event, text=prose(comment, "body"), url=link(comment, "html_url") or event.url)


def _edited(delivery: Delivery) -> str:
    """`edited a comment on {it}`, with the sender's own word for what was done."""
    return words(delivery.action).replace("{", "").replace("}", "") + " a comment on {it}"


def _about(delivery: Delivery, comment: Payload, template: str) -> Event:
    body, place = delivery.body, delivery.place
    if pull := body.get("pull_request"):
        return about_change(delivery, pull, "commented", template)
    if issue := body.get("issue"):
        return about_ticket(delivery, issue, "commented", template)
    if sha := (line(comment, "commit_id") or line(body, "short_commit_id"))[:7]:
        event = delivery.event("commit.commented", template.format(it=f"commit {sha} in {place}"))
        return replace(event, subject=f"{place}@{sha}")
    if line(body, "noteable_type") in ("PullRequest", "Issue", "Commit"):
        raise BadPayload("$.noteable_type", "is not in the body")
    return delivery.event("repository.commented", template.format(it=place))


READERS: Readers = {"note": note}
KINDS = frozenset(
    {
        *("change.commented", "ticket.commented", "commit.commented", "repository.commented"),
        "comment.updated",
    }
)
