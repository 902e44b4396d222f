"""What came into a repository: pushes of Git, commits of Subversion, branches and tags."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations._builds import DEFAULT_BRANCHES
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import count, line, prose
from sovereign.integrations.beanstalk._common import event_of, moment_of, page, place_of

REFS: Mapping[str, tuple[str, str]] = {
    f"{verb}_{family}": (family, f"{verb}d") for verb in ("create", "delete") for family in ("branch", "tag")
}
"""By trigger: what it was, and what was done to it."""
COMMITS_SHOWN = 5


def push(found: Payload) -> Event:
    full = line(found, "ref") or line(found, "branch")
    family = "tag" if full.startswith("refs/tags/") else "branch"
    name = full.removeprefix("refs/tags/").removeprefix("refs/heads/")
    if not name:
        raise BadPayload("$.ref", "names nothing")
    place, commits = place_of(found), found.list_at("commits")
    kind = "deleted" if _none(found, "after") else "created" if _none(found, "before") else "updated"
    large = found.flag("push_is_too_large")
    several = count(len(commits), "commit") if commits and not large else ""
    if family == "tag" or kind == "deleted":
        did = f"{'moved' if kind == 'updated' else kind} {family} {name} in {place}"
    elif kind == "created":
        did = f"created branch {name} in {place}" + (f" with {several}" if several else "")
    else:
        did = f"pushed {several} to {place} {name}" if several else f"pushed to {place} {name}"
    event = event_of(found, f"{family}.{kind}", did)
    return replace(
        event,
        subject=f"{place}@{name}",
        text=_listed(commits, large),
        url=(page(commits[0]) if len(commits) == 1 else None) or event.url,
        branch=name if family == "branch" else None,
        on_default_branch=family == "branch" and name in DEFAULT_BRANCHES,
        occurred_at=moment_of(commits[-1], "committed_at", "timestamp") if commits else None,
    )


def _none(found: Payload, side: str) -> bool:
    sha = line(found, side)
    return bool(sha) and not sha.strip("0")


def _listed(commits: list[Payload], more: bool) -> str:
    """A line for each of the newest commits, which come last."""
    left = len(commits) - COMMITS_SHOWN
    lines = [f"…and {left} before"] if left > 0 else []
    for one in commits[-COMMITS_SHOWN:]:
        message = prose(one, "message").partition("\n")[0].strip() or "no message"
        author = line(one, "author.name")
        lines.append(f"{line(one, 'id')[:10]} {message}" + (f" ({author})" if author else ""))
    return "\n".join([*lines, "The push was too large to be told in full."] if more else lines)


def commit(found: Payload) -> Event:
    """One of Subversion's, which has revisions and perhaps a branch."""
    place, branch = place_of(found), line(found, "branch")
    number = line(found, "revision", "id")
    revision = f"r{number}" if number else "a revision"
    kind = "branch.updated" if branch else "repository.updated"
    return replace(
        event_of(found, kind, f"committed {revision} to {place} {branch}".strip()),
        subject=f"{place}@{branch or revision}",
        text=prose(found, "message"),
        branch=branch or None,
        occurred_at=moment_of(found, "committed_at", "time"),
    )


def ref(found: Payload, family: str, did: str) -> Event:
    name = line(found, "name", family, "ref").removeprefix("refs/heads/").removeprefix("refs/tags/")
    place = place_of(found)
    what = f"{family} {name}" if name else f"a {family}"
    return replace(
        event_of(found, f"{family}.{did}", f"{did} {what} in {place}"),
        subject=f"{place}@{name}" if name else place,
        branch=name if name and family == "branch" else None,
    )
