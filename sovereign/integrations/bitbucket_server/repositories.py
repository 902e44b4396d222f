"""Repositories of Bitbucket Data Center: pushes, forks, remarks on commits, and secrets found in these."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import count, line, prose, shown
from sovereign.integrations.bitbucket_server._common import Delivery, Readers, name_of, path_of

COMMITS_SHOWN = 5
KINDS_OF_CHANGE = {"ADD": "created", "UPDATE": "updated", "DELETE": "deleted"}
COMMENTS: Mapping[str, tuple[str, str]] = {
    "repo:comment:added": ("commit.commented", "commented on"),
    "repo:comment:edited": ("comment.updated", "edited a comment on"),
    "repo:comment:deleted": ("comment.updated", "deleted a comment on"),
}


def push(delivery: Delivery) -> list[Event]:
    changes = delivery.body.list_at("changes")
    commits = delivery.body.list_at("commits") if len(changes) == 1 else []
    events = [_change(delivery, one, commits) for one in changes]
    return events or [delivery.event("repository.updated", f"pushed to {delivery.place}")]


def mirrored(delivery: Delivery) -> list[Event]:
    name = line(delivery.body, "mirrorServer.name")
    mirror = f"the mirror {name}" if name else "a mirror"
    return [delivery.event("repository.updated", f"{mirror} synchronized {delivery.place}")]


def fork(delivery: Delivery) -> list[Event]:
    origin = delivery.body.at("repository").get("origin")
    name = path_of(origin) if origin else ""
    event = delivery.event("repository.forked", f"forked {name or 'a repository'} to {delivery.place}")
    return [replace(event, name=name)]


def renamed(delivery: Delivery) -> list[Event]:
    """Of a repository or a project: `old` and `new`, of which the names may differ."""
    old, new = delivery.body.get("old"), delivery.body.at("new")
    was, is_now = line(old, "name"), line(new, "name")
    noun = "project" if delivery.type.startswith("proj") else "repository"
    did = f"changed the {noun} {delivery.place}"
    if was and was != is_now:
        did = f"renamed the {noun} {was} to {is_now}" + ("" if noun == "project" else f" ({delivery.place})")
    event = delivery.event("repository.modified", did)
    return [replace(event, name=is_now, text=prose(new, "description"))]


def commit_comment(delivery: Delivery) -> list[Event]:
    sha = line(delivery.body, "commit")[:11]
    if not sha:
        raise BadPayload("$.commit", "is missing")
    kind, did = COMMENTS[delivery.type]
    event = delivery.event(kind, f"{did} commit {sha} in {delivery.place}")
    text = prose(delivery.body.at("comment"), "text") if kind == "commit.commented" else ""
    return [replace(event, subject=f"{delivery.place}@{sha}", text=text)]


def secret_detected(delivery: Delivery) -> list[Event]:
    """Each place names its repository; all are of one push, so of one repository."""
    found = list(delivery.body.at("secretLocations").each())
    repository = found[0].get("repository") if found else None
    place = (path_of(repository) if repository else "") or delivery.place
    where = [f"{path}:{line(one, 'line')}".rstrip(":") for one in found if (path := line(one, "path"))]
    did = f"pushed {count(len(found), 'secret') if found else 'a secret'} to {place}"
    fields = {
        "Commit": line(found[0], "commitId")[:11] if found else "",
        "Rule": ", ".join(dict.fromkeys(name for one in found if (name := line(one, "ruleName")))),
    }
    here = replace(delivery, place=place, repo=place if "/" in place else None)
    return [
        replace(
            here.event("vulnerability.detected", did),
            status=Status.OPEN,
            severity=Severity.HIGH,
            text="\n".join(where),
            fields=shown(fields),
        )
    ]


def ping(delivery: Delivery) -> list[Event]:
    return [delivery.event("ping.received", "Bitbucket tried this webhook")]


def _change(delivery: Delivery, change: Payload, commits: list[Payload]) -> Event:
    full, word = line(change, "ref.id", "refId"), line(change, "type")
    name = line(change, "ref.displayId") or full.removeprefix("refs/heads/").removeprefix("refs/tags/")
    if not name:
        raise BadPayload("$.changes", "names neither branch nor tag")
    tag = line(change, "ref.type") == "TAG" or full.startswith("refs/tags/")
    kind = KINDS_OF_CHANGE.get(word, "updated")
    family = "tag" if tag else "branch"
    return replace(
        delivery.event(f"{family}.{kind}", _words(delivery.place, family, name, kind, len(commits))),
        subject=f"{delivery.place}@{name}",
        text=_listed(commits),
        branch=None if tag else name,
    )


def _words(place: str, family: str, name: str, kind: str, commits: int) -> str:
    if family == "tag" or kind == "deleted":
        return f"{'moved' if kind == 'updated' else kind} {family} {name} in {place}"
    several = count(commits, "commit") if commits else ""
    if kind == "created":
        return f"created branch {name} in {place}" + (f" with {several}" if several else "")
    return f"pushed {several} to {place} {name}" if several else f"pushed to {place} {name}"


def _listed(commits: list[Payload]) -> str:
    """A line for each of the newest commits, which come first, oldest at the top."""
    left = len(commits) - COMMITS_SHOWN
    lines = [f"…and {left} before"] if left > 0 else []
    for commit in reversed(commits[:COMMITS_SHOWN]):
        message = prose(commit, "message").partition("\n")[0].strip() or "no message"
        author = name_of(commit.get("author"))
        sha = line(commit, "displayId") or line(commit, "id")[:11]
        lines.append(f"{sha} {message}" + (f" ({author})" if author else ""))
    return "\n".join(lines)


READERS: Readers = {
    "repo:refs_changed": push,
    "mirror:repo_synchronized": mirrored,
    "repo:forked": fork,
    "repo:modified": renamed,
    "project:modified": renamed,
    "proj:modified": renamed,
    **dict.fromkeys(COMMENTS, commit_comment),
    "repo:secret_detected": secret_detected,
    "diagnostics:ping": ping,
}
KINDS = frozenset(
    {
        *(f"{family}.{kind}" for family in ("branch", "tag") for kind in KINDS_OF_CHANGE.values()),
        *("repository.updated", "repository.modified", "repository.forked"),
        *("commit.commented", "comment.updated", "vulnerability.detected", "ping.received"),
    }
)
