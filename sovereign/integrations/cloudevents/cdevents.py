"""CDEvents inside CloudEvents: the vocabulary of continuous delivery, whose words are also our kinds.

https://cdevents.dev/docs/
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sovereign.core.ids import digest
from sovereign.core.records import replace
from sovereign.domain.events import FINISHED, Event, Severity, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, shown
from sovereign.integrations.cloudevents._envelope import Envelope

TYPE = re.compile(r"(?:dev|org)\.cdevents\.([a-z]+)\.([a-z]+)\.\d+\.\d+\.\d+(?:-[\w.-]+)?")
OUTCOMES: Mapping[str, Status] = {
    "success": Status.SUCCEEDED,
    "pass": Status.SUCCEEDED,
    "failure": Status.FAILED,
    "fail": Status.FAILED,
    "error": Status.FAILED,
    "cancel": Status.CANCELLED,
}
STATUSES: Mapping[str, Status] = {
    "incident.detected": Status.FIRING,
    "incident.resolved": Status.RESOLVED,
    "change.created": Status.OPEN,
    "change.updated": Status.OPEN,
    "change.merged": Status.MERGED,
    "change.abandoned": Status.CLOSED,
    "ticket.created": Status.OPEN,
    "ticket.updated": Status.OPEN,
    "ticket.closed": Status.CLOSED,
    "service.deployed": Status.SUCCEEDED,
    "service.upgraded": Status.SUCCEEDED,
    "service.rolledback": Status.SUCCEEDED,
}
PHASES: Mapping[str, Status] = {"queued": Status.QUEUED, "started": Status.RUNNING}
RUNS = frozenset({"pipelinerun", "taskrun", "build", "testcaserun", "testsuiterun"})
NAMES = ("pipelineName", "taskName", "testCase.name", "testSuite.name", "name", "summary", "description")


def event_of(envelope: Envelope, noun: str, verb: str) -> Event:
    """Raises BadPayload where the data is no CDEvent, or does not say what it is about."""
    about = envelope.data.at("subject")
    about.at("id").scalar()
    kind, content = f"{noun}.{verb}", about.get("content")
    name = line(about, "id") or "(unnamed)"
    named = line(content, *NAMES)
    status = _status(kind, noun, verb, line(content, "outcome"))
    environment, service = line(content, "environment.id"), line(content, "service.id", "service.name")
    repo = line(content, "repository.id", "repository.name")
    where = service or repo or environment or line(about, "source") or envelope.source
    # A service is deployed again and again: each version to each place is a thing of its own.
    version = (environment, line(content, "artifactId")) if noun == "service" else ()
    thread = f"cloudevents:{digest(line(about, 'source') or envelope.source, noun, name, *version)}"
    incident = status in (Status.FIRING, Status.RESOLVED)
    what = f"{noun} {name} {_words(verb)}{_outcome(noun, status)} in {where}"
    return replace(
        Event(source="cloudevents", kind=kind, subject=name, title=f"{what}: {named}" if named else what),
        status=status,
        severity=_severity(kind, status),
        name=named,
        text="" if (text := prose(content, "description", "errors")) == named else text,
        url=link(content, "uri", "url", "viewUri"),
        actor=line(content, "creator") or None,
        service=service or (name if noun == "service" else None),
        environment=environment or None,
        repo=repo or None,
        fields=_fields(content),
        fingerprint=digest("cloudevents", thread) if incident else None,
        conversation=thread,
    )


def _status(kind: str, noun: str, verb: str, outcome: str) -> Status:
    if noun in RUNS:
        return PHASES.get(verb) or OUTCOMES.get(outcome.lower(), Status.UNKNOWN)
    return STATUSES.get(kind, Status.INFO)


def _severity(kind: str, status: Status) -> Severity:
    """CDEvents do not grade incidents."""
    if kind == "incident.detected":
        return Severity.UNKNOWN
    return Severity.LOW if status is Status.FAILED else Severity.INFO


def _outcome(noun: str, status: Status) -> str:
    return f" ({status})" if noun in RUNS and status in FINISHED else ""


def _words(verb: str) -> str:
    return {"rolledback": "rolled back", "loggedin": "logged in"}.get(verb, verb)


def _fields(content: Payload | None) -> tuple[tuple[str, str], ...]:
    found = {
        "Environment": line(content, "environment.id"),
        "Artifact": line(content, "artifactId"),
        "Pipeline run": line(content, "pipelineRun.id"),
        "Priority": line(content, "priority"),
    }
    return shown(found)
