"""Stages of GoCD as builds: what set them off, and how they went."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from sovereign.domain.events import Status
from sovereign.integrations._builds import Build
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import between, line, link, when

STATES: Mapping[str, Status] = {
    "building": Status.RUNNING,
    "scheduled": Status.RUNNING,
    "failing": Status.RUNNING,
    "passed": Status.SUCCEEDED,
    "failed": Status.FAILED,
    "cancelled": Status.CANCELLED,
}
_JAVA_TIME = re.compile(r"[A-Z][a-z]{2} \d{1,2}, \d{4},? \d{1,2}:\d{2}:\d{2}\s[AP]M")
WORST_FIRST = (Status.FAILED, Status.CANCELLED, Status.RUNNING, Status.UNKNOWN, Status.SUCCEEDED)
NOBODY = frozenset({"changes", "timer", "anonymous"})
"""What stands for the person where there was none."""


def of_stage(pipeline: Payload) -> Build:
    stage = pipeline.at("stage")
    stage.require_object()
    material, revision, branch = _cause(pipeline)
    word = line(stage, "state").lower()
    name, number = line(pipeline, "name"), line(pipeline, "counter")
    names = (name, line(stage, "name"))
    start, end = _when(stage, "create-time"), _when(stage, "last-transition-time")
    jobs = pipeline.list_at("stage", "jobs")
    failed = [line(job, "name") for job in jobs if line(job, "result").lower() == "failed"]
    who = line(stage, "approved-by")
    again = line(stage, "counter")
    return Build(
        source="gocd",
        name=" / ".join(filter(None, names)),
        number=number,
        id=f"{name}/{number}",
        status=STATES.get(word, Status.UNKNOWN),
        verb="is failing" if word == "failing" else "",
        address=material,
        project=name,
        branch=branch,
        sha=revision,
        actor="" if who in NOBODY else who,
        text=f"Failed: {', '.join(filter(None, failed))}" if failed else "",
        length=between(start, end),
        at=end or start,
        more={
            "Group": line(pipeline, "group"),
            "Attempt": again if again != "1" else "",
            "Jobs": f"{len(failed)} of {len(jobs)} failed" if failed else "",
        },
    )


def of_instance(pipeline: Payload) -> Build:
    """A pipeline as GoCD's API has it, which some send on by hand: as good as the worst of its stages."""
    stages, changes = pipeline.list_at("stages"), pipeline.list_at("build_cause", "material_revisions")
    results = [STATES.get(line(stage, "result").lower(), Status.UNKNOWN) for stage in stages]
    worst = next((one for one in WORST_FIRST if one in results), Status.UNKNOWN)
    material = changes[0] if changes else None
    modifications = material.list_at("modifications") if material else []
    newest = modifications[0] if modifications else None
    failed = [line(stage, "name") for stage in stages if line(stage, "result") == "Failed"]
    name, number = line(pipeline, "name"), line(pipeline, "counter", "label")
    return Build(
        source="gocd",
        name=name,
        number=number,
        id=f"{name}/{number}",
        status=worst,
        project=name,
        sha=line(newest, "revision"),
        actor=line(newest, "user_name").partition(" <")[0],
        text="\n".join(
            filter(None, (line(newest, "comment"), f"Failed: {', '.join(failed)}" if failed else ""))
        ),
        at=when(newest, "modified_time"),
        more={"Cause": line(pipeline, "build_cause.trigger_message")},
    )


def _cause(pipeline: Payload) -> tuple[str, str, str]:
    """Address, commit and branch of the material that changed, or of the only one."""
    causes = pipeline.list_at("build-cause")
    gits = [cause for cause in causes if line(cause, "material.type") == "git"]
    cause = next((one for one in gits if line(one, "changed") == "true"), gits[0] if len(gits) == 1 else None)
    if cause is None:
        return "", "", ""
    changes, git = cause.list_at("modifications"), cause.get("material", "git-configuration")
    return line(git, "url"), line(changes[0], "revision") if changes else "", line(git, "branch")


def of_details(found: Payload) -> Build:
    names = (line(found, "pipeline_name"), line(found, "stage_name"), line(found, "job_name"))
    page = link(found, "_links.job.href", "_links.stage.href", "_links.pipeline.href")
    return Build(
        source="gocd",
        family="taskrun",
        name=" / ".join(filter(None, names)),
        id=page or "",
        status=Status.UNKNOWN,
        verb="sent details",
        phase="finished",
        project=names[0],
        url=page,
    )


def _when(payload: Payload, path: str) -> datetime | None:
    """ISO 8601, or as Java writes it for Americans; without a zone, taken for UTC."""
    text = line(payload, path)
    if not _JAVA_TIME.fullmatch(text):
        return when(payload, path)
    try:
        plain = text.replace(",", "")
        return datetime.strptime(plain, "%b %d %Y %I:%M:%S %p").replace(tzinfo=UTC)
    except ValueError:
        return None
