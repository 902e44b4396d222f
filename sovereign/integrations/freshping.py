"""Freshping: checks that fail and answer again.

https://support.freshping.io/en/support/solutions/articles/50000003709-webhooks

Nothing is signed: put `?token=SECRET` behind the address. A check reports an error, does not
respond, or is available; any other state neither fires nor resolves. The trial that Freshping
makes when a webhook is set up, for an application called `Webhook test`, is reported as such.
"""

from __future__ import annotations

from collections.abc import Mapping

from sovereign.core.errors import BadPayload
from sovereign.core.ids import digest
from sovereign.core.records import replace
from sovereign.domain.events import Event, Severity, Status
from sovereign.integrations._alarms import KINDS, alarm, by_problem, of_problem, place, required
from sovereign.integrations._payload import Payload
from sovereign.integrations._reading import line, link, shown, when
from sovereign.integrations._source import REPEAT_WINDOW, Headers, Source, Transmission
from sovereign.integrations._verify import static_secret

STATES: Mapping[str, Status] = {
    "Reporting Error": Status.FIRING,
    "Not Responding": Status.FIRING,
    "Available": Status.RESOLVED,
}
TRIAL = "Webhook test"


def parse(headers: Headers, body: bytes) -> list[Event]:
    payload = Payload.from_json(body)
    found = payload.at("webhook_event_data")
    word, app = line(found, "check_state_name"), line(found, "application_name")
    status = STATES.get(word, Status.UNKNOWN)
    name, target = line(found, "check_name") or "(unnamed check)", line(found, "request_url")
    code = line(found, "http_status_code")
    where = f" on {target}" if target else place(app)
    event = replace(
        alarm("freshping", status, name, where, f"{word} ({code})" if code else word),
        url=link(found, "request_url"),
        service=app or None,
        fields=_fields(payload, found),
        occurred_at=when(found, "request_start_time") or when(payload, "webhook_event_created_on"),
    )
    if app == TRIAL:
        title = f"Freshping tried the webhook with {name}"
        return [
            replace(event, kind="incident.reported", title=title, status=Status.INFO, severity=Severity.INFO)
        ]
    return [of_problem(event, _identity(payload))]


def _identity(payload: Payload) -> str:
    return required(payload.at("webhook_event_data"), "check_id", "check_name")


_by_problem = by_problem(lambda headers, body: _identity(Payload.from_json(body)))


def transmission(headers: Headers, body: bytes) -> Transmission:
    """The event has a number; whether two trials of one webhook have two is not known."""
    try:
        payload = Payload.from_json(body)
        hook, event = line(payload, "webhook_id"), line(payload, "webhook_event_id")
    except BadPayload:
        hook = event = ""
    if event:
        return Transmission(key=f"event:{digest(hook, event)}", window=REPEAT_WINDOW)
    return _by_problem(headers, body)


def _fields(payload: Payload, found: Payload) -> tuple[tuple[str, str], ...]:
    took = line(found, "response_time")
    told = {
        "Target": line(found, "request_url"),
        "State": line(found, "check_state_name"),
        "Status": line(found, "http_status_code"),
        "Response time": f"{took} ms" if took else "",
        "Application": line(found, "application_name"),
        "Organisation": line(payload, "organization_name"),
    }
    return shown(told)


SOURCE = Source(
    slug="freshping",
    title="Freshping",
    docs="https://support.freshping.io/en/support/solutions",
    home="alerts",
    secret="env://FRESHPING_WEBHOOK_SECRET",
    scheme=static_secret(),
    parse=parse,
    kinds=KINDS,
    transmission=transmission,
)
