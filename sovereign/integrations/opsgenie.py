"""Opsgenie: what happens to an alert, as its webhook integration sends it.

https://support.atlassian.com/opsgenie/docs/opsgenie-edge-connector-alert-action-data/

Nothing is signed: give the integration a custom header `Authorization: Bearer SECRET`. Times of change are
in nanoseconds; the alert's own id is what all of its events share.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._alarms import (
    KINDS,
    PRIORITIES,
    alarm,
    by_problem,
    names_at,
    of_problem,
    place,
    required,
    tail,
)
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, prose, shown, when
from sovereign.integrations._severity import telling
from sovereign.integrations._source import Headers, Source
from sovereign.integrations._verify import static_secret

STATES: Mapping[str, Status] = {
    "Create": Status.FIRING,
    "Close": Status.RESOLVED,
    "Delete": Status.RESOLVED,
}
ACTIONS: Mapping[str, tuple[str, str, str]] = {
    "Acknowledge": ("incident.acknowledged", "acknowledged {it}", ""),
    "UnAcknowledge": ("incident.updated", "took back the acknowledgement of {it}", ""),
    "TakeOwnership": ("incident.assigned", "took ownership of {it}", ""),
    "AssignOwnership": ("incident.assigned", "assigned {it} to {what}", "owner"),
    "AddTeam": ("incident.assigned", "added the team {what} to {it}", "team"),
    "AddRecipient": ("incident.assigned", "added {what} to {it}", "recipient"),
    "AddResponder": ("incident.assigned", "added a responder to {it}", ""),
    "AddNote": ("incident.commented", "added a note to {it}", ""),
    "AddTags": ("incident.updated", "added the tags {what} to {it}", "addedTags"),
    "RemoveTags": ("incident.updated", "removed the tags {what} from {it}", "removedTags"),
    "Escalate": ("incident.updated", "escalated {it}", ""),
    "EscalateNext": ("incident.updated", "escalated {it}", ""),
    "Snooze": ("incident.updated", "snoozed {it}", ""),
    "SnoozeEnded": ("incident.updated", "woke {it}", ""),
    "UpdatePriority": ("incident.updated", "changed the priority of {it} to {what}", "priority"),
    "UpdateMessage": ("incident.updated", "changed the message of {it}", ""),
    "UpdateDescription": ("incident.updated", "changed the description of {it}", ""),
}
"""Every other action is one of the customer's own."""
NANOSECONDS = 10**17
"""No time that is written in a smaller unit is this large."""


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    action, alert = payload.at("action").text(), payload.at("alert")
    status = STATES.get(action, Status.INFO if action in ACTIONS else Status.UNKNOWN)
    name, who = line(alert, "message") or "(unnamed alert)", line(alert, "username")
    service, entity = line(alert, "details.service"), line(alert, "entity")
    where = place(entity or service or "Opsgenie")
    event = replace(
        alarm(
            "opsgenie", status, name, where + (tail(alert, "username") if status is Status.RESOLVED else "")
        ),
        text=prose(alert, "note", "description"),
        severity=PRIORITIES.get(_priority(alert), Severity.UNKNOWN),
        actor=who or None,
        environment=line(alert, "details.environment", "details.env") or None,
        service=service or entity or None,
        labels=dict.fromkeys(names_at(alert, "tags"), ""),
        fields=_fields(payload, alert),
        occurred_at=_moment(alert, "createdAt" if status is Status.FIRING else "updatedAt"),
    )
    if action in ACTIONS:
        kind, did, key = ACTIONS[action]
        what = ", ".join(names_at(alert, key)) or "…"
        title = f"{who or 'Somebody'} {did.format(it=name + where, what=what)}"
        event = replace(event, kind=kind, title=title)
    elif status is Status.UNKNOWN:
        title = f"{who or 'Somebody'} changed {name}{where} ({' '.join(action.split()) or 'unknown'})"
        event = replace(event, title=title)
    return [of_problem(event, _identity(alert))]


def _identity(alert: Payload) -> str:
    return required(alert, "alertId", "alias", "tinyId")


def _problem(headers: Headers, body: bytes) -> str:
    return _identity(Payload.from_json(body).at("alert"))


def _priority(alert: Payload) -> str:
    """`P1` to `P5`, which some bodies write as a number."""
    priority = line(alert, "priority").upper()
    return f"P{priority}" if priority.isdigit() else priority


def _moment(alert: Payload, key: str) -> datetime | None:
    said = alert.get(key)
    if said and isinstance(said.raw, int) and said.raw > NANOSECONDS:
        return when(Payload({key: said.raw // 1_000_000}), key)
    return when(alert, key)


def _fields(payload: Payload, alert: Payload) -> tuple[tuple[str, str], ...]:
    found = {
        "Alert": f"#{number}" if (number := line(alert, "tinyId")) else "",
        "Priority": _priority(alert),
        "Entity": line(alert, "entity"),
        "Source": line(alert, "source"),
        "Tags": ", ".join(names_at(alert, "tags")),
        "Integration": line(payload, "integrationName"),
    }
    return shown(found)


SOURCE = Source(
    slug="opsgenie",
    title="Opsgenie",
    docs="https://support.atlassian.com/opsgenie/docs/integrate-opsgenie-with-outgoing-webhooks/",
    home="alerts",
    secret="env://OPSGENIE_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=KINDS | {"incident.acknowledged", "incident.assigned", "incident.commented", "incident.updated"},
    quiet=frozenset({"incident.updated"}),
    transmission=by_problem(_problem),
    urgent=telling(PRIORITIES),
)
