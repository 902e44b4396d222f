"""Jenkins: what its Notification plugin says of the runs of a job.

https://plugins.jenkins.io/notification/

Jenkins signs nothing: give the job the address of this endpoint with `?token=SECRET` behind it, in
the plugin's format JSON and protocol HTTP. The mapping rests on the plugin's own source; of
`COMPLETED` and `FINALIZED`, which tell the same end, the second is told only where it says
something else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote

from sovereign.domain.events import Event, Status
from sovereign.integrations._builds import Build, by_run, event_of, kinds, phase_of, without_origin
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, when
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

PHASES: Mapping[str, Status] = {"QUEUED": Status.QUEUED, "STARTED": Status.RUNNING}
"""Phases before the end. A status beside them is that of the run before."""
ENDS = frozenset({"COMPLETED", "FINALIZED", "FINISHED"})
RESULTS: Mapping[str, Status] = {
    "SUCCESS": Status.SUCCEEDED,
    "UNSTABLE": Status.FAILED,
    "FAILURE": Status.FAILED,
    "ABORTED": Status.CANCELLED,
    "NOT_BUILT": Status.SKIPPED,
}
VERBS: Mapping[str, str] = {"UNSTABLE": "is unstable", "ABORTED": "was aborted", "NOT_BUILT": "was not built"}
_PULL = re.compile(r"/job/PR-(\d+)(?:-head|-merge)?/")
"""How a multibranch project calls its job for a pull request."""
_FOLDER = re.compile(r"job/([^/\s]+)")


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_body(headers, body)
    run = payload.at("build")
    run.require_object()
    status, word = _status(run), line(run, "status")
    name = _job(line(payload, "url")) or line(payload, "name", "display_name")
    pull = line(run, "parameters.ghprbPullId") or _pull(line(run, "full_url", "url"))
    head = line(run, "parameters.ghprbActualCommit")
    build = Build(
        source="jenkins",
        name=name,
        number=line(run, "number"),
        id=line(run, "full_url", "url"),
        status=status,
        verb=VERBS.get(word, "") if phase_of(status) == "finished" else "",
        address=line(run, "scm.url"),
        project=name,
        branch=line(run, "parameters.ghprbSourceBranch")
        or ("" if pull else without_origin(line(run, "scm.branch"))),
        sha=head or line(run, "scm.commit"),
        head=bool(head) or not pull,
        pull=pull,
        actor=line(run, "parameters.ghprbPullAuthorLogin"),
        text=_notes(run),
        url=link(run, "full_url"),
        at=when(run, "timestamp"),
        more={"Tests": _tests(run)},
    )
    return [event_of(build)]


def _status(run: Payload) -> Status:
    phase = line(run, "phase")
    if phase in ENDS or phase not in PHASES:
        return RESULTS.get(line(run, "status"), Status.UNKNOWN)
    return PHASES[phase]


def _said(headers: Headers, body: bytes) -> tuple[str, ...]:
    """The run and what is said of it. Numbers begin anew with a job, those in the queue do not."""
    run = Payload.from_body(headers, body).at("build")
    phase = line(run, "phase")
    return (
        line(run, "full_url", "url"),
        line(run, "queue_id", "timestamp"),
        "END" if phase in ENDS else phase,
        line(run, "status") if phase in ENDS else "-",
    )


def _job(url: str) -> str:
    """`shop / main` of `job/shop/job/main/`: so folders and branches tell their jobs apart."""
    return " / ".join(" ".join(unquote(part).split()) for part in _FOLDER.findall(url))


def _pull(url: str) -> str:
    found = _PULL.search(url)
    return found[1] if found else ""


def _tests(run: Payload) -> str:
    total, failed = line(run, "test_summary.total"), line(run, "test_summary.failed")
    return f"{failed} of {total} failed" if total.isdigit() and failed.isdigit() and total != "0" else ""


def _notes(run: Payload) -> str:
    """Why it failed, as its tests say it."""
    failed = run.get("test_summary", "failed_tests")
    names = [line(one, "className", "name") for one in failed.each()] if failed else []
    return "\n".join(filter(None, (line(run, "notes"), *(f"Failed: {name}" for name in names[:5] if name))))


SOURCE = Source(
    slug="jenkins",
    title="Jenkins",
    docs="https://plugins.jenkins.io/notification/",
    home="ci-cd-pipeline",
    secret="env://JENKINS_WEBHOOK_SECRET",
    scheme=static_secret("x-jenkins-token"),
    parse=parse,
    kinds=kinds("pipelinerun", "queued", "started", "finished"),
    quiet=kinds("pipelinerun", "queued", "started"),
    transmission=by_run(_said),
)
