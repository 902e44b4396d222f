"""Statuspage: incidents, maintenances and components of a page that offers webhooks.

https://support.atlassian.com/statuspage/docs/enable-webhook-notifications/

Nothing is signed and no header can be set: subscribe with `?token=SECRET` behind the address. A
page tells no name of its own, so an incident is placed by the components that it affects. Each
later word on an open incident is a line in its thread; maintenance is reported, and never fires.
"""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.ids import digest
from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._alarms import KINDS, alarm, by_problem, of_problem, place, required
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, prose, shown, when, words
from sovereign.integrations._severity import graded
from sovereign.integrations._source import Headers, Source, Transmission
from sovereign.integrations._verify import static_secret

STATES: Mapping[str, Status] = {
    "investigating": Status.FIRING,
    "identified": Status.FIRING,
    "monitoring": Status.FIRING,
    "resolved": Status.RESOLVED,
    "postmortem": Status.RESOLVED,
}
MAINTENANCE: Mapping[str, str] = {
    "scheduled": "is scheduled",
    "in_progress": "is in progress",
    "verifying": "is being verified",
    "completed": "is completed",
}
COMPONENTS: Mapping[str, tuple[Status, Severity]] = {
    "operational": (Status.RESOLVED, Severity.INFO),
    "degraded_performance": (Status.FIRING, Severity.MEDIUM),
    "partial_outage": (Status.FIRING, Severity.HIGH),
    "major_outage": (Status.FIRING, Severity.CRITICAL),
    "under_maintenance": (Status.INFO, Severity.INFO),
}
MOST_NAMED = 3
"""Components that a title names."""


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    if payload.get("incident") is not None:
        return _of_incident(payload, payload.at("incident"))
    return [_of_component(payload.at("component"), payload.at("component_update"))]


def _of_incident(payload: Payload, found: Payload) -> list[Event]:
    word, name = line(found, "status"), line(found, "name") or "(unnamed incident)"
    status = STATES.get(word, Status.INFO if word in MAINTENANCE else Status.UNKNOWN)
    parts = [part for one in found.list_at("components") if (part := line(one, "name"))]
    where = f" on {', '.join(parts[:MOST_NAMED])}" if parts else place(line(payload, "page.name", "page.id"))
    updates = found.list_at("incident_updates")
    newest = updates[0] if updates else None
    event = replace(
        alarm("statuspage", status, name, where, words(word)),
        text=prose(newest, "body"),
        severity=graded(line(found, "impact")) if status is not Status.INFO else Severity.INFO,
        url=link(found, "shortlink"),
        service=parts[0] if len(parts) == 1 else None,
        fields=_fields(payload, found, parts),
        occurred_at=when(found, "resolved_at") if status is Status.RESOLVED else when(found, "created_at"),
    )
    if word in MAINTENANCE:
        event = replace(event, title=f"{name} {MAINTENANCE[word]}{where}")
    told = of_problem(event, "incident", _identity(payload))
    if status is not Status.FIRING or len(updates) == 1:
        return [told]
    return [told, _news(told, f"{name}{where}", words(word), newest)]


def _news(told: Event, it: str, word: str, newest: Payload | None) -> Event:
    """What is said about an incident that everybody knows of already."""
    said = f": {text}" if (text := line(newest, "body")) else ""
    return replace(
        told,
        kind="incident.updated",
        title=f"Update on {it} ({word}){said}",
        status=Status.INFO,
        fingerprint=None,
        occurred_at=when(newest, "display_at", "created_at"),
    )


def _of_component(component: Payload, update: Payload) -> Event:
    name, word = line(component, "name") or "(unnamed component)", line(update, "new_status")
    status, severity = COMPONENTS.get(word, (Status.UNKNOWN, Severity.UNKNOWN))
    before = line(update, "old_status")
    event = replace(
        alarm("statuspage", status, name, "", words(word)),
        severity=severity,
        service=name,
        fields=shown({"State": " → ".join(filter(None, (words(before), words(word))))}),
        occurred_at=when(update, "created_at"),
    )
    return of_problem(event, "component", required(component, "id", "name"))


def _identity(payload: Payload) -> str:
    if payload.get("incident") is not None:
        return required(payload.at("incident"), "id", "name")
    return required(payload.at("component"), "id", "name")


def _fields(payload: Payload, found: Payload, parts: list[str]) -> tuple[tuple[str, str], ...]:
    start, end = line(found, "scheduled_for"), line(found, "scheduled_until")
    found_here = {
        "Components": ", ".join(parts),
        "Impact": line(found, "impact"),
        "Time": " to ".join(filter(None, (start, end))),
        "Page": line(payload, "page.name", "page.id"),
        "Page says": line(payload, "page.status_description"),
    }
    return shown(found_here)


_by_problem = by_problem(lambda headers, body: _identity(Payload.from_json(body)))


def transmission(headers: Headers, body: bytes) -> Transmission:
    """A repeat is generated anew, with another time in `meta`: what changed, and when, names it."""
    try:
        payload = Payload.from_json(body)
        said = line(payload, "component_update.id", "incident.updated_at")
        state = line(payload, "component_update.new_status", "incident.status")
        if said:
            return Transmission(key=f"change:{digest(_identity(payload), said, state)}")
    except BadPayload:
        pass
    return _by_problem(headers, body)


SOURCE = Source(
    slug="statuspage",
    title="Statuspage",
    docs="https://support.atlassian.com/statuspage/docs/enable-webhook-notifications/",
    home="alerts",
    secret="env://STATUSPAGE_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=KINDS | {"incident.updated"},
    transmission=transmission,
)
