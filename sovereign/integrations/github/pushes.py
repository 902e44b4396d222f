"""Branches and tags: what was pushed, what came and what went; and remarks on single commits."""

from __future__ import annotations

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import count, line, link, prose, when
from sovereign.integrations.github._common import NO_COMMIT, Delivery, Readers

COMMITS_SHOWN = 5
QUEUE_BRANCHES = "gh-readonly-queue/"
"""Branches of this name come and go with every merge through GitHub's merge queue."""


def push(delivery: Delivery) -> Event:
    body = delivery.body
    family, name = _named(body.at("ref").text())
    if not name:
        raise BadPayload("$.ref", "names nothing")
    created = body.flag("created") or line(body, "before") == NO_COMMIT
    deleted = body.flag("deleted") or line(body, "after") == NO_COMMIT
    kind = "deleted" if deleted else "created" if created else "updated"
    commits = body.list_at("commits")
    trial = family == "branch" and name.startswith(QUEUE_BRANCHES)
    say = _branch_words if family == "branch" else _tag_words
    did = say(delivery, name, kind, count(len(commits), "commit") if commits else "")
    branch = name if family == "branch" else line(body, "base_ref").removeprefix("refs/heads/")
    return replace(
        delivery.event("mergequeue.pushed" if trial else f"{family}.{kind}", did),
        subject=f"{delivery.place}@{name}",
        text=_listed(commits),
        url=link(body, "compare", "head_commit.url", "repository.html_url"),
        branch=branch or None,
        on_default_branch=family == "branch" and delivery.on_default(name),
        occurred_at=when(body, "head_commit.timestamp"),
    )


def ref(delivery: Delivery) -> Event:
    """`create` and `delete`. GitHub sends a push for each of them too, which tells more."""
    body, did = delivery.body, f"{delivery.type}d"
    name, family = body.at("ref").text(), line(body, "ref_type") or "ref"
    name = " ".join(name.split())
    return replace(
        delivery.event(f"ref.{did}", f"{did} {family} {name} in {delivery.place}"),
        subject=f"{delivery.place}@{name}",
        branch=name if family == "branch" else None,
        on_default_branch=family == "branch" and delivery.on_default(name),
    )


def commit_comment(delivery: Delivery) -> Event:
    comment = delivery.body.at("comment")
    sha = comment.at("commit_id").text()[:7]
    did = "commented" if delivery.action == "created" else f"{delivery.action or 'changed'} a comment"
    path, row = line(comment, "path"), line(comment, "line")
    return replace(
        delivery.event("commit.commented", f"{did} on commit {' '.join(sha.split())} in {delivery.place}"),
        subject=f"{delivery.place}@{sha}",
        text=prose(comment, "body"),
        url=link(comment, "html_url"),
        fields=(("File", f"{path}:{row}" if row else path),) if path else (),
        occurred_at=when(comment, "updated_at", "created_at"),
    )


def _named(full: str) -> tuple[str, str]:
    """`refs/heads/main` as its family and its name."""
    full = " ".join(full.split())
    if full.startswith("refs/tags/"):
        return "tag", full.removeprefix("refs/tags/")
    return "branch", full.removeprefix("refs/heads/")


def _branch_words(delivery: Delivery, name: str, kind: str, commits: str) -> str:
    place = delivery.place
    if kind == "deleted":
        return f"deleted branch {name} in {place}"
    if kind == "created":
        return f"created branch {name} in {place}" + (f" with {commits}" if commits else "")
    verb = "force-pushed" if delivery.body.flag("forced") else "pushed"
    return f"{verb} {commits} to {place} {name}" if commits else f"{verb} to {place} {name}"


def _tag_words(delivery: Delivery, name: str, kind: str, commits: str) -> str:
    verb = {"created": "created", "deleted": "deleted"}.get(kind, "moved")
    return f"{verb} tag {name} in {delivery.place}"


def _listed(commits: list[Payload]) -> str:
    """A line for each of the newest commits: short hash, first line of the message, author."""
    lines = [f"…and {len(commits) - COMMITS_SHOWN} before"] if len(commits) > COMMITS_SHOWN else []
    for commit in commits[-COMMITS_SHOWN:]:
        message = prose(commit, "message").partition("\n")[0].strip() or "no message"
        author = line(commit, "author.username", "author.name")
        lines.append(f"{line(commit, 'id')[:7]} {message}" + (f" ({author})" if author else ""))
    return "\n".join(lines)


READERS: Readers = {"push": push, "create": ref, "delete": ref, "commit_comment": commit_comment}
KINDS = frozenset(
    {
        *(f"{family}.{kind}" for family in ("branch", "tag") for kind in ("created", "updated", "deleted")),
        *("ref.created", "ref.deleted", "commit.commented", "mergequeue.pushed"),
    }
)
