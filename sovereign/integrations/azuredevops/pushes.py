"""Branches and tags of Azure Repos, one event for each; and changesets of its older version control."""

from __future__ import annotations

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import count, line, prose, when
from sovereign.integrations.azuredevops._common import Delivery, Readers, branch_of, page_of

COMMITS_SHOWN = 5


def push(delivery: Delivery) -> list[Event]:
    updates = list(delivery.thing.at("refUpdates").each())
    commits = delivery.thing.list_at("commits") if len(updates) == 1 else []
    who = delivery.thing.get("pushedBy")
    events = [_update(delivery, one, commits, who) for one in updates]
    if events:
        return events
    event = delivery.event("repository.updated", f"pushed to {delivery.place}", who)
    return [replace(event, url=page_of(delivery.thing.get("repository")))]


def checkin(delivery: Delivery) -> list[Event]:
    """A changeset has no branch, and its body no project."""
    found = delivery.thing
    number, comment = line(found, "changesetId"), prose(found, "comment")
    if not number:
        raise BadPayload("$.resource.changesetId", "is missing")
    first = comment.partition("\n")[0].strip()
    did = f"checked in changeset {number}" + (f": {first}" if first else "")
    event = delivery.event("changeset.created", did, found.get("checkedInBy") or found.get("author"))
    at = when(found, "createdDate") or event.occurred_at
    return [replace(event, subject=f"changeset {number}", name=first, text=comment, occurred_at=at)]


def _update(delivery: Delivery, update: Payload, commits: list[Payload], who: Payload | None) -> Event:
    full = line(update, "name")
    tag = full.startswith("refs/tags/")
    name = branch_of(full).removeprefix("refs/tags/")
    if not name:
        raise BadPayload("$.resource.refUpdates", "names neither branch nor tag")
    old, new = (line(update, f"{side}ObjectId").strip("0") for side in ("old", "new"))
    kind = "deleted" if not new else "updated" if old else "created"
    family = "tag" if tag else "branch"
    did = _words(delivery.place, family, name, kind, len(commits))
    return replace(
        delivery.event(f"{family}.{kind}", did, who),
        subject=f"{delivery.place}@{name}",
        text=_listed(commits),
        url=_page(delivery, name, commits, tag=tag, gone=kind == "deleted"),
        branch=None if tag else name,
        on_default_branch=full == line(delivery.thing, "repository.defaultBranch"),
        occurred_at=when(delivery.thing, "date") or delivery.at,
    )


def _words(place: str, family: str, name: str, kind: str, commits: int) -> str:
    if family == "tag" or kind == "deleted":
        return f"{'moved' if kind == 'updated' else kind} {family} {name} in {place}"
    several = count(commits, "commit") if commits else ""
    if kind == "created":
        return f"created branch {name} in {place}" + (f" with {several}" if several else "")
    return f"pushed {several} to {place} {name}" if several else f"pushed to {place} {name}"


def _page(delivery: Delivery, name: str, commits: list[Payload], *, tag: bool, gone: bool) -> str | None:
    """One commit's own page, that of the branch or the tag, or the repository's."""
    page = page_of(delivery.thing.get("repository"))
    if not page or gone or " " in name:
        return page
    if len(commits) == 1 and (sha := line(commits[0], "commitId")).isalnum():
        return f"{page}/commit/{sha}"
    return f"{page}?version={'GT' if tag else 'GB'}{name}"


def _listed(commits: list[Payload]) -> str:
    """A line for each of the newest commits, which come first, oldest at the top."""
    left = len(commits) - COMMITS_SHOWN
    lines = [f"…and {left} before"] if left > 0 else []
    for commit in reversed(commits[:COMMITS_SHOWN]):
        message = prose(commit, "comment").partition("\n")[0].strip() or "no message"
        author = line(commit, "author.name")
        lines.append(f"{line(commit, 'commitId')[:8]} {message}" + (f" ({author})" if author else ""))
    return "\n".join(lines)


READERS: Readers = {"git.push": push, "tfvc.checkin": checkin}
KINDS = frozenset(
    f"{family}.{kind}" for family in ("branch", "tag") for kind in ("created", "updated", "deleted")
) | {"repository.updated", "changeset.created"}
