"""BugSnag: errors, what becomes of them, spikes and releases.

https://docs.bugsnag.com/product/integrations/webhook/

What is read rests on the payload that this page documents. BugSnag signs nothing: put `?token=SECRET` behind
the address.
"""

from __future__ import annotations

from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._alarms import KINDS, alarm, by_problem, of_problem, place
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, shown, when
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret
from sovereign.integrations.bugsnag import _errors as errors


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    word = payload.at("trigger", "type").text()
    if payload.get("release") is not None:
        return [_release(payload, payload.at("release"))]
    if payload.get("error") is None:
        return [_project_wide(payload, word)]
    return [errors.comment(payload) if word == "comment" else errors.error(payload, word)]


def _project_wide(payload: Payload, word: str) -> Event:
    """A spike in all the errors of a project fires, and nothing ever says that it is over."""
    status = Status.FIRING if word == "projectSpiking" else Status.INFO
    project, reason = line(payload, "project.name"), line(payload, "trigger.message")
    name = "Error spike" if status is Status.FIRING else reason or "A notification"
    event = replace(
        alarm("bugsnag", status, name, place(project), reason),
        severity=Severity.HIGH if status is Status.FIRING else Severity.INFO,
        url=link(payload, "project.url"),
        service=project or None,
        fields=shown({"Rate": line(payload, "trigger.rate")}),
    )
    return of_problem(event, word, line(payload, "project.id") or project)


def _release(payload: Payload, found: Payload) -> Event:
    version, stage, project = (
        line(found, "version"),
        line(found, "releaseStage"),
        line(payload, "project.name"),
    )
    who = line(found, "builderName", "releasedBy")
    what = f"{version or 'A version'} of {project or 'a project'}"
    return Event(
        source="bugsnag",
        kind="release.published",
        subject=f"{project or 'project'}@{version}",
        title=f"{what} was released{f' to {stage}' if stage else ''}{f' by {who}' if who else ''}",
        url=link(found, "url"),
        actor=who or None,
        service=project or None,
        environment=stage or None,
        fields=shown({"Revision": line(found, "sourceControl.revision")[:12]}),
        occurred_at=when(found, "releaseTime"),
        conversation=f"bugsnag:releases/{number}" if (number := line(found, "id")) else None,
    )


def _problem(headers: Headers, body: bytes) -> str:
    payload = Payload.from_json(body)
    return "\n".join(errors.identity(payload)) if payload.get("error") else ""


SOURCE = Source(
    slug="bugsnag",
    title="BugSnag",
    docs="https://docs.bugsnag.com/product/integrations/webhook/",
    home="alerts",
    secret="env://BUGSNAG_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=KINDS | {"incident.updated", "incident.commented", "release.published"},
    transmission=by_problem(_problem),
)
