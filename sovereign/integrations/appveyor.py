"""AppVeyor: builds that have ended, as its notification of type webhook tells them.

https://www.appveyor.com/docs/notifications/#webhook

Nothing is signed; a webhook may have headers of its own, so give it `Authorization: Bearer SECRET`.
The mapping rests on the default body as the documentation shows it. Its times have no zone and are
written in the American way; as they may be a day or a month off, the arrival counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sovereign.domain.events import Event, Status
from sovereign.integrations._builds import Build, by_run, event_of, kinds
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

STATUSES: Mapping[str, Status] = {
    "queued": Status.QUEUED,
    "starting": Status.RUNNING,
    "running": Status.RUNNING,
    "success": Status.SUCCEEDED,
    "failed": Status.FAILED,
    "cancelling": Status.RUNNING,
    "cancelled": Status.CANCELLED,
}
EVENTS: Mapping[str, Status] = {"build_success": Status.SUCCEEDED, "build_failure": Status.FAILED}
HOSTS: Mapping[str, str] = {
    "gitHub": "https://github.com/",
    "gitLab": "https://gitlab.com/",
    "bitBucket": "https://bitbucket.org/",
}
_DURATION = re.compile(r"(\d{1,6}):(\d{2}):(\d{2})(?:\.\d+)?")
_COMMIT = re.compile(r"(https?://[^\s]+?)(?:/-)?/commits?/.*")


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_body(headers, body)
    found = payload.at("eventData")
    status = STATUSES.get(line(found, "status").lower()) or EVENTS.get(line(payload, "eventName"))
    name, repo = line(found, "projectName"), line(found, "repositoryName")
    pull, head = line(found, "pullRequestId"), line(found, "pullRequestHeadCommitId")
    build = Build(
        source="appveyor",
        name=name,
        number=line(found, "buildVersion", "buildNumber"),
        id=line(found, "buildId", "buildUrl"),
        status=status or Status.UNKNOWN,
        phase="finished",
        address=_address(found, repo),
        repo=repo,
        project=name,
        branch=line(found, "pullRequestHeadBranch", "branch"),
        sha=head or line(found, "commitId"),
        head=bool(head) or not pull,
        pull=pull,
        actor=line(found, "commitAuthorUsername", "commitAuthor", "committerName"),
        text="\n".join(filter(None, (line(found, "commitMessage"), _failures(found)))),
        url=link(found, "buildUrl"),
        length=_seconds(line(found, "duration")),
    )
    return [event_of(build)]


def _address(found: Payload, repo: str) -> str:
    if commit := _COMMIT.fullmatch(line(found, "commitUrl")):
        return commit[1]
    host = HOSTS.get(line(found, "repositoryProvider"), "")
    return host + repo if host and repo else ""


def _failures(found: Payload) -> str:
    names = [line(job, "name") for job in found.list_at("jobs") if line(job, "failed") == "true"]
    return f"Failed: {', '.join(names)}" if (names := [name for name in names if name]) else ""


def _seconds(text: str) -> float | None:
    """`00:02:54.1586505`."""
    length = _DURATION.fullmatch(text)
    return int(length[1]) * 3600 + int(length[2]) * 60 + int(length[3]) if length else None


def _said(headers: Headers, body: bytes) -> tuple[str, ...]:
    """A notification is asked for by several triggers, and may come once for each."""
    found = Payload.from_body(headers, body).at("eventData")
    return (line(found, "projectId"), line(found, "buildId"), line(found, "status"), line(found, "finished"))


SOURCE = Source(
    slug="appveyor",
    title="AppVeyor",
    docs="https://www.appveyor.com/docs/notifications/#webhook",
    home="ci-cd-pipeline",
    secret="env://APPVEYOR_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=kinds("pipelinerun", "finished"),
    transmission=by_run(_said),
)
