"""What build servers have in common: their runs in words, and the change that a run is a check of."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sovereign.core.errors import BadPayload
from sovereign.core.ids import digest
from sovereign.domain.events import FINISHED, Event, Severity, Status
from sovereign.integrations._reading import duration, shown
from sovereign.integrations._source import Headers, Transmission, by_body

RUN, TASK = "pipelinerun", "taskrun"
VERBS: Mapping[Status, str] = {
    Status.QUEUED: "is queued",
    Status.RUNNING: "is running",
    Status.SUCCEEDED: "passed",
    Status.FAILED: "failed",
    Status.CANCELLED: "was cancelled",
    Status.SKIPPED: "was skipped",
}
DEFAULT_BRANCHES = frozenset({"main", "master", "trunk"})
"""Taken for the default branch where a sender does not say which one is."""
MOST_FIELDS = 6
SAID_AGAIN = timedelta(hours=1)
"""How long the same word about the same run is a repeat."""

_HOSTS = ("github", "gitlab", "bitbucket")
_ADDRESS = re.compile(
    r"(?:[a-z+]+://)?(?:[^@/\s]+@)?(?P<host>[^@:/\s]+)(?::\d+)?[:/]+(?P<path>[^\s?#]+)", re.IGNORECASE
)
_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_BITBUCKET_HASH = 12
"""Bitbucket Cloud's webhooks shorten the commits of pull requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """
    source  slug of the sender
    family  RUN, or TASK for a part of one
    name    of the pipeline or the job: one line is kept for each on a change
    number  what people call this run by: `42`, `2.0.59`
    id      what names the run among all of the sender's
    verb    what it did, where the status alone does not say it well
    phase   queued, started or finished, where the status alone does not say it
    address of the repository: any spelling that git takes, or a page of it
    repo    `owner/name`, where no address says it
    project what the sender calls the thing that it builds; told where there is no repository
    sha     the commit that was built; `head` where it is the head of a branch, not the trial of a merge
    pull    number of the pull request that it runs for
    default whether `branch` is the default one; None where the sender does not say
    """

    source: str
    family: str = RUN
    name: str
    number: str = ""
    id: str = ""
    status: Status
    verb: str = ""
    phase: str = ""
    address: str = ""
    repo: str = ""
    project: str = ""
    branch: str = ""
    sha: str = ""
    head: bool = True
    pull: str = ""
    default: bool | None = None
    actor: str = ""
    avatar: str | None = None
    text: str = ""
    url: str | None = None
    length: float | None = None
    at: datetime | None = None
    more: Mapping[str, str] = field(default_factory=dict)


def event_of(build: Build) -> Event:
    """Raises BadPayload for a build that has no name, or of which nobody can tell what was built."""
    host, path = hosted(build.address)
    place = path or build.repo or build.project
    if not build.name or not place:
        raise BadPayload("$", "does not say what was built")
    pull = build.pull if build.pull.isalnum() and build.pull != "0" else ""
    on_default = not pull and (build.branch in DEFAULT_BRANCHES if build.default is None else build.default)
    from_none = not pull and not build.branch and build.default is None
    where = f"{place}#{pull}" if pull else f"{place} {build.branch or build.sha[:7]}".strip()
    verb = build.verb or VERBS.get(build.status) or "reported no state that is known"
    number = f"#{build.number}" if build.number.isdigit() else build.number
    run = " ".join(filter(None, (build.name, number)))
    title = f"{run} {verb} on {where}" if where != build.name else f"{run} {verb}"
    thread, alias = _threads(host, place, build.sha if build.head else "", pull)
    alone = f"{build.source}:{digest(place, build.id)}" if build.id else None
    return Event(
        source=build.source,
        kind=f"{build.family}.{build.phase or phase_of(build.status)}",
        subject=where.replace(" ", "@"),
        name=build.name,
        title=f"{title} ({build.actor})" if build.actor else title,
        text=build.text,
        status=build.status,
        severity=_severity(build.status, on_default or from_none),
        url=build.url,
        actor=build.actor or None,
        avatar=build.avatar if build.avatar and build.avatar.startswith("https://") else None,
        service=None if path or build.repo else build.project or None,
        repo=path or build.repo or None,
        branch=build.branch or None,
        on_default_branch=on_default,
        check=build.name if thread or build.family == TASK else None,
        fields=_fields(build, place),
        occurred_at=build.at,
        conversation=thread or alone,
        aliases=(alias,) if thread and alias else (),
    )


def kinds(family: str, *phases: str) -> frozenset[str]:
    return frozenset(f"{family}.{phase}" for phase in phases)


def phase_of(status: Status) -> str:
    return {Status.QUEUED: "queued", Status.RUNNING: "started"}.get(status, "finished")


def hosted(address: str) -> tuple[str, str]:
    """Which kind of code host an address is of, and `owner/name` there; each empty where it is not told."""
    found = _ADDRESS.fullmatch(address.strip())
    if found is None:
        return "", ""
    path = found["path"].strip("/").removesuffix(".git")
    if "/" not in path or "." not in found["host"]:
        return "", ""
    host = next((name for name in _HOSTS if name in found["host"].lower()), "")
    return host, path if host == "gitlab" else "/".join(path.split("/")[:2])


def by_run(
    named: Callable[[Headers, bytes], tuple[str, ...]], window: timedelta | None = SAID_AGAIN
) -> Callable[[Headers, bytes], Transmission]:
    """For senders without a delivery id in a header: what `named` finds, the run and what is said of it,
    names the transmission. It may raise BadPayload, or leave a part empty: then the body's hash must do."""

    def transmission(headers: Headers, body: bytes) -> Transmission:
        try:
            said = named(headers, body)
        except BadPayload:
            said = ()
        if not all(said) or not said:
            return by_body(headers, body)
        return Transmission(key=f"run:{digest(*said)}", window=window)

    return transmission


def _threads(host: str, place: str, sha: str, pull: str) -> tuple[str, str]:
    """The conversation of the change or the commit, in the words of its code host, and the commit's name."""
    commit = sha.lower() if host and _HASH.fullmatch(sha.lower()) else ""
    commit = commit[:_BITBUCKET_HASH] if host == "bitbucket" else commit
    alias = f"{host}:{place}@{commit}" if commit else ""
    mark = "!" if host == "gitlab" else "#"
    return (f"{host}:{place}{mark}{pull}", alias) if host and pull else (alias, "")


def _severity(status: Status, shared: bool) -> Severity:
    """A broken default branch, or what is built from none, stops everybody; a broken change its author."""
    if status is not Status.FAILED:
        return Severity.INFO
    return Severity.MEDIUM if shared else Severity.LOW


def _fields(build: Build, place: str) -> tuple[tuple[str, str], ...]:
    said = (place, place.rpartition("/")[2], build.name)
    found = {
        "Branch": build.branch,
        "Commit": build.sha[:7],
        "Duration": duration(build.length) if build.status in FINISHED else "",
        "Project": build.project if build.project not in said else "",
        **build.more,
    }
    return shown(found)[:MOST_FIELDS]


def without_origin(branch: str) -> str:
    """`origin/main` and `refs/heads/main` as people call the branch."""
    return branch.removeprefix("refs/heads/").removeprefix("refs/remotes/").removeprefix("origin/")
