"""Solano CI: builds, as its outgoing webhooks tell them.

http://docs.solanolabs.com/Setup/webhooks/#build-notification-web-hooks-outgoing

Nothing is signed: give the hook a password, which comes as HTTP basic, or put `?token=SECRET` behind the
address. The mapping rests on bodies of builds that began, that failed first and of the trial of a hook;
that the end of a build is `stop`, and the words for builds that were stopped or could not run, are not
confirmed. The first failure decides a build, so that it counts as failed while the rest still runs.
"""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.domain.events import FINISHED, Event, Status
from sovereign.integrations._builds import Build, by_run, event_of, kinds, without_origin
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import between, line, link, when
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

STATUSES: Mapping[str, Status] = {
    "running": Status.RUNNING,
    "passed": Status.SUCCEEDED,
    "failed": Status.FAILED,
    "error": Status.FAILED,
    "stopped": Status.CANCELLED,
    "aborted": Status.CANCELLED,
}
VERBS: Mapping[str, str] = {"error": "could not run", "stopped": "was stopped", "aborted": "was aborted"}
FIRST_FAILURE = "first-fail"
TRIAL = "test"
COUNTS = {
    "failed": "failed",
    "error": "in error",
    "passed": "passed",
    "pending": "pending",
    "skipped": "skipped",
    "aborted": "aborted",
}
"""Of tests, in the order in which they matter, in our words."""


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    build = event_of(_build(payload))
    return [_trial(build) if line(payload, "event") == TRIAL else build]


def _trial(build: Event) -> Event:
    return Event(
        source="solano",
        kind="ping.received",
        subject=build.subject,
        title=f"Solano CI tried this webhook with a build of {build.repo or build.service}",
        url=build.url,
        service=build.service,
        repo=build.repo,
        occurred_at=build.occurred_at,
    )


def _build(payload: Payload) -> Build:
    word, profile = line(payload, "status"), line(payload, "profile_name")
    status = STATUSES.get(word, Status.UNKNOWN)
    owner, name = line(payload, "repository.org_name"), line(payload, "repository.name")
    who, end = _committers(payload), when(payload, "timestamp")
    first = line(payload, "event") == FIRST_FAILURE
    done = status in FINISHED and not first
    return Build(
        source="solano",
        name="Solano CI" if profile in ("", "default") else f"Solano CI ({profile})",
        number=line(payload, "session"),
        id=line(payload, "session", "url"),
        status=status,
        verb="has its first failure" if first and status is Status.FAILED else VERBS.get(word, ""),
        address=line(payload, "repository.url"),
        repo=f"{owner}/{name}" if owner and name else "",
        project=name,
        branch=line(payload, "branch") or without_origin(line(payload, "ref")),
        sha=line(payload, "commit_id"),
        actor=who[0] if len(who) == 1 else "",
        url=link(payload, "url"),
        length=between(when(payload, "timing.ci_received_at"), end) if done else None,
        at=end,
        more={"Tests": _counted(payload), "Committers": ", ".join(who) if len(who) > 1 else ""},
    )


def _committers(payload: Payload) -> list[str]:
    """By what stands before the `@` of their addresses, which are all that is told of them."""
    addresses = [" ".join(one.scalar().split()) for one in payload.list_at("committers")]
    return list(dict.fromkeys(name for one in addresses if (name := one.partition("@")[0])))


def _counted(payload: Payload) -> str:
    """`1 failed, 10 passed`: some are written as fractions."""
    numbers = ((said, line(payload, f"counts.{name}").removesuffix(".0")) for name, said in COUNTS.items())
    return ", ".join(f"{number} {said}" for said, number in numbers if number not in ("", "0"))


def _said(headers: Headers, body: bytes) -> tuple[str, ...]:
    payload = Payload.from_json(body)
    return tuple(line(payload, name) for name in ("session", "event", "status", "timestamp"))


SOURCE = Source(
    slug="solano",
    title="Solano CI",
    docs="http://docs.solanolabs.com/Setup/webhooks/",
    home="ci-cd-pipeline",
    secret="env://SOLANO_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=kinds("pipelinerun", "started", "finished") | {"ping.received"},
    quiet=kinds("pipelinerun", "started") | {"ping.received"},
    transmission=by_run(_said),
)
