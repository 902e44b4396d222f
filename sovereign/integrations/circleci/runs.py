"""Workflows and jobs of CircleCI as builds, of its webhooks and of the notifications of version 1."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sovereign.domain.events import Status
from sovereign.integrations._builds import RUN, TASK, Build
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import between, line, link, prose, seconds, when, words

STATUSES: Mapping[str, Status] = {
    "success": Status.SUCCEEDED,
    "fixed": Status.SUCCEEDED,
    "failed": Status.FAILED,
    "error": Status.FAILED,
    "timedout": Status.FAILED,
    "infrastructure_fail": Status.FAILED,
    "unauthorized": Status.FAILED,
    "canceled": Status.CANCELLED,
    "not_run": Status.SKIPPED,
    "no_tests": Status.SKIPPED,
}
VERBS: Mapping[str, str] = {
    "error": "could not run",
    "timedout": "timed out",
    "infrastructure_fail": "failed for want of a machine",
    "unauthorized": "was not allowed to run",
    "no_tests": "had no tests to run",
}
HOSTS = {"gh": "github.com", "bb": "bitbucket.org", "github": "github.com", "bitbucket": "bitbucket.org"}
_PULL = re.compile(r"pull/(\d+)(?:/head|/merge)?|https?://[^\s/]+/[^\s/]+/[^\s/]+/pull/(\d+)")
"""How it calls the branch of a change from a fork; the address of a pull request."""


def of_run(payload: Payload) -> Build:
    workflow, job = payload.get("workflow"), payload.get("job")
    found = job or payload.at("workflow")
    word, vcs = line(found, "status"), payload.get("pipeline", "vcs")
    names = (line(workflow, "name"), line(job, "name"))
    start, end = when(found, "started_at", "created_at"), when(found, "stopped_at")
    branch = line(vcs, "branch")
    return Build(
        source="circleci",
        family=TASK if job else RUN,
        name=" / ".join(filter(None, names)),
        number=line(payload, "pipeline.number"),
        id=line(workflow, "id") or line(found, "id"),
        status=STATUSES.get(word, Status.UNKNOWN),
        verb=VERBS.get(word, "") or _unknown(word),
        phase="finished",
        address=line(vcs, "target_repository_url", "origin_repository_url") or _address(payload),
        project=line(payload, "project.name", "project.slug"),
        branch="" if _pull(branch) else branch,
        sha=line(vcs, "revision"),
        pull=_pull(branch),
        actor=line(vcs, "commit.author.name"),
        text=line(vcs, "commit.subject"),
        url=link(found, "url") or link(workflow, "url"),
        length=between(start, end),
        at=end or when(payload, "happened_at"),
        more={
            "Tag": line(vcs, "tag"),
            "Started by": by if (by := line(payload, "pipeline.trigger.type")) != "webhook" else "",
        },
    )


def of_version_1(old: Payload) -> Build:
    """A job of version 1. Whoever wrote to the webhook by hand left most of it out."""
    word = line(old, "outcome", "status")
    pulls = old.list_at("pull_requests")
    owner, name = line(old, "username"), line(old, "reponame")
    job = line(old, "workflows.job_name", "job_name", "build_parameters.CIRCLE_JOB")
    millis = seconds(old, "build_time_millis")
    return Build(
        source="circleci",
        family=TASK,
        name=" / ".join(filter(None, (line(old, "workflows.workflow_name"), job))) or "CircleCI",
        number=line(old, "build_num"),
        id=line(old, "workflows.workflow_id", "build_url"),
        status=STATUSES.get(word, Status.UNKNOWN),
        verb=VERBS.get(word, "") or _unknown(word),
        phase="finished",
        address=line(old, "vcs_url"),
        repo=f"{owner}/{name}" if owner and name else name,
        branch=line(old, "branch"),
        sha=line(old, "vcs_revision"),
        pull=_pull(line(pulls[0], "url")) if pulls else "",
        actor=line(old, "user.login", "author_name", "committer_name"),
        avatar=link(old, "user.avatar_url"),
        text=prose(old, "subject"),
        url=link(old, "build_url"),
        length=None if millis is None else millis / 1000,
        at=when(old, "stop_time", "start_time"),
        more={"Tag": line(old, "vcs_tag")},
    )


def _address(payload: Payload) -> str:
    """`gh/acme/shop`, as a project is called, as an address; some projects have numbers there."""
    host, _, path = line(payload, "project.slug").partition("/")
    return f"https://{HOSTS[host]}/{path}" if host in HOSTS and path.count("/") == 1 else ""


def _pull(text: str) -> str:
    found = _PULL.fullmatch(text)
    return (found[1] or found[2]) if found else ""


def _unknown(word: str) -> str:
    return "" if word in STATUSES else f"reported {words(word) or 'no state'}"
