"""BugSnag's errors: when they are news, what people do with them, and what they say of them."""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._alarms import LEVELS, alarm, of_problem, place, tail
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, shown, when

TRIGGERS: Mapping[str, Status] = {
    "firstException": Status.FIRING,
    "exception": Status.FIRING,
    "errorEventFrequency": Status.FIRING,
    "reopened": Status.FIRING,
    "powerTen": Status.INFO,
}
CHANGES: Mapping[str, Status] = {
    "fixed": Status.RESOLVED,
    "ignored": Status.RESOLVED,
    "snoozed": Status.RESOLVED,
    "reopened": Status.FIRING,
    "unignored": Status.FIRING,
    "snoozeCancelled": Status.FIRING,
}
"""What a person did, in `trigger.stateChange`. Nobody works on what is ignored or snoozed."""
PERSON = ("user.name", "user.email")


def error(payload: Payload, word: str) -> Event:
    by_hand = word == "errorStateManualChange"
    change = line(payload, "trigger.stateChange")
    status = (CHANGES if by_hand else TRIGGERS).get(change if by_hand else word, Status.UNKNOWN)
    event = _about(payload, status)
    if status is Status.INFO:
        reason = line(payload, "trigger.message") or "reported again"
        title = f"{event.subject}{_where(payload)}: {reason}"
        event = replace(event, kind="incident.updated", title=title)
    firing = status is Status.FIRING
    return replace(event, occurred_at=when(payload, "error.receivedAt") if firing else None)


def comment(payload: Payload) -> Event:
    event, who = _about(payload, Status.INFO), line(payload, *PERSON) or "Somebody"
    return replace(
        event,
        kind="incident.commented",
        title=f"{who} commented on {event.subject}{_where(payload)}",
        text=prose(payload, "comment.message"),
        actor=who,
        occurred_at=when(payload, "comment.createdAt"),
    )


def identity(payload: Payload) -> tuple[str, str, str]:
    return ("error", line(payload, "project.id"), line(payload, "error.errorId") or _name(payload))


def _about(payload: Payload, status: Status) -> Event:
    found, project = payload.at("error"), line(payload, "project.name")
    where = _where(payload) + tail(payload, *PERSON)
    event = replace(
        alarm("bugsnag", status, _name(payload), where, line(found, "message")),
        severity=LEVELS.get(line(found, "severity"), Severity.UNKNOWN),
        url=link(found, "url"),
        actor=line(payload, *PERSON) or None,
        service=project or None,
        environment=line(found, "releaseStage") or None,
        fields=_fields(payload),
    )
    return of_problem(event, *identity(payload))


def _name(payload: Payload) -> str:
    return line(payload, "error.exceptionClass", "error.message") or "(unnamed error)"


def _where(payload: Payload) -> str:
    return place(line(payload, "project.name"), line(payload, "error.releaseStage"))


def _fields(payload: Payload) -> tuple[tuple[str, str], ...]:
    found = {
        "Where": line(payload, "error.context"),
        "Version": line(payload, "error.appVersion"),
        "Why": line(payload, "trigger.message"),
        "Issue": link(payload, "error.createdIssue.url") or "",
    }
    return shown(found)
