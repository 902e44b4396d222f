"""What apps report on a commit: check runs, check suites and commit statuses."""

from __future__ import annotations

import re

from sovereign.core.records import replace
from sovereign.domain.events import Event
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, when
from sovereign.integrations.github._common import Delivery, Readers
from sovereign.integrations.github.runs import PHASES, Run, event_of, run_names

TASK, PIPELINE = "taskrun", "pipelinerun"
_ACTIONS_PAGE = re.compile(r"/actions/runs/(\d+)")
NEW_ATTEMPT = frozenset({"requested", "rerequested"})
"""Actions on a run whose body may still tell of the attempt before."""


def check_run(delivery: Delivery) -> Event:
    found = delivery.body.at("check_run")
    run = Run(
        family=TASK,
        name=line(found, "name"),
        word=word_of(found, delivery.action),
        sha=line(found, "head_sha", "check_suite.head_sha"),
        branch=line(found, "check_suite.head_branch"),
        pull=pull_of(delivery, found) or pull_of(delivery, found.get("check_suite")),
        app=line(found, "app.slug", "app.name"),
        runs=run_names(suite=line(found, "check_suite.id"), run=_actions_run(found)),
        text="\n".join(filter(None, [line(found, "output.title"), prose(found, "output.summary")])),
        url=link(found, "html_url", "details_url"),
        started=when(found, "started_at"),
        ended=when(found, "completed_at"),
        at=when(found, "completed_at", "started_at"),
    )
    event = event_of(delivery, run)
    if delivery.action != "requested_action":
        return event
    wanted = line(delivery.body, "requested_action.identifier") or "an action"
    title = f"{delivery.actor} asked {run.name} for {wanted} on {event.subject}"
    return replace(event, kind="taskrun.action_requested", title=title)


def check_suite(delivery: Delivery) -> Event:
    found = delivery.body.at("check_suite")
    run = Run(
        family=PIPELINE,
        name=line(found, "app.name", "app.slug") or "check suite",
        word=word_of(found, delivery.action),
        sha=line(found, "head_sha", "after"),
        branch=line(found, "head_branch"),
        pull=pull_of(delivery, found),
        app=line(found, "app.slug"),
        runs=run_names(suite=line(found, "id")),
        url=_checks_page(delivery, found),
        at=when(found, "updated_at", "created_at"),
    )
    return event_of(delivery, run)


def status(delivery: Delivery) -> Event:
    body = delivery.body
    run = Run(
        family=TASK,
        name=line(body, "context") or "default",
        word=line(body, "state"),
        sha=line(body, "sha", "commit.sha"),
        branch=_branch_of(body, line(body, "sha")),
        text=line(body, "description"),
        url=link(body, "target_url", "commit.html_url"),
        at=when(body, "updated_at", "created_at"),
    )
    return event_of(delivery, run)


def word_of(run: Payload, action: str) -> str:
    """The conclusion of what has ended, else the state; a new attempt is queued, whatever the body says."""
    if action in NEW_ATTEMPT:
        return action
    state = line(run, "status")
    return line(run, "conclusion") or state if state in ("completed", "") else state


def pull_of(delivery: Delivery, run: Payload | None) -> str:
    """The number of the first pull request of this repository; GitHub names none for changes from forks."""
    ours = line(delivery.body, "repository.id")
    for pull in run.list_at("pull_requests") if run else []:
        theirs = line(pull, "base.repo.id")
        if theirs in ("", ours) and (number := line(pull, "number")).isalnum():
            return number
    return ""


def _actions_run(run: Payload) -> str:
    """Where GitHub Actions is behind a check, the address of its page says in which run."""
    pages = (_ACTIONS_PAGE.search(link(run, key) or "") for key in ("details_url", "html_url"))
    return next((page[1] for page in pages if page), "")


def _checks_page(delivery: Delivery, suite: Payload) -> str | None:
    """A suite has no page of its own; its commit's checks have."""
    page, sha = link(delivery.body, "repository.html_url"), line(suite, "head_sha")
    return f"{page}/commit/{sha}/checks" if page and sha.isalnum() else None


def _branch_of(body: Payload, sha: str) -> str:
    """The branch whose tip the commit is, else the first that holds it."""
    branches = body.list_at("branches")
    tips = [branch for branch in branches if line(branch, "commit.sha") == sha]
    return next((name for branch in (*tips, *branches) if (name := line(branch, "name"))), "")


READERS: Readers = {
    "check_run": check_run,
    "check_suite": check_suite,
    "status": status,
}
KINDS = frozenset(
    f"{family}.{phase}" for family in (TASK, PIPELINE) for phase in (*PHASES.values(), "finished")
) | {"taskrun.action_requested"}
