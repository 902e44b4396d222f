"""Azure Pipelines: builds, runs, and the stages and jobs in these."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import FINISHED, Event, Severity, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import between, duration, line, link, shown, when
from sovereign.integrations.azuredevops._common import Delivery, Readers, branch_of

STATES: Mapping[str, tuple[Status, str]] = {
    "notstarted": (Status.QUEUED, "is queued"),
    "waiting": (Status.QUEUED, "waits"),
    "postponed": (Status.QUEUED, "is postponed"),
    "inprogress": (Status.RUNNING, "is running"),
    "running": (Status.RUNNING, "is running"),
    "canceling": (Status.RUNNING, "is being cancelled"),
    "cancelling": (Status.RUNNING, "is being cancelled"),
    "succeeded": (Status.SUCCEEDED, "passed"),
    "partiallysucceeded": (Status.FAILED, "passed in part"),
    "succeededwithissues": (Status.SUCCEEDED, "passed with issues"),
    "failed": (Status.FAILED, "failed"),
    "rejected": (Status.FAILED, "was rejected"),
    "abandoned": (Status.CANCELLED, "was given up"),
    "stopped": (Status.CANCELLED, "was cancelled"),
    "canceled": (Status.CANCELLED, "was cancelled"),
    "cancelled": (Status.CANCELLED, "was cancelled"),
    "skipped": (Status.SKIPPED, "was skipped"),
}
PHASES = {Status.QUEUED: "queued", Status.RUNNING: "started"}
PULL = re.compile(r"refs/pull/(\d+)/")
SOURCE_VERSION = re.compile(r":(refs/[^:]+):([0-9a-f]{7,64})$")
"""How the oldest builds write what they built: `LG:refs/heads/main:<sha>`."""

DEFAULT_STAGE = "__default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """
    family  `pipelinerun` or `taskrun`
    name    the check that one line is kept for
    word    Azure's own word for the outcome, or for the state before there is one
    of      number of the run, under which all that belongs to it is told
    """

    family: str
    name: str
    word: str
    of: str
    number: str = ""
    ref: str = ""
    sha: str = ""


def build(delivery: Delivery) -> list[Event]:
    found = delivery.thing
    old = SOURCE_VERSION.search(line(found, "sourceGetVersion"))
    requests = found.list_at("requests")
    who = (
        found.get("requestedFor")
        or (requests[0].get("requestedFor") if requests else None)
        or found.get("lastChangedBy")
    )
    run = Run(
        family="pipelinerun",
        name=line(found, "definition.name"),
        word=line(found, "result") or line(found, "status"),
        of=line(found, "id"),
        number=line(found, "buildNumber"),
        ref=line(found, "sourceBranch") or (old[1] if old else ""),
        sha=line(found, "sourceVersion") or (old[2] if old else ""),
    )
    event = _event(delivery, run, found, who)
    start, end = when(found, "startTime"), when(found, "finishTime")
    fields = (*event.fields, ("Duration", duration(between(start, end))))
    return [replace(event, fields=shown(dict(fields)), occurred_at=end or event.occurred_at)]


def run(delivery: Delivery) -> list[Event]:
    found = delivery.thing.at("run")
    return [_event(delivery, _run(delivery, "pipelinerun", found, ""), found, None)]


def stage(delivery: Delivery) -> list[Event]:
    found = delivery.thing.at("stage")
    return [_event(delivery, _run(delivery, "taskrun", found, _label(found)), found, None)]


def job(delivery: Delivery) -> list[Event]:
    found, part = delivery.thing.at("job"), delivery.thing.get("stage")
    labels = [_label(part) if part else "", _label(found)]
    name = " / ".join(one for one in labels if one and one != DEFAULT_STAGE)
    event = _event(delivery, _run(delivery, "taskrun", found, name or DEFAULT_STAGE), found, None)
    length = duration(between(when(found, "startTime"), when(found, "finishTime")))
    fields = shown({**dict(event.fields), "Duration": length if event.status in FINISHED else ""})
    return [replace(event, fields=fields)]


def _label(part: Payload) -> str:
    return line(part, "displayName", "name")


def _run(delivery: Delivery, family: str, found: Payload, part: str) -> Run:
    whole, pipeline = delivery.thing.get("run"), delivery.thing.get("pipeline")
    name = line(pipeline, "name") or line(whole, "pipeline.name")
    state = line(found, "state")
    return Run(
        family=family,
        name=f"{name} / {part}" if name and part else name,
        word=(line(found, "result") or state) if state.lower() == "completed" else state,
        of=line(whole, "id"),
        number=line(whole, "name"),
    )


def _event(delivery: Delivery, run: Run, found: Payload, who: Payload | None) -> Event:
    """Raises BadPayload for a run without a name or a number: nobody could tell which it was."""
    if not run.name or not (run.of or run.sha):
        raise BadPayload("$.resource", "names no pipeline or no run")
    key = "".join(run.word.lower().split())
    status, verb = STATES.get(key, (Status.UNKNOWN, f"reported {run.word or 'no state'}"))
    pull = PULL.match(run.ref)
    branch = "" if pull else branch_of(run.ref)
    where = f"PR #{pull[1]}" if pull else branch
    place = delivery.place if delivery.place != "Azure DevOps" else ""
    on = " ".join(one for one in (place, where) if one)
    named = run.number.startswith(run.name)
    numbered = run.number if named else f"{run.name} {run.number}".strip()
    event = delivery.event(f"{run.family}.{PHASES.get(status, 'finished')}", "", who)
    title = f"{numbered} {verb}" + (f" on {on}" if on else "")
    fields = {"Run": run.number, "Branch": branch, "Commit": run.sha[:8]}
    return replace(
        event,
        title=f"{title} ({event.actor})" if event.actor else title,
        subject=numbered,
        name=run.name,
        status=status,
        severity=Severity.LOW if status is Status.FAILED else Severity.INFO,
        url=link(found, "_links.web.href") or link(delivery.thing, "run._links.web.href"),
        service=delivery.project or run.name,
        branch=branch or None,
        check=run.name,
        runs=(f"run:{run.of}",) if run.of else (),
        fields=shown(fields),
        conversation=_conversation(delivery, run, pull[1] if pull else ""),
    )


def _conversation(delivery: Delivery, run: Run, pull: str) -> str:
    """The pull request that it runs for, the commit, or the run itself, as far as the body says."""
    if pull:
        return delivery.in_project(f"#{pull}")
    return delivery.in_project(f"@{run.sha}" if run.sha else f"/runs/{run.of}")


READERS: Readers = {
    "build.complete": build,
    "ms.vss-pipelines.run-state-changed-event": run,
    "ms.vss-pipelines.stage-state-changed-event": stage,
    "ms.vss-pipelines.job-state-changed-event": job,
}
KINDS = frozenset(
    {
        *("pipelinerun.started", "pipelinerun.finished"),
        *("taskrun.queued", "taskrun.started", "taskrun.finished"),
    }
)
