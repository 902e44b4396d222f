"""GitHub Actions: runs of workflows, and the jobs in them."""

from __future__ import annotations

from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, when
from sovereign.integrations.github._common import Delivery, Readers
from sovereign.integrations.github.checks import PIPELINE, TASK, pull_of, word_of
from sovereign.integrations.github.runs import PHASES, Run, event_of, run_names

OWN_APP = "github-actions"


def workflow_run(delivery: Delivery) -> Event:
    found = delivery.body.at("workflow_run")
    ended = when(found, "updated_at")
    run = Run(
        family=PIPELINE,
        name=line(found, "name") or line(delivery.body, "workflow.name", "workflow.path") or "workflow",
        word=word_of(found, delivery.action),
        sha=line(found, "head_sha"),
        branch=line(found, "head_branch"),
        pull=pull_of(delivery, found),
        app=OWN_APP,
        text=line(found, "display_title"),
        url=link(found, "html_url"),
        runs=run_names(suite=line(found, "check_suite_id"), run=line(found, "id")),
        foreign=line(found, "head_repository.full_name") not in ("", delivery.place),
        started=when(found, "run_started_at", "created_at"),
        ended=ended,
        at=ended or when(found, "created_at"),
    )
    return event_of(delivery, run)


def workflow_job(delivery: Delivery) -> Event:
    found = delivery.body.at("workflow_job")
    names = [name for name in (line(found, "workflow_name"), line(found, "name")) if name]
    run = Run(
        family=TASK,
        name=" / ".join(names),
        word=word_of(found, delivery.action),
        sha=line(found, "head_sha"),
        branch=line(found, "head_branch"),
        pull=pull_of(delivery, found),
        app=OWN_APP,
        runs=run_names(run=line(found, "run_id")),
        text=_failed_steps(found),
        url=link(found, "html_url"),
        started=when(found, "started_at"),
        ended=when(found, "completed_at"),
        at=when(found, "completed_at", "started_at", "created_at"),
    )
    return event_of(delivery, run)


def _failed_steps(job: Payload) -> str:
    steps = [line(step, "name") for step in job.list_at("steps") if line(step, "conclusion") == "failure"]
    return "Failed: " + ", ".join(steps) if steps else ""


READERS: Readers = {"workflow_run": workflow_run, "workflow_job": workflow_job}
KINDS = frozenset(
    f"{family}.{phase}" for family in (TASK, PIPELINE) for phase in (*PHASES.values(), "finished")
)
