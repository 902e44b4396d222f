"""Freshstatus: incidents and maintenances of a status page, and the notes on them.

https://support.freshstatus.io/en/support/solutions

Nothing is signed: put `?token=SECRET` behind the address. An incident fires when it opens or
reopens and resolves with the note that closes it; other notes are lines in its thread. Maintenance
is reported, and never fires.
"""

from __future__ import annotations

from sovereign.core.errors import BadPayload
from sovereign.core.ids import digest
from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._alarms import KINDS, alarm, by_problem, of_problem, place, required
from sovereign.integrations._payload import Payload, one_line
from sovereign.integrations._reading import line, prose, shown, when
from sovereign.integrations._source import REPEAT_WINDOW, Headers, Source, Transmission
from sovereign.integrations._verify import static_secret

OPENED = ("INCIDENT_OPEN", "INCIDENT_REOPEN")
NOTES = ("INCIDENT_NOTE_CREATE", "MAINTENANCE_NOTE_CREATE")
MAINTENANCE = "MAINTENANCE_"
MOST_NAMED = 3
"""Services that a title names."""


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    type, number = line(payload, "event_data.event_type"), _identity(payload)
    status = _status(type, line(payload, "incident_status").lower())
    name = line(payload, "title") or f"Incident {number}"
    parts = [part.strip() for part in line(payload, "affected_services").split(",") if part.strip()]
    where = (
        f" on {', '.join(parts[:MOST_NAMED])}" if parts else place(line(payload, "event_data.account_name"))
    )
    event = replace(
        alarm("freshstatus", status, name, where),
        text=prose(payload, "message", "description"),
        service=parts[0] if len(parts) == 1 else None,
        fields=_fields(payload, parts),
        occurred_at=when(payload, "event_data.event_created_on"),
    )
    if status is Status.INFO:
        event = _aside(event, type, line(payload, "incident_status", "status").lower(), where)
    return [of_problem(event, number)]


def _status(type: str, state: str) -> Status:
    if type.startswith(MAINTENANCE):
        return Status.INFO
    if type in OPENED:
        return Status.FIRING
    if type in NOTES:
        return {"closed": Status.RESOLVED, "open": Status.INFO}.get(state, Status.UNKNOWN)
    return Status.UNKNOWN


def _aside(event: Event, type: str, state: str, where: str) -> Event:
    """Maintenance, or a note on what is known already."""
    if type.startswith(MAINTENANCE):
        title = f"Maintenance {event.name}{where} is {state or 'changed'}"
        return replace(event, title=title, severity=Severity.INFO)
    said = f": {one_line(event.text)}" if event.text else ""
    return replace(event, kind="incident.updated", title=f"Note on {event.name}{where}{said}")


def _identity(payload: Payload) -> str:
    """A note has a number of its own, and that of what it is about beside it."""
    return required(payload, "incident_id", "id")


_by_problem = by_problem(lambda headers, body: _identity(Payload.from_json(body)))


def transmission(headers: Headers, body: bytes) -> Transmission:
    """The event has a number; whether two trials of one webhook have two is not known."""
    try:
        payload = Payload.from_json(body)
        hook, event = line(payload, "event_data.webhook_id"), line(payload, "event_data.event_id")
    except BadPayload:
        hook = event = ""
    if event:
        return Transmission(key=f"event:{digest(hook, event)}", window=REPEAT_WINDOW)
    return _by_problem(headers, body)


def _fields(payload: Payload, parts: list[str]) -> tuple[tuple[str, str], ...]:
    start, end = line(payload, "scheduled_start_time"), line(payload, "scheduled_end_time")
    found = {
        "Services": ", ".join(parts),
        "State": line(payload, "incident_status", "status"),
        "Time": " to ".join(filter(None, (start, end))),
        "Page": line(payload, "event_data.account_name"),
    }
    return shown(found)


SOURCE = Source(
    slug="freshstatus",
    title="Freshstatus",
    docs="https://support.freshstatus.io/en/support/solutions",
    home="alerts",
    secret="env://FRESHSTATUS_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=KINDS | {"incident.updated"},
    transmission=transmission,
)
