"""Branches and tags of Gitee: what was pushed, what came and what went."""

from __future__ import annotations

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import count, line, link, prose, when
from sovereign.integrations.gitee._common import Delivery, Readers

COMMITS_SHOWN = 5


def push(delivery: Delivery) -> Event:
    body = delivery.body
    ref = line(body, "ref")
    family = "tag" if delivery.type == "tag_push" or ref.startswith("refs/tags/") else "branch"
    name = ref.removeprefix("refs/tags/").removeprefix("refs/heads/")
    if not name:
        raise BadPayload("$.ref", "names nothing")
    kind = _kind(body)
    commits = _newest_first(body) if kind != "deleted" else []
    total = max(body.integer_at("total_commits_count"), len(commits)) if commits else 0
    did = _words(delivery.place, family, name, kind, count(total, "commit") if total else "")
    branch = name if family == "branch" else ""
    event = delivery.event(f"{family}.{kind}", did)
    return replace(
        event,
        subject=f"{delivery.place}@{name}",
        text=_listed(commits, total),
        url=_page(body, commits, kind) or event.url,
        branch=branch or None,
        on_default_branch=delivery.on_default(branch),
        occurred_at=when(body, "timestamp", "head_commit.timestamp"),
    )


def _kind(body: Payload) -> str:
    if body.flag("deleted") or _none(body, "after"):
        return "deleted"
    return "created" if body.flag("created") or _none(body, "before") else "updated"


def _none(body: Payload, side: str) -> bool:
    """Whether there is no commit on this side, which is told by zeros alone."""
    sha = line(body, side)
    return bool(sha) and not sha.strip("0")


def _newest_first(body: Payload) -> list[Payload]:
    """The head says which end of the list is the newer one."""
    commits, head = body.list_at("commits"), line(body, "head_commit.id")
    return commits if not commits or line(commits[0], "id") == head else commits[::-1]


def _words(place: str, family: str, name: str, kind: str, commits: str) -> str:
    if family == "tag":
        return f"{'moved' if kind == 'updated' else kind} tag {name} in {place}"
    if kind == "deleted":
        return f"deleted branch {name} in {place}"
    if kind == "created":
        return f"created branch {name} in {place}" + (f" with {commits}" if commits else "")
    return f"pushed {commits} to {place} {name}" if commits else f"pushed to {place} {name}"


def _page(body: Payload, commits: list[Payload], kind: str) -> str | None:
    """One commit's own page, the comparison of several; nothing compares with what is not there."""
    if len(commits) == 1 and (own := link(commits[0], "url")):
        return own
    return link(body, "compare") if kind == "updated" else link(body, "head_commit.url")


def _listed(commits: list[Payload], total: int) -> str:
    """A line for each of the newest commits, oldest at the top."""
    left = total - min(len(commits), COMMITS_SHOWN)
    lines = [f"…and {left} before"] if left and commits else []
    for commit in reversed(commits[:COMMITS_SHOWN]):
        message = prose(commit, "message").partition("\n")[0].strip() or "no message"
        author = line(commit, "author.username", "author.name")
        lines.append(f"{line(commit, 'id')[:10]} {message}" + (f" ({author})" if author else ""))
    return "\n".join(lines)


READERS: Readers = {"push": push, "tag_push": push}
KINDS = frozenset(
    f"{family}.{kind}" for family in ("branch", "tag") for kind in ("created", "updated", "deleted")
)
