"""A run on a commit, as one thing: GitHub reports it in five shapes, and one line is kept for each name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import FINISHED, Event, Severity, Status
from sovereign.integrations._reading import between, duration, shown
from sovereign.integrations.github._common import Delivery

STATUSES: Mapping[str, Status] = {
    "queued": Status.QUEUED,
    "requested": Status.QUEUED,
    "rerequested": Status.QUEUED,
    "waiting": Status.QUEUED,
    "pending": Status.QUEUED,
    "in_progress": Status.RUNNING,
    "success": Status.SUCCEEDED,
    "failure": Status.FAILED,
    "error": Status.FAILED,
    "timed_out": Status.FAILED,
    "startup_failure": Status.FAILED,
    "action_required": Status.FAILED,
    "cancelled": Status.CANCELLED,
    "neutral": Status.SKIPPED,
    "skipped": Status.SKIPPED,
    "stale": Status.SKIPPED,
}
"""What GitHub calls status, conclusion, state or, on a new attempt, action."""

VERBS: Mapping[str, str] = {
    "timed_out": "timed out",
    "startup_failure": "could not start",
    "action_required": "waits for somebody to act",
    "neutral": "ended without a verdict",
    "stale": "was given up",
}
VERBS_BY_STATUS: Mapping[Status, str] = {
    Status.QUEUED: "is queued",
    Status.RUNNING: "is running",
    Status.SUCCEEDED: "passed",
    Status.FAILED: "failed",
    Status.CANCELLED: "was cancelled",
    Status.SKIPPED: "was skipped",
}
PHASES = {Status.QUEUED: "queued", Status.RUNNING: "started"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """
    family          `taskrun` or `pipelinerun`
    name            the check that one line is kept for
    word            GitHub's own word for the state
    pull            number of the pull request that it runs for; empty where the body does not say
    app             who runs it; empty where only the actor is known
    runs            names of the run that this is a part of, or is: `suite:5`, `run:9`
    foreign         whether `branch` is one of a fork
    started, ended  of the run itself, for its duration; `at` is when this was said
    """

    family: str
    name: str
    word: str
    sha: str
    branch: str
    pull: str = ""
    app: str = ""
    text: str = ""
    url: str | None = None
    runs: tuple[str, ...] = ()
    foreign: bool = False
    started: datetime | None = None
    ended: datetime | None = None
    at: datetime | None = None


def run_names(*, suite: str = "", run: str = "") -> tuple[str, ...]:
    """A workflow's run has two numbers: GitHub Actions' own, and that of the check suite that it fills."""
    return tuple(f"{what}:{number}" for what, number in (("suite", suite), ("run", run)) if number)


def event_of(delivery: Delivery, run: Run) -> Event:
    """Raises BadPayload for a run without a name or a commit: nobody could tell which check it was."""
    if not run.name or not run.sha:
        raise BadPayload("$", "names no check or no commit")
    status = STATUSES.get(run.word, Status.UNKNOWN)
    on_default = not run.foreign and not run.pull and delivery.on_default(run.branch)
    place, where = delivery.place, run.branch or run.sha[:7]
    verb = VERBS.get(run.word) or VERBS_BY_STATUS.get(status) or f"reported {run.word or 'no state'}"
    title = (
        f"{run.name} {verb} on {place}#{run.pull}" if run.pull else f"{run.name} {verb} on {place} {where}"
    )
    event = delivery.event(f"{run.family}.{PHASES.get(status, 'finished')}", verb)
    return replace(
        event,
        title=f"{title} ({_by(delivery, run.app)})",
        subject=f"{place}#{run.pull}" if run.pull else f"{place}@{where}",
        name=run.name,
        status=status,
        severity=_severity(status, on_default),
        text=run.text,
        url=run.url or event.url,
        branch=run.branch or None,
        on_default_branch=on_default,
        check=run.name,
        runs=run.runs,
        fields=_fields(run, status),
        occurred_at=run.at,
        conversation=delivery.thread(f"#{run.pull}" if run.pull else f"@{run.sha}"),
        aliases=(delivery.thread(f"@{run.sha}"),) if run.pull else (),
    )


def _by(delivery: Delivery, app: str) -> str:
    """`github-actions for ada`, or the actor alone where no app, or the app itself, is behind it."""
    same = not app or app == delivery.actor.removesuffix("[bot]")
    return delivery.actor if same else f"{app} for {delivery.actor}"


def _severity(status: Status, on_default: bool) -> Severity:
    """A broken default branch stops everybody, a broken change its author."""
    if status is not Status.FAILED:
        return Severity.INFO
    return Severity.MEDIUM if on_default else Severity.LOW


def _fields(run: Run, status: Status) -> tuple[tuple[str, str], ...]:
    found = {
        "Branch": run.branch,
        "Commit": run.sha[:7],
        "Duration": duration(between(run.started, run.ended)) if status in FINISHED else "",
        "Run by": run.app,
    }
    return shown(found)
