"""Repositories of Bitbucket Cloud as such, remarks on their commits, and what runs on these."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._reading import line, link, prose, shown, when
from sovereign.integrations.bitbucket._common import HASH, Delivery, Readers, commit_thread

LIVES: Mapping[str, tuple[str, str]] = {
    "repo:created": ("repository.created", "created the repository {it}"),
    "repo:imported": ("repository.created", "imported the repository {it}"),
    "repo:deleted": ("repository.deleted", "deleted the repository {it}"),
    "repo:transfer": ("repository.modified", "transferred {it} to another workspace"),
    "repo:updated": ("repository.modified", "changed the settings of {it}"),
}
STATES: Mapping[str, tuple[Status, str]] = {
    "INPROGRESS": (Status.RUNNING, "is running"),
    "SUCCESSFUL": (Status.SUCCEEDED, "passed"),
    "FAILED": (Status.FAILED, "failed"),
    "STOPPED": (Status.CANCELLED, "was stopped"),
}


def life(delivery: Delivery) -> list[Event]:
    kind, template = LIVES[delivery.type]
    body, it = delivery.body, delivery.place
    old = line(body, "changes.full_name.old", "changes.name.old")
    if old and delivery.type == "repo:updated":
        template, it = "renamed the repository {it}", f"{old} to {it}"
    changes = body.get("changes")
    fields = {"Changed": ", ".join(sorted(changes.keys()))} if changes else {}
    event = delivery.event(kind, template.format(it=it))
    return [replace(event, fields=shown(fields), text=prose(body, "repository.description"))]


def fork(delivery: Delivery) -> list[Event]:
    found = delivery.body.at("fork")
    name = line(found, "full_name", "name") or "a new repository"
    event = delivery.event("repository.forked", f"forked {delivery.place} to {name}")
    return [replace(event, name=name, url=link(found, "links.html.href") or event.url)]


def commit_comment(delivery: Delivery) -> list[Event]:
    body = delivery.body
    comment, sha = body.at("comment"), line(body, "commit.hash", "comment.commit.hash")[:7]
    if not sha:
        raise BadPayload("$.commit.hash", "is missing")
    path, row = line(comment, "inline.path"), line(comment, "inline.to", "inline.from")
    event = delivery.event("commit.commented", f"commented on commit {sha} in {delivery.place}")
    return [
        replace(
            event,
            subject=f"{delivery.place}@{sha}",
            text=prose(comment, "content.raw"),
            url=link(comment, "links.html.href") or event.url,
            fields=(("File", f"{path}:{row}" if row else path),) if path else (),
            occurred_at=when(comment, "updated_on", "created_on"),
        )
    ]


def commit_status(delivery: Delivery) -> list[Event]:
    """A build system's word about a commit; it belongs to the pull request that has the commit."""
    found = delivery.body.at("commit_status")
    name = line(found, "name", "key")
    sha = line(found, "commit.hash") or line(found, "links.commit.href").rpartition("/")[2]
    if not name or not sha:
        raise BadPayload("$.commit_status", "names no build or no commit")
    word = line(found, "state")
    status, verb = STATES.get(word, (Status.UNKNOWN, f"reported {word or 'no state'}"))
    branch = line(found, "refname").removeprefix("refs/heads/")
    on_default = delivery.on_default(branch)
    event = delivery.event(f"taskrun.{'started' if status is Status.RUNNING else 'finished'}", verb)
    title = f"{name} {verb} on {delivery.place} {branch or sha[:7]}"
    bad = Severity.MEDIUM if on_default else Severity.LOW
    return [
        replace(
            event,
            title=f"{title} ({delivery.actor})" if delivery.actor else title,
            subject=f"{delivery.place}@{branch or sha[:7]}",
            name=name,
            status=status,
            severity=bad if status is Status.FAILED else Severity.INFO,
            text=line(found, "description"),
            url=link(found, "url") or event.url,
            branch=branch or None,
            on_default_branch=on_default,
            check=name,
            fields=shown({"Branch": branch, "Commit": sha[:HASH]}),
            occurred_at=when(found, "updated_on", "created_on"),
            conversation=commit_thread(delivery.place, sha),
        )
    ]


READERS: Readers = {
    **dict.fromkeys(LIVES, life),
    "repo:fork": fork,
    "repo:commit_comment_created": commit_comment,
    "repo:commit_status_created": commit_status,
    "repo:commit_status_updated": commit_status,
}
KINDS = frozenset(kind for kind, _ in LIVES.values()) | {
    "repository.forked",
    "commit.commented",
    "taskrun.started",
    "taskrun.finished",
}
