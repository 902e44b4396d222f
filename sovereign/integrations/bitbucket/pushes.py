"""Branches and tags of Bitbucket Cloud: what was pushed, what came and what went; one event for each."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import count, line, link, prose, when
from sovereign.integrations.bitbucket._common import Delivery, Readers, name_of

COMMITS_SHOWN = 5
"""Bitbucket names the newest first, seldom more than these, and says where it left some out."""


def push(delivery: Delivery) -> list[Event]:
    changes = [_change(delivery, one) for one in delivery.body.at("push", "changes").each()]
    return changes or [_of_nothing(delivery)]


def old_push(delivery: Delivery) -> list[Event]:
    """The POST service of old: commits, oldest first, with their branches; none after a push by force."""
    commits = delivery.body.list_at("commits")[::-1]
    branches = dict.fromkeys(name for commit in commits if (name := line(commit, "branch")))
    if not commits:
        return [_of_nothing(delivery)]
    if len(branches) <= 1:  # commits below the tip may name no branch
        return [_of_old(delivery, next(iter(branches), ""), commits)]
    return [_of_old(delivery, one, [c for c in commits if line(c, "branch") == one]) for one in branches]


def old_delivery(body: Payload) -> Delivery:
    """Who and where, as the POST service says it."""
    body.require_object()
    place = line(body, "repository.absolute_url").strip("/") or line(body, "repository.name")
    if not place:
        raise BadPayload("$.repository.absolute_url", "is missing")
    return Delivery(
        body=body,
        type="repo:push",
        actor=line(body, "user"),
        avatar=None,
        repo=place,
        place=place,
        default_branch="",
    )


def _change(delivery: Delivery, change: Payload) -> Event:
    old, new = change.get("old"), change.get("new")
    thing = new or old
    name = line(thing, "name")
    if not name:
        raise BadPayload("$.push.changes", "names neither branch nor tag")
    family = "tag" if line(thing, "type") == "tag" else "branch"
    kind = "deleted" if not new else "updated" if old else "created"
    commits = change.list_at("commits")
    total = count(len(commits), "commit") if commits else ""
    if total and change.flag("truncated"):
        total = f"more than {total}"
    did = _words(delivery.place, family, name, kind, total, forced=change.flag("forced"))
    branch = name if family == "branch" else ""
    return replace(
        delivery.event(f"{family}.{kind}", did),
        subject=f"{delivery.place}@{name}",
        text=_listed(commits) if kind == "updated" or branch else prose(new, "message"),
        url=link(change, "links.html.href") or link(new, "links.html.href") or _page(delivery),
        branch=branch or None,
        on_default_branch=delivery.on_default(branch),
        occurred_at=when(new, "date", "target.date"),
    )


def _of_old(delivery: Delivery, branch: str, commits: list[Payload]) -> Event:
    authors = list(dict.fromkeys(_author(commit) for commit in commits))
    by = f" by {authors[0]}" if not delivery.actor and len(authors) == 1 and authors[0] else ""
    did = f"pushed {count(len(commits), 'commit')}{by} to {delivery.place} {branch}".strip()
    event = delivery.event("branch.updated", did)
    return replace(
        event,
        subject=f"{delivery.place}@{branch}" if branch else delivery.place,
        text=_listed(commits),
        url=_page(delivery),
        branch=branch or None,
        occurred_at=when(commits[0], "utctimestamp", "timestamp"),
    )


def _of_nothing(delivery: Delivery) -> Event:
    """Bitbucket tells of pushes that changed no branch and no tag that it shows."""
    event = delivery.event("repository.updated", f"pushed to {delivery.place}")
    return replace(event, url=_page(delivery))


def _words(place: str, family: str, name: str, kind: str, commits: str, *, forced: bool) -> str:
    if family == "tag":
        return f"{'moved' if kind == 'updated' else kind} tag {name} in {place}"
    if kind == "deleted":
        return f"deleted branch {name} in {place}"
    if kind == "created":
        return f"created branch {name} in {place}" + (f" with {commits}" if commits else "")
    verb = "force-pushed" if forced else "pushed"
    return f"{verb} {commits} to {place} {name}" if commits else f"{verb} to {place} {name}"


def _page(delivery: Delivery) -> str | None:
    page, site = link(delivery.body, "repository.links.html.href"), link(delivery.body, "canon_url")
    return page or (f"{site.rstrip('/')}/{delivery.place}" if site else None)


def _listed(commits: list[Payload]) -> str:
    """A line for each commit, the newest last: short hash, first line of the message, author."""
    left = len(commits) - COMMITS_SHOWN
    lines = [f"…and {left} before"] if left > 0 else []
    for commit in reversed(commits[:COMMITS_SHOWN]):
        message = prose(commit, "message").partition("\n")[0].strip() or "no message"
        author = _author(commit)
        sha = line(commit, "hash", "raw_node", "node")[:7]
        lines.append(f"{sha} {message}" + (f" ({author})" if author else ""))
    return "\n".join(lines)


def _author(commit: Payload) -> str:
    """The account, or the name that git knows, without its address."""
    found = commit.get("author")
    if found and isinstance(found.raw, Mapping):
        return name_of(found.get("user")) or line(found, "raw").partition(" <")[0]
    return line(commit, "author")


READERS: Readers = {"repo:push": push}
KINDS = frozenset(
    f"{family}.{kind}" for family in ("branch", "tag") for kind in ("created", "updated", "deleted")
) | {"repository.updated"}
