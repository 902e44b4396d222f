"""Branches and tags of RhodeCode, one event for each that a push has moved.

Whether a branch is new is not said. What has come or gone without a commit stands among the commits.
"""

from __future__ import annotations

from collections.abc import Sequence

from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import count, line, link, prose
from sovereign.integrations.rhodecode._common import Delivery, Readers

COMMITS_SHOWN = 5
TAG, DELETED = "tag=>", "delete_branch=>"
"""What stands before a name in the place of a commit's hash, where there is no commit."""
MOVING = "tip"
"""Mercurial's tag for whatever is newest."""


def push(delivery: Delivery) -> list[Event]:
    found = delivery.body.at("push")
    listed = found.list_at("commits")
    commits = [one for one in listed if not line(one, "raw_id").startswith((TAG, DELETED))]
    gone, tagged = _named(listed, DELETED), _named(listed, TAG)
    branches, tags = _links(found, "branches"), _links(found, "tags")
    moved = dict.fromkeys([*branches, *(line(commit, "branch") for commit in commits)])
    groups = {name: [one for one in commits if line(one, "branch") == name] for name in moved}
    events = [
        *(
            _of_branch(delivery, name, of, branches.get(name))
            for name, of in groups.items()
            if of or name not in gone
        ),
        *(
            _of_tag(delivery, name, tags.get(name))
            for name in dict.fromkeys([*tags, *tagged])
            if name != MOVING
        ),
        *(_of_deleted(delivery, name) for name in gone),
    ]
    return events or [delivery.event("repository.updated", f"pushed to {delivery.place}")]


def _named(listed: Sequence[Payload], before: str) -> list[str]:
    ids = [line(one, "raw_id") for one in listed]
    return list(
        dict.fromkeys(name for id in ids if id.startswith(before) and (name := id.removeprefix(before)))
    )


def _links(found: Payload, key: str) -> dict[str, str | None]:
    return {name: link(one, "url") for one in found.list_at(key) if (name := line(one, "name"))}


def _of_branch(delivery: Delivery, branch: str, commits: Sequence[Payload], page: str | None) -> Event:
    total = f" {count(len(commits), 'commit')}" if commits else ""
    event = delivery.event("branch.updated", f"pushed{total} to {delivery.place} {branch}".strip())
    own = link(commits[0], "url", "permalink_url") if len(commits) == 1 else None
    return replace(
        event,
        subject=f"{delivery.place}@{branch}" if branch else delivery.place,
        text=_listed(commits),
        url=own or page or event.url,
        branch=branch or None,
        on_default_branch=delivery.on_default(branch),
    )


def _of_tag(delivery: Delivery, tag: str, page: str | None) -> Event:
    event = delivery.event("tag.created", f"pushed tag {tag} to {delivery.place}")
    return replace(event, subject=f"{delivery.place}@{tag}", url=page or event.url)


def _of_deleted(delivery: Delivery, branch: str) -> Event:
    event = delivery.event("branch.deleted", f"deleted branch {branch} in {delivery.place}")
    return replace(
        event,
        subject=f"{delivery.place}@{branch}",
        branch=branch,
        on_default_branch=delivery.on_default(branch),
    )


def _listed(commits: Sequence[Payload]) -> str:
    """A line for each of the last commits: short hash, first line of the message, author."""
    left = len(commits) - COMMITS_SHOWN
    lines = [f"…and {left} before"] if left > 0 else []
    for commit in commits[-COMMITS_SHOWN:]:
        message = prose(commit, "message").partition("\n")[0].strip() or "no message"
        author = line(commit, "author").partition(" <")[0]
        sha = line(commit, "raw_id", "short_id")[:10]
        lines.append(f"{sha} {message}" + (f" ({author})" if author else ""))
    return "\n".join(lines)


READERS: Readers = {"repo-push": push}
KINDS = frozenset({"branch.updated", "branch.deleted", "tag.created", "repository.updated"})
