"""What every Sentry event has in common: who or what, in which project, and how bad."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sovereign.core.errors import BadPayload
from sovereign.core.ids import digest
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line

SEVERITIES: Mapping[str, Severity] = {
    "fatal": Severity.CRITICAL,
    "error": Severity.MEDIUM,
    "warning": Severity.LOW,
    "info": Severity.INFO,
    "debug": Severity.INFO,
    "sample": Severity.INFO,
}
"""`error` is what every exception gets, however harmless: it does not call anybody out of bed."""

_PROJECT = re.compile(r"/projects/[^/]+/([^/]+)/")
_ISSUE = re.compile(r"/issues/(\d+)/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """
    resource  what the hook is about, as `Sentry-Hook-Resource` says
    action    what happened to it
    facts     the part of the body that holds the thing
    actor     the person, or Sentry itself
    """

    resource: str
    action: str
    facts: Payload
    actor: str
    body: Payload

    @classmethod
    def read(cls, resource: str, body: Payload) -> Delivery:
        """Raises BadPayload where the body is no object, or has lost what it is about."""
        return cls(
            resource=resource,
            action=line(body, "action"),
            facts=body.at("data"),
            actor=line(body, "actor.name") or "Sentry",
            body=body,
        )


Reader = Callable[[Delivery], Event]


def graded(level: str) -> Severity:
    return SEVERITIES.get(level.lower(), Severity.UNKNOWN)


def project_of(thing: Payload) -> str:
    """The project's short name: in the thing itself, or in its address, where events have it."""
    named = line(thing, "project.slug", "project_slug", "project.name")
    found = None if named else _PROJECT.search(line(thing, "url"))
    return found[1] if found else named


def issue_of(thing: Payload) -> str:
    """The number of the issue that groups an event; older bodies have it in the address only."""
    found = _ISSUE.search(line(thing, "issue_url"))
    return line(thing, "issue_id") or (found[1] if found else "")


def fingerprint(family: str, name: str) -> str:
    return digest("sentry", family, name)


def where(project: str) -> str:
    return f" in {project}" if project else ""


def number_of(thing: Payload, key: str) -> str:
    """The number that names an issue; BadPayload without one."""
    thing.at(key)
    if number := line(thing, key):
        return number
    raise BadPayload(f"$.{key}", "names nothing")


def about(number: str, name: str, project: str, status: Status) -> Event:
    """What every event about an issue says. Only what fires or resolves has a fingerprint."""
    return Event(
        source="sentry",
        kind="incident.reported",
        subject=name,
        title=name,
        status=status,
        service=project or None,
        fingerprint=fingerprint("issue", number) if status in (Status.FIRING, Status.RESOLVED) else None,
        conversation=f"sentry:issues/{number}" if number else None,
    )
