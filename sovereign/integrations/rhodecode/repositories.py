"""Repositories of RhodeCode as such, and remarks on their commits."""

from __future__ import annotations

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations._reading import line, link, prose, shown
from sovereign.integrations.rhodecode._common import Delivery, Readers, place_in_file


def created(delivery: Delivery) -> list[Event]:
    event = delivery.event("repository.created", f"created the repository {delivery.place}")
    return [replace(event, fields=shown({"Type": line(delivery.body, "repo.repo_type")}))]


def commented(delivery: Delivery) -> list[Event]:
    found = delivery.body.at("comment")
    event = _about_commit(delivery, "commit.commented", "commented on")
    return [
        replace(
            event,
            text=prose(found, "comment_text"),
            fields=shown({"File": place_in_file(found, "comment_f_path", "comment_line_no")}),
        )
    ]


def edited(delivery: Delivery) -> list[Event]:
    return [_about_commit(delivery, "comment.updated", "edited a comment on")]


def _about_commit(delivery: Delivery, kind: str, did: str) -> Event:
    body, place = delivery.body, delivery.place
    sha, page = line(body, "commit.commit_id"), link(body, "repo.url")
    if not sha:
        raise BadPayload("$.event.commit.commit_id", "is missing")
    return replace(
        delivery.event(kind, f"{did} commit {sha[:7]} in {place}"),
        subject=f"{place}@{sha[:7]}",
        name=prose(body, "commit.commit_message").partition("\n")[0].strip(),
        url=f"{page}/changeset/{sha}" if page else None,
        branch=line(body, "commit.commit_branch") or None,
    )


READERS: Readers = {
    "repo-create": created,
    "repo-commit-comment": commented,
    "repo-commit-edit-comment": edited,
    "repo-commit-comment-edit": edited,
}
KINDS = frozenset({"repository.created", "commit.commented", "comment.updated"})
