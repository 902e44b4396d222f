"""Pipelines and their jobs, and how they find the merge request that they run for."""

from __future__ import annotations

import re

from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, seconds, when, words
from sovereign.integrations.gitlab._common import Delivery, Readers, path_of
from sovereign.integrations.gitlab.runs import Run, event_of

NAMES = {
    "schedule": "scheduled pipeline",
    "parent_pipeline": "child pipeline",
    "merge_request_event": "merge request pipeline",
}
"""Pipelines of one commit that run for different reasons are different checks."""

MERGE_REF = re.compile(r"refs/merge-requests/(\d+)/")
TRIAL_MERGE = re.compile(r"Merge ([0-9a-f]{40}) into ")
"""Message of the commit that a merged results pipeline runs on: it names the head that it tries."""


def pipeline(delivery: Delivery) -> Event:
    found, change = delivery.attributes, delivery.body.get("merge_request")
    source = line(found, "source")
    builds = delivery.body.list_at("builds")
    failed = [one for one in builds if line(one, "status") == "failed" and not one.flag("allow_failure")]
    names = ", ".join(line(one, "name") for one in failed)
    run = Run(
        family="pipelinerun",
        name=line(found, "name") or NAMES.get(source, "pipeline"),
        word=line(found, "status"),
        sha=_head(delivery, line(found, "sha")),
        branch="" if found.flag("tag") else line(found, "ref"),
        number=line(change, "iid"),
        place=_place_of(delivery, change) if change else delivery.place,
        of=line(found, "id"),
        text=f"Failed: {names}" if names else "",
        url=link(found, "url") or _page(delivery, "pipelines", line(found, "id")),
        length=seconds(found, "duration"),
        at=when(found, "finished_at", "created_at"),
        more={"Pipeline": f"#{number}" if (number := line(found, "id")) else ""},
    )
    return event_of(delivery, run)


def job(delivery: Delivery) -> Event:
    body, ref = delivery.body, line(delivery.body, "ref")
    found = MERGE_REF.match(ref)
    run = Run(
        family="taskrun",
        name=line(body, "build_name"),
        word=line(body, "build_status"),
        sha=_head(delivery, line(body, "sha", "commit.sha")),
        branch="" if found or body.flag("tag") else ref,
        number=found[1] if found else "",
        place=delivery.place,
        of=line(body, "pipeline_id"),
        allowed=body.flag("build_allow_failure"),
        text=words(line(body, "build_failure_reason")) if line(body, "build_status") == "failed" else "",
        url=_page(delivery, "jobs", line(body, "build_id")),
        length=seconds(body, "build_duration"),
        at=when(body, "build_finished_at", "build_started_at", "build_created_at"),
        more={"Stage": line(body, "build_stage"), "Environment": line(body, "environment.name")},
    )
    return event_of(delivery, run)


def _head(delivery: Delivery, sha: str) -> str:
    """The head of the branch, where the run is on a commit that only tries its merge."""
    found = TRIAL_MERGE.match(line(delivery.body, "commit.message"))
    return found[1] if found else sha


def _place_of(delivery: Delivery, change: Payload) -> str:
    """The merge request's project, which is another than the pipeline's where a fork runs it."""
    ours, theirs = line(delivery.body, "project.id"), line(change, "target_project_id")
    return delivery.place if ours == theirs else path_of(line(change, "url")) or delivery.place


def _page(delivery: Delivery, kind: str, number: str) -> str | None:
    page = link(delivery.body, "project.web_url", "repository.homepage")
    return f"{page}/-/{kind}/{number}" if page and number.isalnum() else None


READERS: Readers = {"pipeline": pipeline, "build": job}
KINDS = frozenset(
    f"{family}.{phase}"
    for family in ("pipelinerun", "taskrun")
    for phase in ("queued", "started", "finished")
)
