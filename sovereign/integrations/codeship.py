"""Codeship: builds of CloudBees CodeShip, as its webhook notification tells them.

https://docs.cloudbees.com/docs/cloudbees-codeship/latest/basic-builds-and-configuration/set-up-notifications

Nothing is signed: put `?token=SECRET` into the address. The mapping rests on the documentation's
body. A build's states follow one another under the same id, and a build that is started again has
another one.
"""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.domain.events import Event, Status
from sovereign.integrations._builds import Build, by_run, event_of, kinds, phase_of
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, words
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

STATUSES: Mapping[str, Status] = {
    "initiated": Status.QUEUED,
    "waiting": Status.QUEUED,
    "testing": Status.RUNNING,
    "success": Status.SUCCEEDED,
    "error": Status.FAILED,
    "infrastructure_failure": Status.FAILED,
    "stopped": Status.CANCELLED,
    "blocked": Status.SKIPPED,
    "ignored": Status.SKIPPED,
}
VERBS: Mapping[str, str] = {
    "infrastructure_failure": "failed for a fault of Codeship's",
    "stopped": "was stopped",
    "blocked": "was blocked for lack of resources",
    "ignored": "was ignored",
}


def parse(headers: Headers, body: bytes) -> list[Event]:
    found = Payload.from_body(headers, body).at("build")
    word = line(found, "status")
    status = STATUSES.get(word, Status.UNKNOWN)
    project = line(found, "project_full_name", "project_name")
    build = Build(
        source="codeship",
        name="Codeship",
        number=line(found, "build_id"),
        id=line(found, "build_id", "build_url"),
        status=status,
        verb=VERBS.get(word, "") if word in STATUSES else f"reported {words(word) or 'no state'}",
        phase="started" if phase_of(status) == "queued" else "",
        address=line(found, "commit_url").partition("/commit")[0],
        repo=project if project.count("/") == 1 else "",
        project=project,
        branch=line(found, "branch"),
        sha=line(found, "commit_id", "short_commit_id"),
        actor=line(found, "committer"),
        text=prose(found, "message").partition("\n")[0],
        url=link(found, "build_url"),
    )
    return [event_of(build)]


def _said(headers: Headers, body: bytes) -> tuple[str, ...]:
    found = Payload.from_body(headers, body).at("build")
    return tuple(line(found, name) for name in ("project_id", "build_id", "status"))


SOURCE = Source(
    slug="codeship",
    title="CodeShip",
    docs="https://docs.cloudbees.com/docs/cloudbees-codeship/latest/",
    home="ci-cd-pipeline",
    secret="env://CODESHIP_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=kinds("pipelinerun", "started", "finished"),
    quiet=kinds("pipelinerun", "started"),
    transmission=by_run(_said, window=None),
)
