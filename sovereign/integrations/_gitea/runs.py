"""Runs on a commit: Gitea's workflow runs, jobs and commit statuses, and Forgejo's action runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import FINISHED, Event, Severity, Status
from sovereign.integrations._gitea._common import Delivery, Readers
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import between, duration, line, link, shown, when

STATUSES: Mapping[str, Status] = {
    "requested": Status.QUEUED,
    "waiting": Status.QUEUED,
    "queued": Status.QUEUED,
    "blocked": Status.QUEUED,
    "pending": Status.RUNNING,
    "in_progress": Status.RUNNING,
    "running": Status.RUNNING,
    "success": Status.SUCCEEDED,
    "recover": Status.SUCCEEDED,
    "failure": Status.FAILED,
    "error": Status.FAILED,
    "warning": Status.FAILED,
    "cancelled": Status.CANCELLED,
    "skipped": Status.SKIPPED,
}
VERBS: Mapping[str, str] = {"recover": "passed again", "warning": "warns"}
VERBS_BY_STATUS: Mapping[Status, str] = {
    Status.QUEUED: "is queued",
    Status.RUNNING: "is running",
    Status.SUCCEEDED: "passed",
    Status.FAILED: "failed",
    Status.CANCELLED: "was cancelled",
    Status.SKIPPED: "was skipped",
}
PHASES = {Status.QUEUED: "queued", Status.RUNNING: "started"}
ACTION_RUN = "action_run_"
ACTIONS_PAGE = re.compile(r"/actions/runs/(\d+)")
"""In the address of a run of its own Actions, of a job in one, and of the status that tells of that."""
BEGAN_BY = re.compile(r" \([a-z_]+\)$")
"""Such a status says what began the run: `CI / test (pull_request)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """
    family  `pipelinerun` or `taskrun`
    name    the check that one line is kept for
    word    the sender's own word for the state
    number  of the pull request that it runs for; empty where the body does not say
    """

    family: str
    name: str
    word: str
    sha: str
    branch: str = ""
    number: str = ""
    text: str = ""
    url: str | None = None
    length: float | None = None
    at: datetime | None = None


def workflow_run(delivery: Delivery) -> Event:
    found = delivery.body.at("workflow_run")
    path = line(found, "path").partition("@")[0]
    name = line(delivery.body, "workflow.name") or path or line(found, "display_title")
    return _event(delivery, _of_actions(delivery, found, "pipelinerun", name))


def workflow_job(delivery: Delivery) -> Event:
    found = delivery.body.at("workflow_job")
    names = [name for name in (line(found, "workflow_name"), line(found, "name")) if name]
    return _event(delivery, _of_actions(delivery, found, "taskrun", " / ".join(names)))


def status(delivery: Delivery) -> Event:
    body = delivery.body
    name, url = line(body, "context") or "default", link(body, "target_url", "commit.url")
    run = Run(
        family="taskrun",
        name=BEGAN_BY.sub("", name) if ACTIONS_PAGE.search(url or "") else name,
        word=line(body, "state"),
        sha=line(body, "sha", "commit.id"),
        text=line(body, "description"),
        url=url,
        at=when(body, "updated_at", "created_at"),
    )
    return _event(delivery, run)


def action_run(delivery: Delivery) -> Event:
    found = delivery.body.at("run")
    ref, word = line(found, "prettyref"), delivery.type.removeprefix(ACTION_RUN)
    number = ref.removeprefix("#") if ref.startswith("#") else ""
    run = Run(
        family="pipelinerun",
        name=line(found, "workflow_id") or "workflow",
        word="cancelled" if line(found, "status") == "cancelled" else word,
        sha=line(found, "commit_sha"),
        branch="" if number else ref,
        number=number if number.isalnum() else "",
        text=line(found, "title"),
        url=link(found, "html_url"),
        length=between(when(found, "started"), when(found, "stopped")),
        at=when(found, "stopped", "updated"),
    )
    return _event(delivery, run)


def _of_actions(delivery: Delivery, found: Payload, family: str, name: str) -> Run:
    state = line(found, "status") or delivery.action
    number = line(delivery.body, "pull_request.number")
    return Run(
        family=family,
        name=name,
        word=line(found, "conclusion") or state if state == "completed" else state,
        sha=line(found, "head_sha"),
        branch=line(found, "head_branch"),
        number=number if number.isalnum() else "",
        text=line(found, "display_title"),
        url=link(found, "html_url"),
        length=between(when(found, "started_at"), when(found, "completed_at")),
        at=when(found, "completed_at", "started_at", "created_at"),
    )


def _event(delivery: Delivery, run: Run) -> Event:
    """Raises BadPayload for a run without a name or a commit: nobody could tell which check it was."""
    if not run.name or not run.sha:
        raise BadPayload("$", "names no check or no commit")
    status = STATUSES.get(run.word, Status.UNKNOWN)
    on_default = not run.number and delivery.on_default(run.branch)
    where = f"#{run.number}" if run.number else f" {run.branch or run.sha[:10]}"
    verb = VERBS.get(run.word) or VERBS_BY_STATUS.get(status) or f"reported {run.word or 'no state'}"
    title = f"{run.name} {verb} on {delivery.place}{where}"
    event = delivery.event(f"{run.family}.{PHASES.get(status, 'finished')}", verb)
    fields = {
        "Branch": run.branch,
        "Commit": run.sha[:10],
        "Duration": duration(run.length) if status in FINISHED else "",
    }
    return replace(
        event,
        title=f"{title} ({delivery.actor})" if delivery.actor else title,
        subject=delivery.place + where.replace(" ", "@"),
        name=run.name,
        status=status,
        severity=_severity(status, on_default),
        text=run.text,
        url=run.url or event.url,
        branch=run.branch or None,
        on_default_branch=on_default,
        check=run.name,
        runs=(f"run:{page[1]}",) if (page := ACTIONS_PAGE.search(run.url or "")) else (),
        fields=shown(fields),
        occurred_at=run.at,
        conversation=delivery.thread(f"#{run.number}" if run.number else f"@{run.sha}"),
        aliases=(delivery.thread(f"@{run.sha}"),) if run.number else (),
    )


def _severity(status: Status, on_default: bool) -> Severity:
    """A broken default branch stops everybody, a broken change its author."""
    if status is not Status.FAILED:
        return Severity.INFO
    return Severity.MEDIUM if on_default else Severity.LOW


READERS: Readers = {
    "workflow_run": workflow_run,
    "workflow_job": workflow_job,
    "status": status,
    **{f"{ACTION_RUN}{word}": action_run for word in ("success", "failure", "recover")},
}
KINDS = frozenset(
    f"{family}.{phase}" for family in ("pipelinerun", "taskrun") for phase in (*PHASES.values(), "finished")
)
