"""Rundeck: executions of jobs, as their webhook notifications tell them in JSON.

https://docs.rundeck.com/docs/manual/notifications/webhooks.html

With `rundeck.notification.webhookSecurityKey` set, Rundeck sends a digest of the address, the
trigger, the number of the execution and the key. It does not cover the body, and it is the same
whenever the same is sent; so use it over TLS only. Without it, put the secret as the password into
the address, or `?token=SECRET` behind it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._builds import RUN, Build, by_run, event_of, kinds
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import between, duration, line, link, seconds, when, words
from sovereign.integrations._source import Headers, Inbound, Scheme, Source
from sovereign.integrations._verify import any_of, match, present, static_secret

DIGEST_HEADER = "x-rundeck-notification-sha256-digest"
TRIGGER_HEADER = "x-rundeck-notification-trigger"
EXECUTION_HEADER = "x-rundeck-notification-execution-id"
STATUS_HEADER = "x-rundeck-notification-execution-status"

STATUSES: Mapping[str, Status] = {
    "scheduled": Status.QUEUED,
    "queued": Status.QUEUED,
    "running": Status.RUNNING,
    "succeeded": Status.SUCCEEDED,
    "failed": Status.FAILED,
    "failed-with-retry": Status.FAILED,
    "timedout": Status.FAILED,
    "aborted": Status.CANCELLED,
}
VERBS: Mapping[str, str] = {
    "failed-with-retry": "failed, and is tried again,",
    "timedout": "timed out",
    "aborted": "was aborted",
}
SLOW = "avgduration"
"""The trigger of a job that takes longer than it is wont to, or than it should."""


def digested() -> Scheme:
    """Hexadecimal SHA-256 of address, trigger, execution and key, the key being no more than appended."""

    def signature(inbound: Inbound, secret: str) -> str:
        said = (inbound.headers.get(name, "") for name in (TRIGGER_HEADER, EXECUTION_HEADER))
        text = "".join((inbound.url, *said, secret))
        return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()

    def verify(inbound: Inbound, secrets: Sequence[str]) -> None:
        given = present(inbound.headers, DIGEST_HEADER)
        for name in (TRIGGER_HEADER, EXECUTION_HEADER):
            present(inbound.headers, name)
        match([given], [signature(inbound, secret) for secret in secrets if secret], DIGEST_HEADER)

    return Scheme(
        verify=verify,
        sign=lambda one, secret: {DIGEST_HEADER: signature(one, secret)},
        name=f"signature in {DIGEST_HEADER.lower()}",
    )


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    run, trigger = payload.at("execution"), line(payload, "trigger")
    word = line(run, "status") or line(payload, "status")
    project = line(run, "project", "job.project")
    group, job = line(run, "job.group"), line(run, "job.name")
    start, end = (when(run, f"date-{side}.unixtime", f"date-{side}.date") for side in ("started", "ended"))
    slow = trigger == SLOW
    usual = seconds(run, "job.averageDuration")  # in milliseconds
    failed = [one.scalar() for one in run.list_at("failedNodes")]
    status = STATUSES.get(word, Status.UNKNOWN)
    build = Build(
        source="rundeck",
        family=RUN,
        name="/".join(filter(None, (group, job))) or line(run, "description") or "A command",
        number=line(run, "id") or line(payload, "executionId"),
        id=line(run, "id") or line(payload, "executionId"),
        status=status,
        verb="takes longer than usual" if slow else VERBS.get(word, "") or _unknown(word),
        phase="updated" if slow else "",
        project=project or "Rundeck",
        actor=line(run, "user"),
        url=link(run, "permalink", "href"),
        length=between(start, end),
        at=start if status is Status.RUNNING and not slow else end,
        more={
            "Usually": duration(usual / 1000) if slow and usual else "",
            "Failed on": ", ".join(failed),
            "Options": line(run, "argstring"),
        },
    )
    event = replace(event_of(build), service=project or None, branch=None, on_default_branch=False)
    return [replace(event, severity=Severity.LOW) if slow else event]


def _unknown(word: str) -> str:
    return "" if word in STATUSES else f"reported {words(word) or 'no state'}"


def _said(headers: Headers, body: bytes) -> tuple[str, ...]:
    payload = Payload.from_json(body)
    paths = ("execution.project", "executionId", "trigger", "execution.status")
    return (line(payload, "execution.serverUUID") or "server", *(line(payload, path) for path in paths))


SOURCE = Source(
    slug="rundeck",
    title="Rundeck",
    docs="https://docs.rundeck.com/docs/manual/notifications/webhooks.html",
    home="ci-cd-pipeline",
    secret="env://RUNDECK_WEBHOOK_SECRET",
    scheme=any_of(digested(), static_secret()),
    parse=parse,
    kinds=kinds(RUN, "queued", "started", "finished", "updated"),
    transmission=by_run(_said),
    shown_headers=frozenset({TRIGGER_HEADER, EXECUTION_HEADER, STATUS_HEADER}),
)
