"""Branches and tags: what was pushed, what came and what went."""

from __future__ import annotations

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations._gitea._common import Delivery, Readers, gone
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import count, line, link, prose, when

COMMITS_SHOWN = 5


def push(delivery: Delivery) -> Event:
    body = delivery.body
    family, name = _named(line(body, "ref"), "branch")
    kind = "deleted" if _none(body, "after") else "created" if _none(body, "before") else "updated"
    commits = body.list_at("commits")
    total = max(body.integer_at("total_commits"), len(commits))
    did = _words(delivery, family, name, kind, count(total, "commit") if total else "")
    return replace(
        delivery.event(f"{family}.{kind}", did),
        subject=f"{delivery.place}@{name}",
        text=_listed(commits, total),
        url=_page(delivery, commits),
        branch=name if family == "branch" else None,
        on_default_branch=family == "branch" and delivery.on_default(name),
        occurred_at=when(body, "head_commit.timestamp")
        or (when(commits[0], "timestamp") if commits else None),
    )


def ref(delivery: Delivery) -> Event:
    """`create` and `delete`. A new branch is told by a push too, a deleted one by nothing else."""
    body, did = delivery.body, f"{delivery.type}d"
    family, name = _named(line(body, "ref"), line(body, "ref_type") or "branch")
    tag, place = family == "tag", delivery.place
    pushed = delivery.flavour.pushes_tags if tag else did == "created"
    return replace(
        delivery.event(f"{'ref' if pushed else family}.{did}", f"{did} {family} {name} in {place}"),
        subject=f"{place}@{name}",
        branch=None if tag else name,
        on_default_branch=not tag and delivery.on_default(name),
    )


def _named(full: str, family: str) -> tuple[str, str]:
    """`refs/heads/main` as its family and its name; BadPayload where it has none."""
    name = full.removeprefix("refs/tags/").removeprefix("refs/heads/")
    if not name:
        raise BadPayload("$.ref", "names nothing")
    return "tag" if full.startswith("refs/tags/") or family == "tag" else "branch", name


def _none(body: Payload, side: str) -> bool:
    return body.get(side) is not None and gone(line(body, side))


def _words(delivery: Delivery, family: str, name: str, kind: str, commits: str) -> str:
    place = delivery.place
    if family == "tag":
        return f"{'moved' if kind == 'updated' else kind} tag {name} in {place}"
    if kind == "deleted":
        return f"deleted branch {name} in {place}"
    if kind == "created":
        return f"created branch {name} in {place}" + (f" with {commits}" if commits else "")
    return f"pushed {commits} to {place} {name}" if commits else f"pushed to {place} {name}"


def _page(delivery: Delivery, commits: list[Payload]) -> str | None:
    """One commit's own page, the comparison of several, or the repository's."""
    if len(commits) == 1 and (own := link(commits[0], "url")):
        return own
    return link(delivery.body, "compare_url", "head_commit.url", "repository.html_url")


def _listed(commits: list[Payload], total: int) -> str:
    """A line for each of the newest commits, which come first, oldest at the top."""
    left = total - min(len(commits), COMMITS_SHOWN)
    lines = [f"…and {left} before"] if left and commits else []
    for commit in reversed(commits[:COMMITS_SHOWN]):
        message = prose(commit, "message").partition("\n")[0].strip() or "no message"
        author = line(commit, "author.username", "author.name")
        lines.append(f"{line(commit, 'id')[:10]} {message}" + (f" ({author})" if author else ""))
    return "\n".join(lines)


READERS: Readers = {"push": push, "create": ref, "delete": ref}
KINDS = frozenset(
    {
        *("branch.created", "branch.updated", "branch.deleted", "ref.created", "ref.deleted"),
        *("tag.created", "tag.updated", "tag.deleted"),
    }
)
