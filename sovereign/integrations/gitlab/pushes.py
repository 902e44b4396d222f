"""Branches and tags: what was pushed, what came and what went."""

from __future__ import annotations

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import count, line, link, prose, when
from sovereign.integrations.gitlab._common import NO_COMMIT, Delivery, Readers

COMMITS_SHOWN = 5


def push(delivery: Delivery) -> Event:
    body, full = delivery.body, line(delivery.body, "ref")
    family = "tag" if full.startswith("refs/tags/") or delivery.type == "tag_push" else "branch"
    name = full.removeprefix("refs/tags/").removeprefix("refs/heads/")
    if not name:
        raise BadPayload("$.ref", "names nothing")
    before, after = line(body, "before"), line(body, "after")
    kind = "deleted" if after == NO_COMMIT else "created" if before == NO_COMMIT else "updated"
    commits = body.list_at("commits")
    total = max(body.integer_at("total_commits_count"), len(commits))
    did = _words(delivery, family, name, kind, count(total, "commit") if total else "")
    return replace(
        delivery.event(f"{family}.{kind}", did),
        subject=f"{delivery.place}@{name}",
        text=prose(body, "message") if family == "tag" else _listed(commits, total),
        url=_page(delivery, before, after, kind, commits),
        branch=name if family == "branch" else None,
        on_default_branch=family == "branch" and delivery.on_default(name),
        occurred_at=when(commits[-1], "timestamp") if commits and kind == "updated" else None,
    )


def repository_update(delivery: Delivery) -> Event:
    """What an instance's own hooks say of every push, beside the push itself."""
    refs = [one.scalar() for one in delivery.body.list_at("refs")]
    did = f"pushed {count(len(refs), 'ref')} to {delivery.place}"
    return replace(delivery.event("repository.updated", did), text="\n".join(refs))


def _words(delivery: Delivery, family: str, name: str, kind: str, commits: str) -> str:
    place = delivery.place
    if family == "tag":
        return f"{'moved' if kind == 'updated' else kind} tag {name} in {place}"
    if kind == "deleted":
        return f"deleted branch {name} in {place}"
    if kind == "created":
        return f"created branch {name} in {place}" + (f" with {commits}" if commits else "")
    return f"pushed {commits} to {place} {name}" if commits else f"pushed to {place} {name}"


def _page(delivery: Delivery, before: str, after: str, kind: str, commits: list[Payload]) -> str | None:
    """One commit's own page, the comparison of several, or the project's."""
    page = link(delivery.body, "project.web_url", "repository.homepage")
    if len(commits) == 1 and (own := link(commits[0], "url")):
        return own
    if page and kind == "updated" and before.isalnum() and after.isalnum():
        return f"{page}/-/compare/{before}...{after}"
    return page


def _listed(commits: list[Payload], total: int) -> str:
    """A line for each of the newest commits: short hash, first line of the message, author."""
    left = total - min(len(commits), COMMITS_SHOWN)
    lines = [f"…and {left} before"] if left and commits else []
    for commit in commits[-COMMITS_SHOWN:]:
        message = prose(commit, "message").partition("\n")[0].strip() or "no message"
        author = line(commit, "author.name")
        lines.append(f"{line(commit, 'id')[:8]} {message}" + (f" ({author})" if author else ""))
    return "\n".join(lines)


READERS: Readers = {"push": push, "tag_push": push, "repository_update": repository_update}
KINDS = frozenset(
    f"{family}.{kind}" for family in ("branch", "tag") for kind in ("created", "updated", "deleted")
) | {"repository.updated"}
