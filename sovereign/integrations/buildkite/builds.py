"""Builds of a Buildkite pipeline and their jobs, and what their states mean."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sovereign.domain.events import Status
from sovereign.integrations._builds import RUN, TASK, Build
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import between, line, link, prose, when, words

STATES: Mapping[str, Status] = {
    "scheduled": Status.QUEUED,
    "assigned": Status.QUEUED,
    "accepted": Status.QUEUED,
    "creating": Status.QUEUED,
    "waiting": Status.QUEUED,
    "limited": Status.QUEUED,
    "blocked": Status.QUEUED,
    "unblocked": Status.RUNNING,
    "running": Status.RUNNING,
    "canceling": Status.RUNNING,
    "timing_out": Status.RUNNING,
    "failing": Status.FAILED,
    "passed": Status.SUCCEEDED,
    "failed": Status.FAILED,
    "broken": Status.FAILED,
    "timed_out": Status.FAILED,
    "expired": Status.FAILED,
    "waiting_failed": Status.FAILED,
    "canceled": Status.CANCELLED,
    "skipped": Status.SKIPPED,
    "not_run": Status.SKIPPED,
}
VERBS: Mapping[str, str] = {
    "blocked": "waits for somebody to unblock it",
    "unblocked": "was unblocked",
    "failing": "is failing",
    "canceling": "is being cancelled",
    "timed_out": "timed out",
    "expired": "found no agent in time",
    "not_run": "was not run",
}
PHASES: Mapping[str, str] = {
    "build.scheduled": "queued",
    "build.running": "started",
    "build.failing": "started",
    "build.finished": "finished",
    "build.skipped": "finished",
    "job.scheduled": "queued",
    "job.started": "started",
    "job.activated": "started",
    "job.finished": "finished",
}
_EMOJI = re.compile(r":[a-z0-9_+-]+:")


def of_build(payload: Payload) -> Build:
    event, build, pipeline = line(payload, "event"), payload.at("build"), payload.get("pipeline")
    blocked = event == "build.finished" and line(build, "blocked") == "true"
    word = "failing" if event == "build.failing" else "blocked" if blocked else line(build, "state")
    start, end = when(build, "started_at"), when(build, "finished_at")
    return Build(
        source="buildkite",
        family=RUN,
        name=_plain(line(pipeline, "name", "slug")),
        number=line(build, "number"),
        id=line(build, "id"),
        status=STATES.get(word, Status.UNKNOWN),
        verb=VERBS.get(word, ""),
        phase=PHASES.get(event, ""),
        address=line(pipeline, "repository"),
        project=line(pipeline, "slug", "name"),
        branch=line(build, "branch"),
        sha=line(build, "commit"),
        pull=line(build, "pull_request.id"),
        default=_default(pipeline, build),
        actor=line(build, "creator.name", "author.name", "author.username"),
        avatar=link(build, "creator.avatar_url"),
        text=prose(build, "message").partition("\n")[0],
        url=link(build, "web_url"),
        length=between(start, end),
        at=end or start or when(build, "scheduled_at", "created_at"),
        more={
            "Tag": line(build, "tag"),
            "Started by": words(source) if (source := line(build, "source")) != "webhook" else "",
        },
    )


def _default(pipeline: Payload | None, build: Payload) -> bool | None:
    default = line(pipeline, "default_branch")
    return line(build, "branch") == default if default else None


def of_job(payload: Payload) -> Build:
    job, build, pipeline = payload.at("job"), payload.get("build"), payload.get("pipeline")
    event, word = line(payload, "event"), line(job, "state")
    names = (line(pipeline, "name", "slug"), line(job, "name", "label", "step_key", "type"))
    start, end = when(job, "started_at", "unblocked_at"), when(job, "finished_at")
    code = line(job, "exit_status")
    return Build(
        source="buildkite",
        family=TASK,
        name=_plain(" / ".join(filter(None, names))),
        number=line(build, "number"),
        id=line(build, "id") or line(job, "id"),
        status=Status.SKIPPED if _allowed(job) else _job_status(job, word, event),
        verb="failed, which is allowed," if _allowed(job) else VERBS.get(word, ""),
        phase=PHASES.get(event, ""),
        address=line(pipeline, "repository"),
        project=line(pipeline, "slug", "name"),
        branch=line(build, "branch"),
        sha=line(build, "commit"),
        pull=line(build, "pull_request.id"),
        actor=line(job, "unblocked_by.name") or line(build, "creator.name", "author.name"),
        url=link(job, "web_url") or link(build, "web_url"),
        length=between(start, end),
        at=end or start or when(job, "scheduled_at", "created_at"),
        more={"Exit status": code if code != "0" else "", "Agent": line(job, "agent.name")},
    )


def _plain(name: str) -> str:
    """Names are full of `:emoji:`, which mean nothing elsewhere."""
    return " ".join(_EMOJI.sub(" ", name).split()) or name


def _allowed(job: Payload) -> bool:
    return line(job, "soft_failed") == "true"


def _job_status(job: Payload, word: str, event: str) -> Status:
    """Older bodies say `finished` of a job, and beside it whether it passed."""
    if word == "finished" and event == "job.finished":
        passed = line(job, "passed", "exit_status")
        return Status.SUCCEEDED if passed in ("true", "0") else Status.FAILED if passed else Status.UNKNOWN
    return STATES.get(word, Status.UNKNOWN)
