"""Reviews of pull requests: verdicts, comments on lines, and the threads that these make."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Status
from sovereign.integrations._reading import line, link, prose, when
from sovereign.integrations.github._common import Delivery, Readers
from sovereign.integrations.github.changes import about_change, in_words
from sovereign.integrations.github.numbered import with_comment

VERDICTS: Mapping[str, tuple[Status, str]] = {
    "approved": (Status.APPROVED, "approved {it}"),
    "changes_requested": (Status.CHANGES_REQUESTED, "requested changes on {it}"),
    "commented": (Status.INFO, "reviewed {it}"),
    "dismissed": (Status.INFO, "dismissed a review of {it}"),
}
UNKNOWN_VERDICT = (Status.UNKNOWN, "reviewed {it}")


def review(delivery: Delivery) -> Event:
    given, pull = delivery.body.at("review"), delivery.body.at("pull_request")
    if delivery.action == "edited":
        event = about_change(delivery, pull, "updated", "edited a review of {it}")
        return replace(event, kind="comment.updated")
    text = prose(given, "body")
    word = "dismissed" if delivery.action == "dismissed" else line(given, "state").lower()
    status, template = VERDICTS.get(word, UNKNOWN_VERDICT)
    event = about_change(delivery, pull, "reviewed", template)
    # GitHub wraps every single inline comment into a review without words; the comment comes beside it.
    return replace(
        event,
        kind="review.submitted" if word == "commented" and not text else event.kind,
        status=status,
        text=text,
        url=link(given, "html_url") or event.url,
        reviewer=given.text_at("user", "login") or None if word == "dismissed" else None,
        occurred_at=when(given, "updated_at", "submitted_at") or event.occurred_at,
    )


def review_comment(delivery: Delivery) -> Event:
    comment, pull = delivery.body.at("comment"), delivery.body.at("pull_request")
    event = with_comment(
        about_change(delivery, pull, "commented", "{it}"), delivery, comment, in_words(delivery, pull)
    )
    path, row = line(comment, "path"), line(comment, "line", "original_line")
    if event.kind != "change.commented" or not path:
        return event
    return replace(event, fields=(("File", f"{path}:{row}" if row else path),))


def review_thread(delivery: Delivery) -> Event:
    did = "resolved" if delivery.action == "resolved" else "reopened"
    about = about_change(
        delivery, delivery.body.at("pull_request"), "updated", f"{did} a review thread of {{it}}"
    )
    return replace(about, kind="comment.updated")


READERS: Readers = {
    "pull_request_review": review,
    "pull_request_review_comment": review_comment,
    "pull_request_review_thread": review_thread,
}
KINDS = frozenset({"change.reviewed", "change.commented", "review.submitted", "comment.updated"})
