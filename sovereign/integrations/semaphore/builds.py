"""Pipelines of Semaphore, and the builds of Semaphore Classic."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.domain.events import Status
from sovereign.integrations._builds import Build
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import between, line, link, prose, when

RESULTS: Mapping[str, Status] = {
    "passed": Status.SUCCEEDED,
    "failed": Status.FAILED,
    "stopped": Status.CANCELLED,
    "canceled": Status.CANCELLED,
    "skipped": Status.SKIPPED,
    "pending": Status.RUNNING,
}
REASONS: Mapping[str, str] = {
    "malformed": "could not be read",
    "stuck": "got stuck",
    "timeout": "timed out",
    "internal": "failed for a fault of Semaphore's",
}


def of_pipeline(payload: Payload) -> Build:
    run, revision = payload.at("pipeline"), payload.get("revision")
    pull = line(revision, "pull_request.number")
    start, end = when(run, "running_at", "created_at"), when(run, "done_at")
    word, reason = line(run, "result"), line(run, "result_reason")
    project = line(payload, "project.name")
    tag = line(revision, "tag.tag_name", "tag.name") if _is_object(revision, "tag") else line(revision, "tag")
    return Build(
        source="semaphore",
        name=line(run, "name", "yaml_file_name"),
        id=line(run, "id"),
        status=RESULTS.get(word, Status.UNKNOWN),
        verb=REASONS.get(reason, "") if word == "failed" else "",
        phase="finished",
        address=line(payload, "repository.url"),
        repo=line(payload, "repository.slug"),
        project=project,
        branch=line(revision, "pull_request.branch_name", "branch.name"),
        sha=line(revision, "pull_request.head_sha", "commit_sha"),
        pull=pull,
        actor=line(revision, "sender.login"),
        avatar=link(revision, "sender.avatar_url"),
        text=_failures(payload) or prose(revision, "commit_message").partition("\n")[0],
        url=_page(payload, run),
        length=between(start, end),
        at=end or start,
        more={"Tag": tag, "Organisation": line(payload, "organization.name")},
    )


def _is_object(payload: Payload | None, key: str) -> bool:
    found = payload.get(key) if payload else None
    return found is not None and isinstance(found.raw, dict)


def _failures(payload: Payload) -> str:
    """The jobs that failed, each after its block."""
    names = [
        f"{line(block, 'name')}: {line(job, 'name')}"
        for block in payload.list_at("blocks")
        for job in block.list_at("jobs")
        if line(job, "result") == "failed"
    ]
    errors = line(payload, "pipeline.error_description")
    return "\n".join(filter(None, (f"Failed: {', '.join(names)}" if names else "", errors)))


def _page(payload: Payload, run: Payload) -> str | None:
    """The workflow's page: organisations have a domain of their own, by their name."""
    organization, workflow = line(payload, "organization.name"), line(payload, "workflow.id")
    if not organization.replace("-", "").isalnum() or not workflow.replace("-", "").isalnum():
        return link(payload, "repository.url")
    return f"https://{organization}.semaphoreci.com/workflows/{workflow}?pipeline_id={line(run, 'id')}"


def of_build(payload: Payload) -> Build:
    """A build of Semaphore Classic, which ended in 2022; some still send the like."""
    word = line(payload, "result")
    start, end = when(payload, "started_at"), when(payload, "finished_at")
    project = line(payload, "project_name")
    return Build(
        source="semaphore",
        name=project,
        number=line(payload, "build_number"),
        id=line(payload, "build_url"),
        status=RESULTS.get(word, Status.UNKNOWN),
        phase="started" if word == "pending" else "finished",
        address=line(payload, "commit.url").partition("/commit/")[0],
        project=project,
        branch=line(payload, "branch_name"),
        sha=line(payload, "commit.id"),
        actor=line(payload, "commit.author_name"),
        text=prose(payload, "commit.message").partition("\n")[0],
        url=link(payload, "build_url"),
        length=between(start, end),
        at=end or start,
    )
