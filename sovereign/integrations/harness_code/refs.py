"""Branches and tags of Harness Code, and its merge queue."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import count, line, prose, shown, when
from sovereign.integrations.harness_code.changes import event_of

REFS: Mapping[str, tuple[str, str]] = {
    f"{family}_{did}": (f"{family}.{did}", verb)
    for family in ("branch", "tag")
    for did, verb in (("created", "created"), ("updated", "moved"), ("deleted", "deleted"))
}
QUEUE: Mapping[str, tuple[str, str]] = {
    "merge_queue_checks_requested": ("mergequeue.entered", "tries {commit} in the merge queue of {branch}"),
    "merge_queue_checks_canceled": ("mergequeue.left", "took {commit} out of the merge queue of {branch}"),
}


def of_ref(payload: Payload, trigger: str, place: str) -> Event:
    kind, verb = REFS[trigger]
    family = kind.partition(".")[0]
    name = line(payload, "ref.name").removeprefix("refs/heads/").removeprefix("refs/tags/")
    if not name:
        raise BadPayload("$.ref.name", "is missing")
    branch = name if family == "branch" else ""
    commits = payload.list_at("commits")
    total = len(commits)
    told = f"{verb} {family} {name} in {place}"
    if kind == "branch.updated":
        told = f"pushed {count(total, 'commit')} to {place} {name}" if total else f"pushed to {place} {name}"
        told = f"force-{told}" if line(payload, "forced") == "true" else told
    messages = [prose(one, "message").partition("\n")[0] for one in commits[:5]]
    lines = [f"{line(one, 'sha')[:7]} {text}" for one, text in zip(commits[:5], messages, strict=True)]
    return replace(
        event_of(payload, kind, place, told),
        subject=f"{place}@{name}",
        text="\n".join(lines) or prose(payload, "head_commit.message").partition("\n")[0],
        branch=branch or None,
        on_default_branch=bool(branch) and branch == line(payload, "repo.default_branch"),
        fields=shown({"Commit": line(payload, "sha")[:7].strip("0")}),
        occurred_at=when(payload, "head_commit.committer.when") if not kind.endswith("deleted") else None,
    )


def of_queue(payload: Payload, trigger: str, place: str) -> Event:
    kind, did = QUEUE[trigger]
    branch, sha = line(payload, "branch"), line(payload, "commit_sha")
    where = f"{place} {branch}".strip()
    told = did.format(commit=f"commit {sha[:7]}" if sha else "a commit", branch=where)
    return replace(
        event_of(payload, kind, place, told), subject=where.replace(" ", "@"), branch=branch or None
    )
