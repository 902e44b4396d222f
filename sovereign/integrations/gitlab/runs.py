"""A run on a commit, as one thing: a check of the commit or of the merge request that it runs for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sovereign.core.errors import BadPayload
from sovereign.core.records import replace
from sovereign.domain.events import FINISHED, Event, Severity, Status
from sovereign.integrations._reading import duration, shown, words
from sovereign.integrations.gitlab._common import Delivery

STATUSES: Mapping[str, Status] = {
    "created": Status.QUEUED,
    "waiting_for_resource": Status.QUEUED,
    "waiting_for_callback": Status.QUEUED,
    "preparing": Status.QUEUED,
    "pending": Status.QUEUED,
    "scheduled": Status.QUEUED,
    "manual": Status.QUEUED,
    "running": Status.RUNNING,
    "canceling": Status.RUNNING,
    "success": Status.SUCCEEDED,
    "failed": Status.FAILED,
    "canceled": Status.CANCELLED,
    "skipped": Status.SKIPPED,
}
VERBS: Mapping[str, str] = {
    "manual": "waits for somebody to start it",
    "canceling": "is being cancelled",
    "success": "passed",
    "failed": "failed",
    "canceled": "was cancelled",
    "skipped": "was skipped",
    "running": "is running",
}
PHASES = {Status.QUEUED: "queued", Status.RUNNING: "started"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """
    family  `pipelinerun` or `taskrun`
    name    the check that one line is kept for
    word    GitLab's own word for the state; `allowed` where a failure fails nothing
    number  of the merge request that it runs for; empty where the body does not say
    of      number of the pipeline that it is, or is a part of
    place   the project that the merge request belongs to
    branch  empty for a tag
    """

    family: str
    name: str
    word: str
    sha: str
    branch: str
    number: str
    place: str
    of: str = ""
    allowed: bool = False
    text: str = ""
    url: str | None = None
    length: float | None = None
    at: datetime | None = None
    more: Mapping[str, str]


def event_of(delivery: Delivery, run: Run) -> Event:
    """Raises BadPayload for a run without a name or a commit: nobody could tell which check it was."""
    if not run.name or not run.sha:
        raise BadPayload("$", "names no job or no commit")
    status = STATUSES.get(run.word, Status.UNKNOWN)
    allowed = run.allowed and status is Status.FAILED
    on_default = not run.number and delivery.on_default(run.branch)
    where = f"{run.place}!{run.number}" if run.number else f"{run.place}@{run.branch or run.sha[:8]}"
    title = f"{run.name} {_verb(run.word, status, allowed)} on {where.replace('@', ' ')}"
    event = delivery.event(f"{run.family}.{PHASES.get(status, 'finished')}", "")
    fields = {
        "Branch": run.branch,
        "Commit": run.sha[:8],
        "Duration": duration(run.length) if status in FINISHED else "",
        **run.more,
    }
    return replace(
        event,
        title=f"{title} ({delivery.actor})" if delivery.actor else title,
        subject=where,
        name=run.name,
        status=Status.SKIPPED if allowed else status,
        severity=_severity(status, allowed, on_default),
        text=run.text,
        url=run.url or event.url,
        repo=run.place,
        branch=run.branch or None,
        on_default_branch=on_default,
        check=run.name,
        runs=(f"pipeline:{run.of}",) if run.of else (),
        fields=shown(fields),
        occurred_at=run.at,
        conversation=f"gitlab:{run.place}!{run.number}" if run.number else delivery.thread(f"@{run.sha}"),
        aliases=(f"gitlab:{run.place}@{run.sha}",) if run.number else (),
    )


def _verb(word: str, status: Status, allowed: bool) -> str:
    if allowed:
        return "failed, which is allowed,"
    plain = "is queued" if status is Status.QUEUED else f"reported {words(word) or 'no state'}"
    return VERBS.get(word, plain)


def _severity(status: Status, allowed: bool, on_default: bool) -> Severity:
    """A broken default branch stops everybody, a broken change its author."""
    if status is not Status.FAILED or allowed:
        return Severity.INFO
    return Severity.MEDIUM if on_default else Severity.LOW
