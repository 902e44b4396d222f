"""Travis CI: builds of a repository, as its webhook notifications tell them.

https://docs.travis-ci.com/user/notifications/#configuring-webhook-notifications

The body is a form whose field `payload` is JSON. Travis signs it with a key of its own, which says
that Travis sent it and not whose build it is: it counts for the endpoint's `repos`. The endpoint's
secret, as `?token=SECRET` in the address, counts for all. States and fields are as the
documentation has them.
"""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.domain.events import Event, Status
from sovereign.integrations._builds import Build, by_run, event_of, kinds, phase_of
from sovereign.integrations._keys import travis_signature
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, seconds, when
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import any_of, static_secret

STATES: Mapping[str, Status] = {
    "created": Status.QUEUED,
    "queued": Status.QUEUED,
    "received": Status.QUEUED,
    "started": Status.RUNNING,
    "pending": Status.RUNNING,
    "passed": Status.SUCCEEDED,
    "fixed": Status.SUCCEEDED,
    "failed": Status.FAILED,
    "broken": Status.FAILED,
    "still failing": Status.FAILED,
    "errored": Status.FAILED,
    "canceled": Status.CANCELLED,
}
"""`state`, and what `status_message` calls the same beside what the build before was."""
VERBS: Mapping[str, str] = {
    "fixed": "passed again",
    "broken": "broke",
    "still failing": "still fails",
    "errored": "could not run",
}


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_body(headers, body)
    word, said = line(payload, "state").lower(), line(payload, "status_message", "result_message").lower()
    status = STATES.get(word or said, Status.UNKNOWN)
    owner, name = line(payload, "repository.owner_name"), line(payload, "repository.name")
    head = line(payload, "head_commit")
    pull = line(payload, "pull_request_number")
    build = Build(
        source="travis",
        name="Travis CI",
        number=line(payload, "number"),
        id=line(payload, "id", "build_url"),
        status=status,
        verb=VERBS.get(said if STATES.get(said) is status else word, ""),
        phase="started" if phase_of(status) == "queued" else "",
        address=_address(payload, owner, name),
        repo=f"{owner}/{name}" if owner and name else name,
        branch="" if pull or line(payload, "tag") else line(payload, "branch"),
        sha=head or line(payload, "commit"),
        head=bool(head) or not pull,
        pull=pull,
        actor=line(payload, "author_name", "committer_name"),
        text=_failures(payload) if status is Status.FAILED else _subject(payload),
        url=link(payload, "build_url"),
        length=seconds(payload, "duration"),
        at=when(payload, "finished_at", "started_at"),
        more={"Tag": line(payload, "tag"), "Changes": link(payload, "compare_url") or ""},
    )
    return [event_of(build)]


def _address(payload: Payload, owner: str, name: str) -> str:
    """Travis CI builds repositories of several hosts; the comparison's address tells of which."""
    if compare := link(payload, "compare_url"):
        return compare
    return f"https://github.com/{owner}/{name}" if owner and name else ""


def _subject(payload: Payload) -> str:
    return prose(payload, "pull_request_title", "message").partition("\n")[0]


def _failures(payload: Payload) -> str:
    """The jobs that failed, by number."""
    jobs = [job for job in payload.list_at("matrix") if not job.flag("allow_failure")]
    failed = [line(job, "number") for job in jobs if line(job, "state") in ("failed", "errored")]
    failed += [line(job, "number") for job in jobs if line(job, "result", "status") == "1"]
    names = ", ".join(dict.fromkeys(filter(None, failed)))
    return "\n".join(filter(None, (_subject(payload), f"Failed: {names}" if names else "")))


def _said(headers: Headers, body: bytes) -> tuple[str, ...]:
    """A build that is started again keeps its id, and has another time."""
    payload = Payload.from_body(headers, body)
    times = line(payload, "started_at") + "/" + line(payload, "finished_at")
    return (line(payload, "id"), line(payload, "state", "status_message"), times)


SOURCE = Source(
    slug="travis",
    title="Travis CI",
    docs="https://docs.travis-ci.com/user/notifications/#configuring-webhook-notifications",
    home="ci-cd-pipeline",
    secret="env://TRAVIS_WEBHOOK_SECRET",
    scheme=any_of(static_secret(), travis_signature()),
    parse=parse,
    kinds=kinds("pipelinerun", "started", "finished"),
    quiet=kinds("pipelinerun", "started"),
    transmission=by_run(_said),
    shown_headers=frozenset({"travis-repo-slug"}),
)
